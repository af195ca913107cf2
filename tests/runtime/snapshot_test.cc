// One writer, many readers, no lock.
#include "runtime/snapshot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace concord::runtime {
namespace {

std::shared_ptr<const int> Value(int value) { return std::make_shared<const int>(value); }

TEST(Snapshot, IsNullBeforeTheFirstValue) {
  const Snapshot<int> snapshot;
  EXPECT_EQ(snapshot.Read(), nullptr);
  EXPECT_EQ(snapshot.Read(), nullptr);
}

TEST(Snapshot, ShowsTheNewestValue) {
  Snapshot<int> snapshot;
  EXPECT_EQ(snapshot.Read(), nullptr);
  for (int i = 0; i < 100; ++i) {
    snapshot.Publish(Value(i));
    ASSERT_EQ(*snapshot.Read(), i);
    ASSERT_EQ(*snapshot.Read(), i);
  }
  snapshot.Publish(nullptr);
  EXPECT_EQ(snapshot.Read(), nullptr);
}

TEST(Snapshot, SharesTheValueAndDoesNotCopyIt) {
  Snapshot<int> snapshot;
  const std::shared_ptr<const int> value = Value(1);
  snapshot.Publish(value);
  EXPECT_EQ(snapshot.Read(), value);
}

TEST(Snapshot, ShowsEachThreadTheNewestValue) {
  Snapshot<int> snapshot;
  snapshot.Publish(Value(1));
  EXPECT_EQ(*snapshot.Read(), 1);
  std::thread([&] {
    EXPECT_EQ(*snapshot.Read(), 1);
    snapshot.Publish(Value(2));
    EXPECT_EQ(*snapshot.Read(), 2);
  }).join();
  EXPECT_EQ(*snapshot.Read(), 2);
}

// More of them than there are places to keep a value in.
TEST(Snapshot, IsNotMistakenForAnotherThatTheThreadReads) {
  std::deque<Snapshot<int>> snapshots(50);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 50; ++i) {
      if (round % 2 == 0) snapshots[i].Publish(Value(1000 * round + i));
    }
    for (int twice = 0; twice < 2; ++twice) {
      for (int i = 0; i < 50; ++i) {
        ASSERT_EQ(*snapshots[i].Read(), 1000 * (round - round % 2) + i);
      }
    }
  }
}

// Places of dead snapshots, at the same addresses and of the same generation.
TEST(Snapshot, IsNotMistakenForADeadOneAtItsAddress) {
  std::optional<Snapshot<int>> snapshot;
  for (int i = 0; i < 50; ++i) {
    snapshot.emplace();
    ASSERT_EQ(snapshot->Read(), nullptr);
    snapshot->Publish(Value(i));
    ASSERT_EQ(*snapshot->Read(), i);
  }
}

// --- What stays alive ---

TEST(SnapshotMemory, KeepsWhatAThreadReadUntilItReadsAgain) {
  Snapshot<int> snapshot;
  std::shared_ptr<const int> first = Value(1);
  const std::weak_ptr<const int> watch = first;
  snapshot.Publish(std::move(first));
  const std::shared_ptr<const int>& seen = snapshot.Read();
  snapshot.Publish(Value(2));
  EXPECT_FALSE(watch.expired());
  EXPECT_EQ(*seen, 1);
  EXPECT_EQ(*snapshot.Read(), 2);
  EXPECT_TRUE(watch.expired());
}

TEST(SnapshotMemory, LetsGoOfWhatNobodyRead) {
  Snapshot<int> snapshot;
  std::shared_ptr<const int> first = Value(1);
  const std::weak_ptr<const int> watch = first;
  snapshot.Publish(std::move(first));
  snapshot.Publish(Value(2));
  EXPECT_TRUE(watch.expired());
}

TEST(SnapshotMemory, LetsGoWhenTheThreadEnds) {
  Snapshot<int> snapshot;
  std::shared_ptr<const int> first = Value(1);
  const std::weak_ptr<const int> watch = first;
  snapshot.Publish(std::move(first));
  std::thread([&] {
    EXPECT_EQ(*snapshot.Read(), 1);
    snapshot.Publish(Value(2));
    EXPECT_FALSE(watch.expired());
  }).join();
  EXPECT_TRUE(watch.expired());
}

TEST(SnapshotMemory, OutlivesTheSnapshot) {
  std::optional<Snapshot<int>> snapshot;
  snapshot.emplace();
  snapshot->Publish(Value(1));
  const std::shared_ptr<const int> seen = snapshot->Read();
  snapshot.reset();
  EXPECT_EQ(*seen, 1);
}

// --- Threads ---

// A value whose two halves always agree, so that a torn or dead one would show.
struct Pair {
  explicit Pair(int value) : first(value), second(value) {}
  ~Pair() { first = second = -1; }
  int first, second;
};

TEST(SnapshotThreads, NeverGoBackInTime) {
  constexpr int kValues = 20'000;
  Snapshot<Pair> snapshot;
  snapshot.Publish(std::make_shared<const Pair>(0));
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      int last = 0;
      while (last < kValues) {
        const std::shared_ptr<const Pair>& pair = snapshot.Read();
        if (pair->first != pair->second || pair->first < last) ++wrong;
        last = std::max(last, pair->first);
      }
    });
  }
  for (int i = 1; i <= kValues; ++i) snapshot.Publish(std::make_shared<const Pair>(i));
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

// What a thread did before it published is seen by whoever reads the value.
TEST(SnapshotThreads, PublishWhatHappenedBefore) {
  Snapshot<int> snapshot;
  int plain = 0;
  std::thread writer([&] {
    plain = 42;
    snapshot.Publish(Value(1));
  });
  while (snapshot.Read() == nullptr) std::this_thread::yield();
  EXPECT_EQ(plain, 42);
  writer.join();
}

TEST(SnapshotThreads, MayPublishFromTwoThreads) {
  Snapshot<int> snapshot;
  std::vector<std::thread> writers;
  for (int t = 0; t < 2; ++t) {
    writers.emplace_back([&snapshot, t] {
      for (int i = 0; i < 1000; ++i) snapshot.Publish(Value(2 * i + t));
    });
  }
  for (std::thread& writer : writers) writer.join();
  const int last = *snapshot.Read();
  EXPECT_TRUE(last == 1998 || last == 1999) << last;
}

}  // namespace
}  // namespace concord::runtime
