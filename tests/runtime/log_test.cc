// Log lines: key=value, and JSON.
#include "runtime/log.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "concord/config.h"
#include "paper.h"

namespace concord::runtime {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using namespace std::string_view_literals;

std::string KeyValue(std::string_view value) {
  Paper paper;
  Log(paper.logger(), false, "n").Write(Log::Level::kInfo, "e", {{"k", value}});
  return paper.lines().at(0);
}

// The members of the one JSON object that a line is.
std::map<std::string, std::string> Json(const std::string& line) {
  google::protobuf::Struct object;
  const auto status = google::protobuf::util::JsonStringToMessage(line, &object);
  EXPECT_TRUE(status.ok()) << status.ToString() << ": " << line;
  std::map<std::string, std::string> members;
  for (const auto& [key, value] : object.fields()) members[key] = value.string_value();
  return members;
}

std::map<std::string, std::string> JsonFor(std::string_view value) {
  Paper paper(kJsonLogPattern);
  Log(paper.logger(), true, "n").Write(Log::Level::kInfo, "e", {{"k", value}});
  return Json(paper.lines().at(0));
}

// --- key=value ---

TEST(KeyValueLog, NamesTheEventTheNodeAndTheFieldsInTheirOrder) {
  Paper paper;
  const Log log(paper.logger(), false, "cache-1");
  log.Write(Log::Level::kInfo, "predecessor_changed", {{"old", "b@h:1"}, {"new", "c@h:2"}});
  EXPECT_THAT(paper.lines(),
              ElementsAre("event=predecessor_changed node=cache-1 old=b@h:1 new=c@h:2"));
}

TEST(KeyValueLog, NeedsNoFields) {
  Paper paper;
  Log(paper.logger(), false, "a").Write(Log::Level::kInfo, "ring_created");
  EXPECT_THAT(paper.lines(), ElementsAre("event=ring_created node=a"));
}

TEST(KeyValueLog, QuotesWhatAReaderCouldMistake) {
  EXPECT_EQ(KeyValue("plain-1.2:3@x/y,z"), "event=e node=n k=plain-1.2:3@x/y,z");
  EXPECT_EQ(KeyValue(""), R"(event=e node=n k="")");
  EXPECT_EQ(KeyValue("two words"), R"(event=e node=n k="two words")");
  EXPECT_EQ(KeyValue("a=b"), R"(event=e node=n k="a=b")");
  EXPECT_EQ(KeyValue("say \"hi\""), R"(event=e node=n k="say \"hi\"")");
  EXPECT_EQ(KeyValue("back\\slash"), R"(event=e node=n k="back\\slash")");
  EXPECT_EQ(KeyValue("gr\303\274n"), "event=e node=n k=\"gr\303\274n\"");
}

TEST(KeyValueLog, KeepsAValueOnOneLine) {
  EXPECT_EQ(KeyValue("a\nevent=forged"), R"(event=e node=n k="a\u000aevent=forged")");
  EXPECT_EQ(KeyValue("\r\t\x1b[31m\x7f"), R"(event=e node=n k="\u000d\u0009\u001b[31m\u007f")");
  EXPECT_EQ(KeyValue("\0"sv), R"(event=e node=n k="\u0000")");
}

TEST(KeyValueLog, ShowsBytesThatAreNoText) {
  EXPECT_EQ(KeyValue("\xff"), R"(event=e node=n k="\u00ff")");
  EXPECT_EQ(KeyValue("a\xc3"), R"(event=e node=n k="a\u00c3")");
}

TEST(KeyValueLog, EscapesTheNodeToo) {
  Paper paper;
  Log(paper.logger(), false, "a b\n").Write(Log::Level::kInfo, "e");
  EXPECT_THAT(paper.lines(), ElementsAre(R"(event=e node="a b\u000a")"));
}

// --- JSON ---

TEST(JsonLog, IsOneObjectALine) {
  Paper paper(kJsonLogPattern);
  const Log log(paper.logger(), true, "cache-1");
  log.Write(Log::Level::kInfo, "joined", {{"successor", "b@h:1"}});
  log.Write(Log::Level::kWarning, "alone");
  const std::vector<std::string> lines = paper.lines();
  ASSERT_EQ(lines.size(), 2u);
  std::map<std::string, std::string> joined = Json(lines[0]);
  EXPECT_THAT(joined["time"], MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
                                           "\\.[0-9]{3}[+-][0-9]{2}:[0-9]{2}"));
  joined.erase("time");
  EXPECT_EQ(
      joined,
      (std::map<std::string, std::string>{
          {"level", "info"}, {"event", "joined"}, {"node", "cache-1"}, {"successor", "b@h:1"}}));
  std::map<std::string, std::string> alone = Json(lines[1]);
  alone.erase("time");
  EXPECT_EQ(alone, (std::map<std::string, std::string>{
                       {"level", "warning"}, {"event", "alone"}, {"node", "cache-1"}}));
}

TEST(JsonLog, GivesEveryTextBackAsItWas) {
  for (const std::string_view text :
       {""sv, "two words"sv, "say \"hi\""sv, "back\\slash"sv, "a\nb\r\tc"sv, "\0"sv,
        "\x01\x1f\x7f"sv, "gr\303\274n \342\202\254 \360\237\230\200"sv,
        "\342\200\250\342\200\251"sv, "{}%v%%{0}"sv, "\",\"event\":\"forged"sv, "</script>"sv,
        "\\u0041"sv}) {
    EXPECT_EQ(JsonFor(text)["k"], text);
  }
}

TEST(JsonLog, GivesEveryByteACodePoint) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string point = byte < 0x80 ? std::string{static_cast<char>(byte)}
                                          : std::string{static_cast<char>(0xC0 | byte >> 6),
                                                        static_cast<char>(0x80 | (byte & 0x3F))};
    // A lone byte from 0x80 on is no text.
    EXPECT_EQ(JsonFor(std::string{static_cast<char>(byte)})["k"], point) << byte;
  }
}

TEST(JsonLog, ShowsEveryByteOfWhatIsNoText) {
  EXPECT_EQ(JsonFor("\303\274\xff")["k"], "\303\203\302\274\303\277");
}

TEST(JsonLog, EscapesTheNodeToo) {
  Paper paper(kJsonLogPattern);
  Log(paper.logger(), true, "a\"\n\xff").Write(Log::Level::kInfo, "e");
  EXPECT_EQ(Json(paper.lines().at(0))["node"], "a\"\n\303\277");
}

// --- Where lines go ---

TEST(Log, WritesNothingBelowTheLoggersLevel) {
  Paper paper;
  const Log log(paper.logger(), false, "n");
  paper.logger()->set_level(spdlog::level::warn);
  EXPECT_FALSE(log.Enabled(Log::Level::kDebug));
  EXPECT_FALSE(log.Enabled(Log::Level::kInfo));
  EXPECT_TRUE(log.Enabled(Log::Level::kWarning));
  log.Write(Log::Level::kDebug, "e");
  log.Write(Log::Level::kInfo, "e");
  EXPECT_THAT(paper.lines(), IsEmpty());
  log.Write(Log::Level::kWarning, "e");
  EXPECT_THAT(paper.lines(), ElementsAre("event=e node=n"));
}

TEST(Log, GivesEachLineItsLevel) {
  Paper paper("%l %v");
  const Log log(paper.logger(), false, "n");
  log.Write(Log::Level::kDebug, "a");
  log.Write(Log::Level::kInfo, "b");
  log.Write(Log::Level::kWarning, "c");
  EXPECT_THAT(paper.lines(),
              ElementsAre("debug event=a node=n", "info event=b node=n", "warning event=c node=n"));
}

TEST(Log, IsSilentWithoutALogger) {
  const Log log(nullptr, false, "n");
  for (const Log::Level level : {Log::Level::kDebug, Log::Level::kInfo, Log::Level::kWarning}) {
    EXPECT_FALSE(log.Enabled(level));
    log.Write(level, "e", {{"k", "v"}});
  }
}

TEST(Log, TakesBracesAsTheyAre) {
  EXPECT_EQ(KeyValue("{}{0}{:>999}{"), "event=e node=n k={}{0}{:>999}{");
}

TEST(Log, WritesWholeLinesFromManyThreads) {
  Paper paper;
  const Log log(paper.logger(), false, "n");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([log] {
      for (int i = 0; i < 100; ++i) log.Write(Log::Level::kInfo, "e", {{"k", "two words"}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<std::string> lines = paper.lines();
  EXPECT_EQ(lines.size(), 400u);
  EXPECT_THAT(lines, Each(R"(event=e node=n k="two words")"));
}

}  // namespace
}  // namespace concord::runtime
