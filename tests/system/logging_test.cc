// What a node writes into its logger: the life of the ring, one event a line.
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "concord/node.h"
#include "system/test_ring.h"

namespace concord::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// The lines of a life: alone, joined by b, alone again, stopped.
std::vector<std::string> LogOfALife(spdlog::level::level_enum level, LogFormat format,
                                    const char* pattern) {
  std::ostringstream text;
  {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text);
    auto logger = std::make_shared<spdlog::logger>("test", sink);
    logger->set_pattern(pattern);
    logger->set_level(level);
    TestRing ring;
    Config config = TestConfig("a \"quoted\"\n");
    config.logger = logger;
    config.log_format = format;
    Node& a = ring.Add(config);
    ring.Add("b");
    ring.WaitUntilIdeal();
    EXPECT_TRUE(a.Lookup("key=1\n").ok());
    ring.Kill("b");
    ring.WaitUntilIdeal();
  }
  std::vector<std::string> lines = absl::StrSplit(text.str(), '\n', absl::SkipEmpty());
  return lines;
}

TEST(Logging, InfoTellsTheLifeOfTheRing) {
  const auto lines = LogOfALife(spdlog::level::info, LogFormat::kKeyValue, "%l %v");
  const std::string a = R"(node="a \"quoted\"\u000a")";
  EXPECT_THAT(lines, Contains(HasSubstr("info event=started " + a + " address=127.0.0.1:")));
  EXPECT_THAT(lines, Contains("info event=ring_created " + a));
  EXPECT_THAT(lines, Contains(HasSubstr("event=predecessor_changed " + a + " old=")));
  EXPECT_THAT(lines, Contains(HasSubstr("event=successor_failed " + a + " server=b@127.0.0.1:")));
  EXPECT_THAT(lines, Contains(HasSubstr("warning event=alone " + a)));
  EXPECT_THAT(lines, Contains("info event=stopped " + a));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("event=lookup"))));
}

TEST(Logging, DebugTellsEachStepAndEscapesKeys) {
  const auto lines = LogOfALife(spdlog::level::debug, LogFormat::kKeyValue, "%l %v");
  EXPECT_THAT(lines, Contains(HasSubstr("debug event=stabilizing ")));
  EXPECT_THAT(lines, Contains(HasSubstr(R"( key="key=1\u000a" )")));
}

TEST(Logging, JsonLinesAreJson) {
  const auto lines = LogOfALife(spdlog::level::debug, LogFormat::kJson, kJsonLogPattern);
  ASSERT_FALSE(lines.empty());
  bool changed = false;
  for (const std::string& line : lines) {
    google::protobuf::Struct json;
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(line, &json).ok()) << line;
    EXPECT_EQ(json.fields().at("node").string_value(), "a \"quoted\"\n");
    EXPECT_NE(json.fields().at("time").string_value(), "");
    changed |= json.fields().at("event").string_value() == "predecessor_changed";
  }
  EXPECT_TRUE(changed);
}

TEST(Logging, IsSilentByDefault) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  {
    TestRing ring;
    ring.Add("a");
    ring.Add("b");
    ring.WaitUntilIdeal();
    ring.Kill("b");
    ring.WaitUntilIdeal();
  }
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace concord::testing
