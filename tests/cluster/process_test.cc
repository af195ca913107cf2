// What an application gets from its process: timers, calls, a clock; and when it gets nothing more.
#include "concord/sim/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "concord/sim/cluster.h"
#include "concord/sim/node.h"

namespace concord::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Started, so that others reach it; serves nothing but what a test tells it to.
struct Plain final : Application {
  explicit Plain(Process& process) : node(process, process.config()) {
    EXPECT_TRUE(node.Start().ok());
  }
  Node node;
};

class ProcessTest : public ::testing::Test {
 protected:
  explicit ProcessTest(ClusterOptions options = {})
      : cluster_(options, [](Process& process) { return std::make_unique<Plain>(process); }) {}

  void Call(Process& from, const std::string& address, absl::Duration timeout = absl::Seconds(1)) {
    from.Call(address, "hello", timeout,
              [this](const absl::StatusOr<std::string>& r) { responses_.push_back(r); });
  }
  absl::StatusCode Code() const { return responses_.at(0).status().code(); }

  Cluster cluster_;
  Process& a_ = cluster_.AddProcess("a");
  Process& b_ = cluster_.AddProcess("b");
  std::vector<absl::StatusOr<std::string>> responses_;
};

TEST_F(ProcessTest, CallIsAnswered) {
  b_.Serve(
      [](const std::string& request, const Process::Done& respond) { respond(request + "!"); });
  Call(a_, b_.address());
  EXPECT_TRUE(responses_.empty());  // it takes time
  cluster_.RunFor(absl::Seconds(1));
  ASSERT_EQ(responses_.size(), 1u);
  EXPECT_EQ(*responses_[0], "hello!");
}

TEST_F(ProcessTest, ErrorOfTheApplicationArrivesAsItIs) {
  b_.Serve([](const std::string&, const Process::Done& respond) {
    respond(absl::AbortedError("not mine"));
  });
  Call(a_, b_.address());
  cluster_.RunFor(absl::Seconds(1));
  EXPECT_EQ(responses_.at(0).status(), absl::AbortedError("not mine"));
}

TEST_F(ProcessTest, AnswerMayComeLaterAndCountsOnce) {
  b_.Serve([this](const std::string&, const Process::Done& respond) {
    b_.After(absl::Milliseconds(500), [respond] {
      respond("first");
      respond("second");
    });
  });
  Call(a_, b_.address());
  cluster_.RunFor(absl::Milliseconds(400));
  EXPECT_TRUE(responses_.empty());
  cluster_.RunFor(absl::Seconds(10));
  ASSERT_EQ(responses_.size(), 1u);
  EXPECT_EQ(*responses_[0], "first");
}

TEST_F(ProcessTest, CallEndsAtItsDeadline) {
  Process::Done late;
  b_.Serve([&](const std::string&, const Process::Done& respond) { late = respond; });
  const absl::Time begin = cluster_.now();
  Call(a_, b_.address(), absl::Milliseconds(300));
  ASSERT_TRUE(cluster_.RunUntil([&] { return !responses_.empty(); }, absl::Minutes(1)));
  EXPECT_EQ(Code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(cluster_.now() - begin, absl::Milliseconds(300));
  late("too late");
  cluster_.RunFor(absl::Seconds(1));
  EXPECT_EQ(responses_.size(), 1u);
}

TEST_F(ProcessTest, ProcessThatIsDownRefuses) {
  cluster_.Crash(b_);
  Call(a_, b_.address());
  cluster_.RunFor(absl::Seconds(1));
  EXPECT_EQ(Code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(responses_[0].status().message()), HasSubstr(b_.address()));
}

TEST_F(ProcessTest, SilentOneLetsTheDeadlinePass) {
  cluster_.Crash(b_, /*silent=*/true);
  Call(a_, b_.address());
  cluster_.RunFor(absl::Seconds(2));
  EXPECT_EQ(Code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(ProcessTest, SoDoesAPartition) {
  cluster_.Partition({{&a_}, {&b_}});
  b_.Serve([](const std::string&, const Process::Done& respond) { respond("never heard"); });
  Call(a_, b_.address());
  cluster_.RunFor(absl::Seconds(2));
  EXPECT_EQ(Code(), absl::StatusCode::kDeadlineExceeded);
  cluster_.HealNetwork();
  Call(a_, b_.address());
  cluster_.RunFor(absl::Seconds(2));
  EXPECT_EQ(*responses_.at(1), "never heard");
}

TEST_F(ProcessTest, OneWayPartitionLetsTheFirstSideHear) {
  int heard = 0;
  const auto serve = [&](const std::string&, const Process::Done& respond) {
    ++heard;
    respond("");
  };
  a_.Serve(serve);
  b_.Serve(serve);
  cluster_.Partition({{&a_}, {&b_}}, /*one_way=*/true);
  Call(b_, a_.address());  // arrives, but the answer does not
  Call(a_, b_.address());  // does not arrive
  cluster_.RunFor(absl::Seconds(2));
  EXPECT_EQ(heard, 1);
  ASSERT_EQ(responses_.size(), 2u);
  for (const auto& response : responses_) {
    EXPECT_EQ(response.status().code(), absl::StatusCode::kDeadlineExceeded);
  }
}

TEST_F(ProcessTest, WhoServesNothingSaysSo) {
  Call(a_, b_.address());
  cluster_.RunFor(absl::Seconds(1));
  EXPECT_EQ(Code(), absl::StatusCode::kUnimplemented);
}

TEST_F(ProcessTest, CallInWorkFailsWhenItsServerCrashes) {
  b_.Serve([](const std::string&, const Process::Done&) {});
  Call(a_, b_.address(), absl::Minutes(1));
  cluster_.RunFor(absl::Seconds(1));
  EXPECT_TRUE(responses_.empty());
  cluster_.Crash(b_);
  cluster_.RunFor(absl::Seconds(1));
  EXPECT_EQ(Code(), absl::StatusCode::kUnavailable);
}

TEST_F(ProcessTest, AnswerThatIsOnItsWayArrivesThoughItsServerCrashes) {
  bool answered = false;
  b_.Serve([&](const std::string& request, const Process::Done& respond) {
    respond(request + "!");
    answered = true;
  });
  Call(a_, b_.address());
  Call(a_, b_.address());
  ASSERT_TRUE(cluster_.RunUntil([&] { return answered; }, absl::Seconds(1)));
  EXPECT_TRUE(responses_.empty());
  cluster_.Crash(b_);
  cluster_.RunFor(absl::Seconds(2));
  ASSERT_EQ(responses_.size(), 2u);
  EXPECT_EQ(*responses_[0], "hello!");
}

TEST_F(ProcessTest, DuplicatedCallIsServedTwiceAndAnsweredOnce) {
  ClusterOptions options;
  options.duplication = 1;
  Cluster cluster(options, [](Process& process) { return std::make_unique<Plain>(process); });
  Process& a = cluster.AddProcess("a");
  Process& b = cluster.AddProcess("b");
  int served = 0;
  b.Serve([&](const std::string&, const Process::Done& respond) {
    ++served;
    respond("");
  });
  Call(a, b.address());
  cluster.RunFor(absl::Seconds(1));
  EXPECT_EQ(served, 2);
  EXPECT_EQ(responses_.size(), 1u);
}

TEST_F(ProcessTest, CrashEndsAllThatTheProcessWaitsFor) {
  bool ran = false;
  a_.After(absl::Seconds(1), [&] { ran = true; });
  b_.Serve([](const std::string&, const Process::Done& respond) { respond(""); });
  Call(a_, b_.address());
  cluster_.Crash(a_);
  EXPECT_EQ(cluster_.application(a_), nullptr);
  EXPECT_FALSE(cluster_.up(a_));
  cluster_.Restart(a_);
  EXPECT_NE(cluster_.application(a_), nullptr);
  cluster_.RunFor(absl::Minutes(1));
  EXPECT_FALSE(ran);
  EXPECT_TRUE(responses_.empty());
}

TEST_F(ProcessTest, AnswerOfAnEarlierLifeReachesNobody) {
  Process::Done respond;
  b_.Serve([&](const std::string&, const Process::Done& r) { respond = r; });
  Call(a_, b_.address(), absl::Minutes(1));
  cluster_.RunFor(absl::Seconds(1));
  cluster_.Crash(b_);
  cluster_.Restart(b_);
  respond("from the grave");
  cluster_.RunFor(absl::Minutes(2));
  ASSERT_EQ(responses_.size(), 1u);
  EXPECT_EQ(Code(), absl::StatusCode::kUnavailable);
}

TEST_F(ProcessTest, RestartAtANewAddressLeavesTheOldOneEmpty) {
  const std::string old = b_.address();
  cluster_.Crash(b_);
  cluster_.Restart(b_, /*new_address=*/true);
  EXPECT_NE(b_.address(), old);
  b_.Serve([](const std::string&, const Process::Done& respond) { respond("here"); });
  Call(a_, old);
  cluster_.RunFor(absl::Seconds(1));
  Call(a_, b_.address());
  cluster_.RunFor(absl::Seconds(1));
  ASSERT_EQ(responses_.size(), 2u);
  EXPECT_EQ(Code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(*responses_[1], "here");
}

TEST_F(ProcessTest, TimersOfAPausedProcessWait) {
  std::vector<absl::Time> ran;
  a_.After(absl::Seconds(1), [&] { ran.push_back(a_.now()); });
  cluster_.Pause(a_);
  cluster_.RunFor(absl::Seconds(5));
  EXPECT_THAT(ran, ElementsAre());
  cluster_.Resume(a_);
  cluster_.RunFor(absl::Seconds(1));
  EXPECT_THAT(ran, ElementsAre(cluster_.now() - absl::Seconds(1)));
}

TEST_F(ProcessTest, ClocksAreWrongWithinTheirLimit) {
  ClusterOptions options;
  options.clock_skew = absl::Milliseconds(50);
  Cluster cluster(options, nullptr);
  bool differ = false;
  for (int i = 0; i < 20; ++i) {
    const absl::Duration error = cluster.AddProcess("p").now() - cluster.now();
    EXPECT_LE(error, absl::Milliseconds(50));
    EXPECT_GE(error, -absl::Milliseconds(50));
    differ |= error > absl::Milliseconds(10);
  }
  EXPECT_TRUE(differ);
  EXPECT_EQ(a_.now(), cluster_.now());  // without skew
}

}  // namespace
}  // namespace concord::sim
