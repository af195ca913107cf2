// Lookups: blocking, asynchronous, of several owners, around the dead and the silent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
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

using ::testing::HasSubstr;

// Eight nodes that know one successor each, so that most lookups are forwarded.
void AddEight(TestRing& ring) {
  for (int i = 0; i < 8; ++i) {
    Config config = TestConfig(absl::StrCat("n", i));
    config.successor_count = 1;
    ring.Add(config);
  }
  ring.WaitUntilIdeal();
}

TEST(Lookup, IsAnsweredAsynchronouslyOnceForEachKey) {
  TestRing ring;
  AddEight(ring);
  constexpr int kKeys = 500;
  std::atomic<int> right = 0, answered = 0;
  std::atomic<unsigned> hops = 0;
  for (int i = 0; i < kKeys; ++i) {
    const std::string key = absl::StrCat("key-", i);
    ring.node("n0").LookupAsync(
        key, {}, [&, owner = ring.Owner(key)](const absl::StatusOr<LookupResult>& result) {
          if (result.ok() && result->owner == owner) ++right;
          if (result.ok()) hops += result->hops;
          ++answered;
        });
  }
  EXPECT_TRUE(Eventually([&] { return answered == kKeys; }));
  EXPECT_EQ(right, kKeys);
  EXPECT_GT(hops, 0u);
  EXPECT_EQ(answered, kKeys);
}

TEST(Lookup, KnownToTheTableNeedsNoHopAndIsAnsweredInTheCall) {
  TestRing ring;
  Node& only = ring.Add("only");
  bool answered = false;
  only.LookupAsync("key", {}, [&](const absl::StatusOr<LookupResult>& result) {
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->hops, 0u);
    EXPECT_EQ(result->owner.name, "only");
    answered = true;
  });
  EXPECT_TRUE(answered);
}

TEST(Lookup, OfManyThreadsAtOnce) {
  TestRing ring;
  AddEight(ring);
  std::vector<std::thread> threads;
  for (Node* node : ring.members()) {
    threads.emplace_back([&ring, node] {
      for (int i = 0; i < 100; ++i) {
        const std::string key = absl::StrCat(node->name(), i);
        const absl::StatusOr<Server> owner = node->Lookup(key);
        ASSERT_TRUE(owner.ok()) << owner.status();
        EXPECT_EQ(*owner, ring.Owner(key));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Lookup, GoesAroundTheDeadWhileTheRingRepairsItself) {
  TestRing ring;
  for (int i = 0; i < 8; ++i) ring.Add(absl::StrCat("n", i));
  ring.WaitUntilIdeal();
  const std::string dead = ring.members()[4]->name();
  ring.Kill(dead);
  // Every lookup ends: with an owner, at worst the dead one that nobody has missed yet, or with an
  // error that says to try again. Soon every one of them is right.
  EXPECT_TRUE(Eventually([&] {
    int right = 0;
    for (int i = 0; i < 50; ++i) {
      const std::string key = absl::StrCat("key-", i);
      const absl::StatusOr<Server> owner = ring.members()[i % 7]->Lookup(key);
      if (!owner.ok()) {
        EXPECT_TRUE(absl::IsUnavailable(owner.status()) || absl::IsDeadlineExceeded(owner.status()))
            << owner.status();
      } else if (*owner == ring.Owner(key)) {
        ++right;
      } else {
        EXPECT_EQ(owner->name, dead);
      }
    }
    return right == 50;
  }));
}

TEST(Lookup, NOwnersAreTheOwnerAndTheMembersAfterIt) {
  TestRing ring;
  for (int i = 0; i < 8; ++i) ring.Add(absl::StrCat("n", i));
  ring.WaitUntilIdeal();
  const std::vector<Node*> members = ring.members();
  for (int i = 0; i < 20; ++i) {
    const std::string key = absl::StrCat("key-", i);
    const Server owner = ring.Owner(key);
    std::size_t first = 0;
    while (members[first]->name() != owner.name) ++first;
    for (std::size_t n = 1; n <= 10; ++n) {
      const absl::StatusOr<std::vector<Server>> servers = members[i % 8]->LookupN(key, n);
      ASSERT_TRUE(servers.ok()) << servers.status();
      ASSERT_EQ(servers->size(), std::min<std::size_t>(n, 8));
      for (std::size_t k = 0; k < servers->size(); ++k) {
        EXPECT_EQ((*servers)[k].name, members[(first + k) % 8]->name());
      }
    }
  }
}

TEST(Lookup, NOwnersMayBeLookedUpInsideACallback) {
  TestRing ring;
  for (int i = 0; i < 8; ++i) ring.Add(absl::StrCat("n", i));
  ring.WaitUntilIdeal();
  Node& node = ring.node("n0");
  std::promise<absl::StatusOr<std::vector<Server>>> found;
  node.LookupAsync("key", {}, [&](const absl::StatusOr<LookupResult>& owner) {
    EXPECT_TRUE(owner.ok()) << owner.status();
    node.LookupNAsync("key", 8, {}, [&](const absl::StatusOr<std::vector<Server>>& servers) {
      found.set_value(servers);
    });
  });
  const absl::StatusOr<std::vector<Server>> servers = found.get_future().get();
  ASSERT_TRUE(servers.ok()) << servers.status();
  EXPECT_EQ(*servers, *ring.node("n1").LookupN("key", 8));
  EXPECT_EQ(servers->size(), 8u);
}

TEST(Lookup, NOwnersOfARingOfOneAreOne) {
  TestRing ring;
  Node& only = ring.Add("only");
  EXPECT_EQ(only.LookupN("key", 3)->size(), 1u);
  EXPECT_TRUE(absl::IsInvalidArgument(only.LookupN("key", 0).status()));
}

TEST(Lookup, EmptyAndBinaryKeysAreKeys) {
  TestRing ring;
  ring.Add("a");
  ring.Add("b");
  ring.WaitUntilIdeal();
  for (const std::string& key :
       {std::string(), std::string("\0\xff\n", 3), std::string(100000, 'x')}) {
    EXPECT_EQ(*ring.node("a").Lookup(key), ring.Owner(key));
    EXPECT_EQ(*ring.node("b").Lookup(key), ring.Owner(key));
  }
}

TEST(Lookup, InsideItsOwnCallbackBlockingIsRefusedAndAsynchronousIsNot) {
  TestRing ring;
  AddEight(ring);
  Node& node = ring.node("n0");
  std::promise<absl::Status> blocking, again;
  std::string forwarded;  // a key that needs a call
  for (int i = 0; forwarded.empty(); ++i) {
    std::promise<unsigned> hops;
    node.LookupAsync(absl::StrCat(i), {},
                     [&](const auto& result) { hops.set_value(result.ok() ? result->hops : 0); });
    if (hops.get_future().get() > 0) forwarded = absl::StrCat(i);
  }
  node.LookupAsync(forwarded, {}, [&](const auto&) {
    blocking.set_value(node.Lookup("x").status());
    EXPECT_TRUE(absl::IsFailedPrecondition(node.LookupN("x", 2).status()));
    EXPECT_TRUE(absl::IsFailedPrecondition(node.Join({"127.0.0.1:1"})));
    node.LookupAsync(forwarded, {}, [&](const auto& inner) { again.set_value(inner.status()); });
  });
  const absl::Status refused = blocking.get_future().get();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(refused.ToString(), HasSubstr("inside a LookupCallback"));
  EXPECT_TRUE(again.get_future().get().ok());
}

TEST(Join, TurnsFromASilentSeedToOneThatAnswers) {
  SilentServer silent;
  TestRing ring;
  Node& a = ring.Add("a");
  Config config = TestConfig("b");
  config.call_timeout_floor = absl::Milliseconds(50);
  config.call_timeout_ceiling = absl::Milliseconds(200);
  Node b(config);
  ASSERT_TRUE(b.Start().ok());
  const absl::Status joined = b.Join({silent.address(), a.address()});
  EXPECT_TRUE(joined.ok()) << joined;
}

TEST(Join, NamesEachSeedAndItsLastErrorWhenItsTimeoutHasPassed) {
  SilentServer silent;
  Node gone(TestConfig("gone")), not_joined(TestConfig("not-joined"));
  ASSERT_TRUE(gone.Start().ok());
  ASSERT_TRUE(not_joined.Start().ok());
  const std::string refused = gone.address();
  gone.Stop();

  Config config = TestConfig("b");
  config.call_timeout_floor = config.call_timeout_ceiling = absl::Milliseconds(100);
  Node b(config);
  ASSERT_TRUE(b.Start().ok());
  const absl::Status joined =
      b.Join({silent.address(), refused, not_joined.address()}, absl::Seconds(1));
  EXPECT_TRUE(absl::IsUnavailable(joined)) << joined;
  EXPECT_THAT(joined.ToString(), HasSubstr("within 1s"));
  EXPECT_THAT(joined.ToString(), HasSubstr(absl::StrCat(silent.address(), ": ")));
  EXPECT_THAT(joined.ToString(), HasSubstr(absl::StrCat(refused, ": ")));
  EXPECT_THAT(joined.ToString(),
              HasSubstr(absl::StrCat(not_joined.address(), ": this node is not a member")));
  EXPECT_TRUE(b.Create().ok());  // and it is free to do something else
}

TEST(Join, OfALiveNamesakeIsRefused) {
  TestRing ring;
  Node& a = ring.Add("a");
  ring.Add("b");
  ring.WaitUntilIdeal();
  Node second(TestConfig("b"));
  ASSERT_TRUE(second.Start().ok());
  const absl::Status joined = second.Join({a.address()});
  EXPECT_TRUE(absl::IsAlreadyExists(joined)) << joined;
  EXPECT_THAT(joined.ToString(), HasSubstr(ring.node("b").address()));
  EXPECT_EQ(second.range(), std::nullopt);
  ring.WaitUntilIdeal();
}

}  // namespace
}  // namespace concord::testing
