// Stop: from any thread, twice, inside callbacks, in the middle of anything. It always ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "concord/node.h"
#include "support/eventually.h"
#include "support/silent_server.h"
#include "system/test_ring.h"

namespace concord::testing {
namespace {

TEST(Stop, OfANodeThatNeverStarted) {
  Node node(TestConfig("a"));
  node.Stop();
  node.Stop();
}

TEST(Stop, FromTwoThreads) {
  for (int round = 0; round < 20; ++round) {
    Node node(TestConfig("a"));
    ASSERT_TRUE(node.Start().ok());
    ASSERT_TRUE(node.Create().ok());
    std::thread other([&] { node.Stop(); });
    node.Stop();
    EXPECT_EQ(node.address(), "");  // whichever thread did it, it is done
    other.join();
  }
}

TEST(Stop, FreesThePort) {
  Config config = TestConfig("a");
  Node first(config);
  ASSERT_TRUE(first.Start().ok());
  config.bind_addr = first.address();
  first.Stop();
  Node second(config);
  const absl::Status started = second.Start();
  EXPECT_TRUE(started.ok()) << started;
}

TEST(Stop, EndsAJoinInProgress) {
  SilentServer silent;
  Node node(TestConfig("a"));
  ASSERT_TRUE(node.Start().ok());
  std::promise<absl::Status> joined;
  std::thread joining([&] { joined.set_value(node.Join({silent.address()}, absl::Hours(1))); });
  silent.WaitForConnection();
  EXPECT_TRUE(absl::IsFailedPrecondition(node.Join({silent.address()})));  // one at a time
  EXPECT_TRUE(absl::IsFailedPrecondition(node.Create()));
  node.Stop();
  joining.join();
  const absl::Status status = joined.get_future().get();
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
}

TEST(Stop, EndsLookupsInProgressEachWithAnAnswer) {
  for (int round = 0; round < 5; ++round) {
    TestRing ring;
    for (int i = 0; i < 6; ++i) {
      Config config = TestConfig(absl::StrCat("n", i));
      config.successor_count = 1;
      ring.Add(config);
    }
    ring.WaitUntilIdeal();
    constexpr int kLookups = 300;
    std::atomic<int> answered = 0, odd = 0;
    for (int i = 0; i < kLookups; ++i) {
      ring.node("n0").LookupAsync(absl::StrCat(i), {}, [&](const auto& result) {
        ++answered;
        if (!result.ok() && !absl::IsCancelled(result.status()) &&
            !absl::IsFailedPrecondition(result.status())) {
          ++odd;
        }
      });
    }
    ring.Kill("n0");
    EXPECT_EQ(answered, kLookups);  // none is left once Stop has returned
    EXPECT_EQ(odd, 0);
  }
}

TEST(Stop, InsideALookupCallback) {
  TestRing ring;
  for (int i = 0; i < 6; ++i) {
    Config config = TestConfig(absl::StrCat("n", i));
    config.successor_count = 1;
    ring.Add(config);
  }
  ring.WaitUntilIdeal();
  Node& node = ring.node("n0");
  constexpr int kLookups = 100;
  std::atomic<int> answered = 0;
  for (int i = 0; i < kLookups; ++i) {
    node.LookupAsync(absl::StrCat(i), {}, [&](const auto& result) {
      if (result.ok() && result->hops > 0) node.Stop();
      ++answered;
    });
  }
  EXPECT_TRUE(Eventually([&] { return answered == kLookups; }));
  node.Stop();  // waits for the one that the callback began
  EXPECT_EQ(node.address(), "");
  EXPECT_TRUE(node.Start().ok());
}

TEST(Stop, WhileTheCallbackOfAnotherThreadStopsToo) {
  for (int round = 0; round < 20; ++round) {
    Config config = TestConfig("a");
    Node* a = nullptr;
    config.on_range_change = [&](const RangeChange&) { a->Stop(); };
    Node node(config);
    a = &node;
    ASSERT_TRUE(node.Start().ok());
    node.Create().IgnoreError();  // OK, or CANCELLED by the callback's Stop
    node.Stop();
    EXPECT_EQ(node.address(), "");
  }
}

TEST(Stop, DestructionStopsARunningNode) {
  TestRing ring;
  Node& a = ring.Add("a");
  {
    Node b(TestConfig("b"));
    ASSERT_TRUE(b.Start().ok());
    ASSERT_TRUE(b.Join({a.address()}).ok());
    EXPECT_TRUE(Eventually([&] { return !a.successors().empty(); }));
  }
  ring.WaitUntilIdeal();  // of one again
}

TEST(Stop, WhileOthersCallEveryMethod) {
  TestRing ring;
  ring.Add("a");
  ring.Add("b");
  Node node(TestConfig("c"));
  std::atomic<bool> end = false;
  std::vector<std::thread> callers;
  for (int i = 0; i < 2; ++i) {
    callers.emplace_back([&, i] {
      while (!end) {
        node.Lookup(absl::StrCat(i)).status().IgnoreError();
        node.LookupN("key", 3).status().IgnoreError();
        LookupOptions confirmed;
        confirmed.confirm = true;
        node.Lookup(absl::StrCat(i), confirmed).status().IgnoreError();
        node.Owns("key");
        node.address();
        node.range();
        node.successors();
        node.predecessor();
      }
    });
  }
  for (int life = 0; life < 10; ++life) {
    ASSERT_TRUE(node.Start().ok());
    const absl::Status joined = node.Join({ring.node("a").address()});
    EXPECT_TRUE(joined.ok()) << joined;
    node.Stop();
  }
  end = true;
  for (std::thread& caller : callers) caller.join();
}

}  // namespace
}  // namespace concord::testing
