// What is wrong is said: each case its own Status, with the value and the limit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "concord/node.h"
#include "system/test_ring.h"

namespace concord::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

void ExpectStatus(const absl::Status& status, absl::StatusCode code, const std::string& says) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(says));
}

void ExpectStartRefuses(const Config& config, const std::string& says) {
  Node node(config);
  ExpectStatus(node.Start(), absl::StatusCode::kInvalidArgument, says);
}

TEST(Errors, StartNamesTheFieldTheValueAndTheLimit) {
  ExpectStartRefuses(TestConfig(""), "Config.name is empty");
  Config config = TestConfig("a");
  config.bind_addr = "nonsense";
  ExpectStartRefuses(config, "'nonsense': it must be host:port");
  config = TestConfig("a");
  config.hash_bits = 0;
  ExpectStartRefuses(config, "hash_bits is 0: it must be from 1 to 64");
  EXPECT_EQ(Node(config).IdOf("key"), 0u);
  config.hash_bits = 65;
  ExpectStartRefuses(config, "hash_bits is 65: it must be from 1 to 64");
  config = TestConfig("a");
  config.successor_count = 0;
  ExpectStartRefuses(config, "successor_count is 0: it must be from 1 to 32");
  config = TestConfig("a");
  config.stabilize_interval = absl::ZeroDuration();
  ExpectStartRefuses(config, "stabilize_interval is 0: it must be from 10ms to 1h");
  config = TestConfig("a");
  config.bind_addr = "0.0.0.0:0";
  ExpectStartRefuses(config, "adv_addr is empty");
}

TEST(Errors, WildcardHostWithAnAdvertisedOneIsReachedThere) {
  Config config = TestConfig("a");
  config.bind_addr = "0.0.0.0:0";
  config.adv_addr = "127.0.0.1:0";
  TestRing ring;
  EXPECT_THAT(ring.Add(config).address(), HasSubstr("127.0.0.1:"));
  ring.Add("b");
  ring.WaitUntilIdeal();
}

TEST(Errors, TakenPortIsUnavailableAndTheNodeStartsOnceItIsFree) {
  Node first(TestConfig("a"));
  ASSERT_TRUE(first.Start().ok());
  Config config = TestConfig("b");
  config.bind_addr = first.address();
  Node second(config);
  ExpectStatus(second.Start(), absl::StatusCode::kUnavailable, "Address already in use");
  ExpectStatus(second.Create(), absl::StatusCode::kFailedPrecondition, "not started");
  first.Stop();
  const absl::Status started = second.Start();
  EXPECT_TRUE(started.ok()) << started;
}

TEST(Errors, CallsOutOfTurnSayWhatComesFirst) {
  using Code = absl::StatusCode;
  Node node(TestConfig("a"));
  ExpectStatus(node.Create(), Code::kFailedPrecondition, "Create: this node is not started");
  ExpectStatus(node.Join({"127.0.0.1:1"}), Code::kFailedPrecondition, "not started");
  ExpectStatus(node.Lookup("x").status(), Code::kFailedPrecondition, "not started");
  ASSERT_TRUE(node.Start().ok());
  ExpectStatus(node.Start(), Code::kFailedPrecondition, "started already");
  ExpectStatus(node.Lookup("x").status(), Code::kFailedPrecondition, "not a member of a ring");
  EXPECT_FALSE(node.Owns("x"));
  ASSERT_TRUE(node.Create().ok());
  ExpectStatus(node.Create(), Code::kFailedPrecondition, "member of a ring already");
  ExpectStatus(node.Join({"127.0.0.1:1"}), Code::kFailedPrecondition, "member of a ring already");
  node.Stop();
  ExpectStatus(node.Create(), Code::kFailedPrecondition, "stopped");
  ExpectStatus(node.Join({"127.0.0.1:1"}), Code::kFailedPrecondition, "stopped");
  ExpectStatus(node.Lookup("x").status(), Code::kFailedPrecondition, "stopped");
  ExpectStatus(node.LookupN("x", 2).status(), Code::kFailedPrecondition, "stopped");
}

// It must not; but a node that hangs for ever would not tell whose fault it is.
TEST(Errors, AHashFunctionThatThrowsLeavesANodeThatCanBeDestroyed) {
  Config config = TestConfig("10");
  config.hash_func = [](std::string_view text) -> Id {
    if (text == "concord") throw std::invalid_argument("no number");
    return 10;
  };
  Node node(config);
  EXPECT_THROW(node.Start().IgnoreError(), std::invalid_argument);
  EXPECT_EQ(node.address(), "");
}

TEST(Errors, JoinAndLookupCheckWhatTheyAreGiven) {
  using Code = absl::StatusCode;
  Node node(TestConfig("a"));
  ASSERT_TRUE(node.Start().ok());
  ExpectStatus(node.Join({}), Code::kInvalidArgument, "no seed");
  ExpectStatus(node.Join({"127.0.0.1"}), Code::kInvalidArgument, "'127.0.0.1'");
  ExpectStatus(node.Join({"127.0.0.1:70000"}), Code::kInvalidArgument, "0 to 65535");
  ExpectStatus(node.Join({"127.0.0.1:0"}), Code::kInvalidArgument, "port 0");
  ExpectStatus(node.Join({node.address()}), Code::kInvalidArgument, "this node itself");
  ExpectStatus(node.Join({"127.0.0.1:1"}, absl::ZeroDuration()), Code::kInvalidArgument,
               "timeout is 0");
  ASSERT_TRUE(node.Create().ok());
  ExpectStatus(node.Lookup("x", {.timeout = -absl::Seconds(1)}).status(), Code::kInvalidArgument,
               "LookupOptions.timeout is -1s: it must be from 1ms to 10m");
}

}  // namespace
}  // namespace concord::testing
