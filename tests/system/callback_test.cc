// The contract of on_range_change and on_successors_change: in order, one at a time, no lock held.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "concord/node.h"
#include "support/eventually.h"
#include "system/test_ring.h"

namespace concord::testing {
namespace {

TEST(RangeCallback, TellsTheWholeRingThenWhatIsLostThenWhatIsGained) {
  TestRing ring;
  Node& a = ring.Add("a");
  ring.Add("b");
  ring.WaitUntilIdeal();
  ring.Kill("b");
  ring.WaitUntilIdeal();
  ring.ExpectRangesReplay();

  const Id b = ring.node("b").id();
  const Range whole{a.id(), a.id()}, half{b, a.id()}, other_half{a.id(), b};
  const std::vector<RangeChange> changes = ring.recorder("a").changes();
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[0].after, whole);
  EXPECT_EQ(changes[0].gained, whole);
  EXPECT_EQ(changes[0].peer, std::nullopt);
  EXPECT_EQ(changes[1].after, half);
  EXPECT_EQ(changes[1].lost, other_half);
  EXPECT_EQ(changes[1].peer->name, "b");
  EXPECT_EQ(changes[2].after, whole);
  EXPECT_EQ(changes[2].gained, other_half);
  EXPECT_EQ(changes[2].peer->name, "b");
}

TEST(RangeCallback, SeesAStateAtLeastAsNewAsTheChange) {
  TestRing ring;
  Config config = TestConfig("watched");
  std::vector<std::optional<Range>> seen;  // by the callback, one a change
  Recorder recorder;
  Node* watched = nullptr;
  config.on_range_change = [&](const RangeChange& change) {
    recorder(change);
    seen.push_back(watched->range());
  };
  Node node(config);
  watched = &node;
  ASSERT_TRUE(node.Start().ok());
  ASSERT_TRUE(node.Create().ok());
  for (int i = 0; i < 8; ++i) {
    const absl::Status joined = ring.AddThrough(absl::StrCat("n", i), {node.address()});
    ASSERT_TRUE(joined.ok()) << joined;
  }
  EXPECT_TRUE(Eventually([&] { return recorder.changes().size() > 1; }));
  node.Stop();

  const std::vector<RangeChange> changes = recorder.changes();
  ASSERT_EQ(seen.size(), changes.size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    bool of_this_or_a_later_change = false;
    for (std::size_t k = i; k < changes.size(); ++k) {
      of_this_or_a_later_change |= changes[k].after == seen[i];
    }
    EXPECT_TRUE(of_this_or_a_later_change) << "change " << i;
  }
}

TEST(RangeCallback, MayCallEveryMethod) {
  TestRing ring;
  ring.Add("a");
  Config config = TestConfig("b");
  std::promise<void> done;
  std::atomic<bool> once = false;
  Node* b = nullptr;
  config.on_range_change = [&](const RangeChange&) {
    if (once.exchange(true)) return;
    EXPECT_TRUE(absl::IsFailedPrecondition(b->Start()));
    EXPECT_TRUE(absl::IsFailedPrecondition(b->Create()));
    EXPECT_TRUE(absl::IsFailedPrecondition(b->Join({ring.node("a").address()})));
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(b->Lookup(absl::StrCat(i)).ok());
    EXPECT_TRUE(b->LookupN("key", 2).ok());
    std::promise<void> looked_up;
    b->LookupAsync("key", {}, [&](const auto&) { looked_up.set_value(); });
    looked_up.get_future().wait();
    b->Owns("key");
    EXPECT_NE(b->address(), "");
    EXPECT_EQ(b->name(), "b");
    EXPECT_EQ(b->id(), b->IdOf("b"));
    EXPECT_TRUE(b->range().has_value());
    EXPECT_TRUE(b->predecessor().has_value());
    EXPECT_FALSE(b->successors().empty());
    done.set_value();
  };
  Node node(config);
  b = &node;
  ASSERT_TRUE(node.Start().ok());
  ASSERT_TRUE(node.Join({ring.node("a").address()}).ok());
  EXPECT_EQ(done.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
}

TEST(RangeCallback, MayStopTheNodeAndStartItAgain) {
  Config config = TestConfig("a");
  std::promise<void> done;
  Node* a = nullptr;
  int calls = 0;  // touched by the callback's thread alone
  config.on_range_change = [&](const RangeChange& change) {
    if (++calls == 1) {
      EXPECT_TRUE(change.after.has_value());
      a->Stop();
      EXPECT_EQ(a->range(), std::nullopt);
      EXPECT_TRUE(a->Start().ok());
      EXPECT_TRUE(a->Create().ok());
    } else if (calls == 2) {
      EXPECT_EQ(change.after, std::nullopt);
    } else if (calls == 3) {
      EXPECT_TRUE(change.after.has_value());
      done.set_value();
    }
  };
  Node node(config);
  a = &node;
  ASSERT_TRUE(node.Start().ok());
  ASSERT_TRUE(node.Create().ok());
  ASSERT_EQ(done.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
  EXPECT_TRUE(node.range().has_value());
}

TEST(RangeCallback, DoesNotBeginOnceStopHasReturned) {
  for (int round = 0; round < 20; ++round) {
    std::atomic<bool> stopped = false;
    std::atomic<int> late = 0;
    Config config = TestConfig("a");
    config.on_range_change = [&](const RangeChange&) {
      if (stopped) ++late;
    };
    Node node(config);
    ASSERT_TRUE(node.Start().ok());
    ASSERT_TRUE(node.Create().ok());
    node.Stop();
    stopped = true;
    node.Stop();
    EXPECT_EQ(late, 0);
  }
}

TEST(RangeCallback, LastChangeOfAStopOwnsNothing) {
  Recorder recorder;
  Config config = TestConfig("a");
  config.on_range_change = std::ref(recorder);
  Node node(config);
  ASSERT_TRUE(node.Start().ok());
  ASSERT_TRUE(node.Create().ok());
  const std::optional<Range> whole = node.range();
  node.Stop();
  const std::vector<RangeChange> changes = recorder.changes();  // all of them: Stop has returned
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[1].before, whole);
  EXPECT_EQ(changes[1].lost, whole);
  EXPECT_EQ(changes[1].after, std::nullopt);
  EXPECT_EQ(changes[1].peer, std::nullopt);
}

TEST(RangeCallback, ThatThrowsIsSurvived) {
  int thrown = 0;
  TestRing ring;
  Config config = TestConfig("a");
  config.on_range_change = [&](const RangeChange&) {
    if (++thrown == 1) throw std::runtime_error("the application's own trouble");
    throw 42;
  };
  ring.Add(config);
  ring.Add("b");
  ring.WaitUntilIdeal();
  ring.Kill("b");
  ring.WaitUntilIdeal();
  ring.ExpectAllAgree(10);
  ring.ExpectRangesReplay();
}

// What one node is told of its successors.
class Successions {
 public:
  void operator()(const std::vector<Server>& successors) {
    const std::lock_guard lock(mutex_);
    told_.push_back(successors);
  }
  std::vector<std::vector<Server>> told() const {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  std::vector<Server> last() const {
    const std::lock_guard lock(mutex_);
    return told_.empty() ? std::vector<Server>{} : told_.back();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::vector<Server>> told_;
};

TEST(SuccessorsCallback, TellsEachChangeOnceUntilThereIsNobody) {
  Successions successions;
  Config config = TestConfig("a");
  config.on_successors_change = std::ref(successions);
  Node a(config);
  ASSERT_TRUE(a.Start().ok());
  ASSERT_TRUE(a.Create().ok());
  TestRing others;
  for (const char* name : {"b", "c", "d", "e"}) {
    const absl::Status joined = others.AddThrough(name, {a.address()});
    ASSERT_TRUE(joined.ok()) << joined;
  }
  const auto told = [&] {
    return successions.last().size() == 3 && successions.last() == a.successors();
  };
  EXPECT_TRUE(Eventually(told));
  const Server head = a.successors().front();
  others.Kill(head.name);
  EXPECT_TRUE(Eventually([&] { return told() && successions.last().front() != head; }));
  a.Stop();

  const std::vector<std::vector<Server>> all = successions.told();  // Stop has returned
  EXPECT_FALSE(all.front().empty());                                // alone at first, as before
  EXPECT_TRUE(all.back().empty());
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_NE(all[i], all[i - 1]) << "change " << i;
}

TEST(SuccessorsCallback, ComesAfterTheRangeOfAJoinAndNeverBesideAnotherCallback) {
  TestRing ring;
  Node& a = ring.Add("a");
  std::atomic<int> running = 0;
  std::atomic<bool> follows = false;
  std::vector<std::string> told;  // by one thread
  Config config = TestConfig("b");
  Node* self = nullptr;
  config.on_range_change = [&](const RangeChange& change) {
    EXPECT_EQ(++running, 1);
    told.push_back(change.after ? "range" : "no range");
    --running;
  };
  config.on_successors_change = [&](const std::vector<Server>& successors) {
    EXPECT_EQ(++running, 1);
    EXPECT_EQ(self->Lookup("key").status().code() == absl::StatusCode::kOk, !successors.empty());
    told.push_back(successors.empty() ? "nobody" : successors.front().name);
    follows = !successors.empty();
    --running;
  };
  Node b(config);
  self = &b;
  ASSERT_TRUE(b.Start().ok());
  ASSERT_TRUE(b.Join({a.address()}).ok());
  ASSERT_TRUE(Eventually([&] { return follows.load(); }));  // it looks up while it is a member
  b.Stop();
  EXPECT_THAT(told, ::testing::ElementsAre("range", "a", "no range", "nobody"));
}

TEST(SuccessorsCallback, ThatThrowsIsSurvived) {
  TestRing ring;
  Config config = TestConfig("a");
  config.on_successors_change = [](const std::vector<Server>&) { throw 42; };
  ring.Add(config);
  ring.Add("b");
  ring.WaitUntilIdeal();
  ring.ExpectAllAgree(10);
}

}  // namespace
}  // namespace concord::testing
