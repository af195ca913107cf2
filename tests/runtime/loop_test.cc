// The thread that runs tasks one at a time.
#include "runtime/loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "arrivals.h"
#include "support/eventually.h"
#include "threads.h"

namespace concord::runtime {
namespace {

using concord::testing::Eventually;
using ::testing::ElementsAre;
using Clock = std::chrono::steady_clock;

// Holds a loop in a task until it is opened, so that a test knows what waits behind it.
class Gate {
 public:
  explicit Gate(Loop& loop) {
    loop.Post([this] {
      entered_.Put(true);
      open_.Take();
    });
    entered_.Take();
  }
  void Open() { open_.Put(true); }

 private:
  Arrivals<bool> entered_, open_;
};

// --- Order ---

TEST(Loop, RunsTasksInTheOrderOfTheirPosting) {
  Loop loop("test-loop");
  std::vector<int> ran;
  for (int i = 0; i < 1000; ++i) loop.Post([&ran, i] { ran.push_back(i); });
  loop.Drain();
  ASSERT_EQ(ran.size(), 1000u);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(ran[i], i);
}

TEST(Loop, KeepsTheOrderOfEachThreadThatPosts) {
  Loop loop("test-loop");
  std::vector<int> ran[2];
  std::vector<std::thread> threads;
  for (auto& mine : ran) {
    threads.emplace_back([&loop, &mine] {
      for (int i = 0; i < 1000; ++i) loop.Post([&mine, i] { mine.push_back(i); });
    });
  }
  for (std::thread& thread : threads) thread.join();
  loop.Drain();
  for (const auto& mine : ran) {
    ASSERT_EQ(mine.size(), 1000u);
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
  }
}

TEST(Loop, RunsTasksOneAtATime) {
  Loop loop("test-loop");
  std::atomic<int> running{0}, together{0};
  const auto task = [&] {
    if (++running > 1) ++together;
    --running;
  };
  std::thread other([&] {
    for (int i = 0; i < 500; ++i) loop.Post(task);
  });
  for (int i = 0; i < 500; ++i) {
    loop.Post(task);
    loop.PostAfter(absl::Microseconds(i), task);
  }
  other.join();
  loop.Drain();
  EXPECT_EQ(together, 0);
}

TEST(Loop, RunsATaskPostedByATask) {
  Loop loop("test-loop");
  std::vector<int> ran;
  loop.Post([&] {
    ran.push_back(1);
    loop.Post([&] { ran.push_back(3); });
    ran.push_back(2);
  });
  loop.Drain();
  EXPECT_THAT(ran, ElementsAre(1, 2, 3));
}

// --- PostAfter ---

TEST(Loop, RunsWhatIsDueByItsTimeAndNotByItsPosting) {
  Loop loop("test-loop");
  Arrivals<int> ran;
  {
    Gate gate(loop);
    loop.PostAfter(absl::Milliseconds(30), [&] { ran.Put(3); });
    loop.PostAfter(absl::Milliseconds(10), [&] { ran.Put(1); });
    loop.PostAfter(absl::Milliseconds(20), [&] { ran.Put(2); });
    gate.Open();
    EXPECT_EQ(ran.Take(), 1);
    EXPECT_EQ(ran.Take(), 2);
    EXPECT_EQ(ran.Take(), 3);
  }
}

TEST(Loop, RunsNothingBeforeItIsDue) {
  Loop loop("test-loop");
  Arrivals<Clock::time_point> ran;
  const Clock::time_point start = Clock::now();
  loop.PostAfter(absl::Milliseconds(50), [&] { ran.Put(Clock::now()); });
  EXPECT_GE(ran.Take() - start, std::chrono::milliseconds(50));
}

TEST(Loop, WakesForANearerDueTime) {
  Loop loop("test-loop");
  Arrivals<bool> ran;
  loop.PostAfter(absl::Hours(1), [] {});
  loop.Post([&] { ran.Put(true); });
  ran.Take();  // by now it waits for the hour
  loop.PostAfter(absl::Milliseconds(1), [&] { ran.Put(true); });
  ran.Take();
}

TEST(Loop, RunsAtOnceWhatIsDueAlready) {
  Loop loop("test-loop");
  Arrivals<bool> ran;
  loop.PostAfter(absl::ZeroDuration(), [&] { ran.Put(true); });
  ran.Take();
  loop.PostAfter(-absl::Hours(1), [&] { ran.Put(true); });
  ran.Take();
}

TEST(Loop, LetsATaskSetItsNextTime) {
  Loop loop("test-loop");
  Arrivals<int> ran;
  int times = 0;
  Loop::Task again = [&] {
    ran.Put(++times);
    if (times < 5) {
      loop.PostAfter(absl::Milliseconds(1), [&] { again(); });
    }
  };
  loop.Post([&] { again(); });
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(ran.Take(), i);
  loop.Drain();
}

// --- Drain ---

TEST(LoopDrain, WaitsForEverythingPosted) {
  Loop loop("test-loop");
  int ran = 0;
  Gate gate(loop);
  for (int i = 0; i < 10; ++i) loop.Post([&ran] { ++ran; });
  std::thread opener([&gate] { gate.Open(); });
  loop.Drain();
  EXPECT_EQ(ran, 10);
  opener.join();
}

TEST(LoopDrain, WaitsForTheTaskThatRuns) {
  Loop loop("test-loop");
  std::atomic<bool> opened{false};
  Gate gate(loop);
  std::thread opener([&] {
    opened = true;
    gate.Open();
  });
  loop.Drain();
  EXPECT_TRUE(opened);
  opener.join();
}

TEST(LoopDrain, ReturnsAtOnceInsideATask) {
  Loop loop("test-loop");
  Arrivals<bool> ran;
  loop.Post([&] {
    loop.Drain();
    ran.Put(true);
  });
  ran.Take();
}

TEST(LoopDrain, DoesNotWaitForWhatIsNotDue) {
  Loop loop("test-loop");
  bool ran = false;
  loop.PostAfter(absl::Hours(1), [&ran] { ran = true; });
  loop.Drain();
  EXPECT_FALSE(ran);
}

TEST(LoopDrain, ReturnsWhenNothingWasEverPostedAndAfterStop) {
  Loop loop("test-loop");
  loop.Drain();
  loop.Stop();
  loop.Drain();
}

// --- Stop ---

TEST(LoopStop, RunsWhatWasPosted) {
  Loop loop("test-loop");
  int ran = 0;
  Gate gate(loop);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(loop.Post([&ran] { ++ran; }));
  std::thread opener([&] {
    // Refused from the moment that Stop has begun.
    EXPECT_TRUE(Eventually([&] { return !loop.Post([] {}); }));
    gate.Open();
  });
  loop.Stop();
  EXPECT_EQ(ran, 10);
  opener.join();
}

TEST(LoopStop, DropsWhatIsNotDue) {
  Loop loop("test-loop");
  const auto held = std::make_shared<bool>(false);
  loop.PostAfter(absl::Hours(1), [held] { *held = true; });
  EXPECT_EQ(held.use_count(), 2);
  loop.Stop();
  EXPECT_FALSE(*held);
  EXPECT_EQ(held.use_count(), 1);
}

TEST(LoopStop, RefusesWhatComesLater) {
  Loop loop("test-loop");
  loop.Stop();
  const auto held = std::make_shared<bool>(false);
  EXPECT_FALSE(loop.Post([held] { *held = true; }));
  EXPECT_FALSE(loop.PostAfter(absl::ZeroDuration(), [held] { *held = true; }));
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(*held);
}

TEST(LoopStop, MayBeCalledTwice) {
  Loop loop("test-loop");
  int ran = 0;
  loop.Post([&ran] { ++ran; });
  loop.Stop();
  loop.Stop();
  EXPECT_EQ(ran, 1);
}

TEST(LoopStop, InsideATaskReturnsAndWhatWasPostedRuns) {
  Loop loop("test-loop");
  std::vector<int> ran;
  bool refused = false;
  Gate gate(loop);
  loop.Post([&] {
    loop.Stop();
    refused = !loop.Post([] {});
    ran.push_back(1);
  });
  loop.Post([&] { ran.push_back(2); });
  gate.Open();
  loop.Drain();
  EXPECT_THAT(ran, ElementsAre(1, 2));
  EXPECT_TRUE(refused);
  loop.Stop();
}

TEST(LoopStop, EndsTheThread) {
  Loop loop("test-loop-end");
  Arrivals<int> seen;
  loop.Post([&] { seen.Put(ThreadsNamed("test-loop-end")); });
  EXPECT_EQ(seen.Take(), 1);
  loop.Stop();
  EXPECT_TRUE(Eventually([] { return ThreadsNamed("test-loop-end") == 0; }));
}

// --- Destruction ---

TEST(LoopDestruction, StopsAndWaits) {
  int ran = 0;
  {
    Loop loop("test-loop");
    for (int i = 0; i < 10; ++i) loop.Post([&ran] { ++ran; });
    loop.PostAfter(absl::Hours(1), [&ran] { ++ran; });
  }
  EXPECT_EQ(ran, 10);
}

TEST(LoopDestruction, InsideATaskLetsItEndByItself) {
  auto loop = std::make_unique<Loop>("test-loop-self");
  Arrivals<int> ran;
  Gate gate(*loop);
  loop->Post([&] {
    loop.reset();
    ran.Put(1);
  });
  loop->Post([&] { ran.Put(2); });
  gate.Open();
  EXPECT_EQ(ran.Take(), 1);
  EXPECT_EQ(ran.Take(), 2);
  EXPECT_TRUE(Eventually([] { return ThreadsNamed("test-loop-self") == 0; }));
}

// --- The rest ---

TEST(Loop, LetsGoOfWhatATaskHeldBeforeItWaits) {
  Loop loop("test-loop");
  const auto held = std::make_shared<int>(0);
  loop.Post([held] {});
  loop.Drain();
  EXPECT_EQ(held.use_count(), 1);
  Arrivals<bool> ran;
  loop.PostAfter(absl::Milliseconds(1), [held, &ran] { ran.Put(true); });
  ran.Take();
  EXPECT_TRUE(Eventually([&] { return held.use_count() == 1; }));
}

TEST(Loop, KnowsItsOwnThread) {
  Loop loop("test-loop");
  bool inside = false;
  loop.Post([&] { inside = loop.OnThisThread(); });
  loop.Drain();
  EXPECT_TRUE(inside);
  EXPECT_FALSE(loop.OnThisThread());
}

TEST(Loop, MayStopBeforeItsThreadHasBegun) {
  for (int i = 0; i < 200; ++i) {
    Loop loop("test-loop");
    if (i % 2 == 0) loop.Stop();
  }
}

// Tasks from two threads against Stop: each was either refused or run, never both, never neither.
TEST(Loop, RunsExactlyWhatItTook) {
  for (int round = 0; round < 50; ++round) {
    Loop loop("test-loop");
    std::atomic<int> taken{0}, ran{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([&] {
        while (loop.Post([&ran] { ++ran; })) ++taken;
      });
    }
    EXPECT_TRUE(Eventually([&] { return ran > 10; }));
    loop.Stop();
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(taken, ran);
  }
}

}  // namespace
}  // namespace concord::runtime
