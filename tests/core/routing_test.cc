// Routing over every ring of the 4-bit circle; a sorted vector says what is true.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <vector>

#include "core/finger_table.h"
#include "core/lookup.h"
#include "core/routing_table.h"
#include "harness.h"

namespace concord::core {
namespace {

using testing::ElementsAre;

// Sanitizers make this 10 to 30 times slower; a prime stride still meets every size and shape.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr unsigned kStride = 37;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr unsigned kStride = 37;
#else
constexpr unsigned kStride = 1;
#endif
#else
constexpr unsigned kStride = 1;
#endif

constexpr unsigned kBits = 4;
constexpr Id kSize = Id{1} << kBits;

// The members of a ring in the order of their identifiers, and what follows from that.
struct Oracle {
  explicit Oracle(unsigned members) {
    for (Id id = 0; id < kSize; ++id) {
      if (members >> id & 1) ids.push_back(id);
    }
  }
  // The first member at or after `key`.
  Id Owner(Id key) const {
    const auto it = std::lower_bound(ids.begin(), ids.end(), key);
    return it == ids.end() ? ids.front() : *it;
  }
  Id Successor(Id id) const { return Owner((id + 1) % kSize); }
  Id Predecessor(Id id) const {
    const auto it = std::lower_bound(ids.begin(), ids.end(), id);
    return it == ids.begin() ? ids.back() : *(it - 1);
  }
  std::vector<Id> ids;
};

Server Bare(Id id) { return {id, "", ""}; }

// The table of a member of an ideal ring whose fingers were all looked up.
RoutingTable IdealTable(const Oracle& oracle, Id self, std::size_t successor_count) {
  const IdSpace space(kBits);
  std::vector<Server> following;
  for (Id id = oracle.Successor(self); id != self && following.size() < successor_count;
       id = oracle.Successor(id)) {
    following.push_back(Bare(id));
  }
  FingerTable fingers(space, self);
  if (following.empty()) return {space, Bare(self), Bare(self), {}, fingers};
  for (unsigned i = 0; i < kBits; ++i) {
    const auto target = fingers.NextTarget(space.Distance(self, following.back().id));
    if (target) fingers.Found(Bare(oracle.Owner(*target)));
  }
  const SuccessorList list(space, self, successor_count, following.front(), following);
  return {space, Bare(self), Bare(oracle.Predecessor(self)), list, fingers};
}

class EveryFourBitRing : public testing::TestWithParam<std::size_t> {
 protected:
  using Tables = std::map<Id, std::shared_ptr<const RoutingTable>>;

  // Calls `visit` for every ring of 1 to 16 members.
  template <typename Visit>
  void ForEachRing(const Visit& visit) const {
    for (unsigned members = 1; members < 1u << kSize; members += kStride) {
      SCOPED_TRACE(testing::Message() << "members " << members << " as a bit set");
      const Oracle oracle(members);
      Tables tables;
      for (Id id : oracle.ids) {
        tables[id] = std::make_shared<const RoutingTable>(IdealTable(oracle, id, GetParam()));
      }
      visit(oracle, tables);
      if (HasFatalFailure()) return;
    }
  }

  const IdSpace space{kBits};
};

TEST_P(EveryFourBitRing, AKnownOwnerIsTheOwner) {
  ForEachRing([&](const Oracle& oracle, const Tables& tables) {
    for (const auto& [self, table] : tables) {
      for (Id key = 0; key < kSize; ++key) {
        const Server* owner = table->KnownOwner(key);
        ASSERT_EQ(table->Owns(key), oracle.Owner(key) == self) << "key " << key << " at " << self;
        if (owner) {
          ASSERT_EQ(owner->id, oracle.Owner(key)) << "key " << key << " at " << self;
        }
        const bool ours_or_next =
            oracle.Owner(key) == self || oracle.Owner(key) == oracle.Successor(self);
        ASSERT_EQ(owner != nullptr, ours_or_next) << "key " << key << " at " << self;
      }
    }
  });
}

TEST_P(EveryFourBitRing, EveryNextHopIsNearerToTheKeyAndNotPastIt) {
  ForEachRing([&](const Oracle&, const Tables& tables) {
    for (const auto& [self, table] : tables) {
      for (Id key = 0; key < kSize; ++key) {
        Id last = space.Distance(self, key);
        if (last == 0) continue;  // a key that is our own identifier is never forwarded
        for (std::size_t i = table->NextHops(key); i-- > 0;) {
          const Id hop = table->next_hop(i).id;
          ASSERT_NE(hop, self);
          ASSERT_LT(space.Distance(self, hop), last) << "hop " << hop << ", key " << key << ", at "
                                                     << self << ": past the key, or not the best";
          last = space.Distance(self, hop);
        }
      }
    }
  });
}

// Walks a lookup from member to member; each hop drops as many next hops as `skip` says, if it can.
void ExpectLookupEndsAtTheOwner(const Oracle& oracle,
                                const std::map<Id, std::shared_ptr<const RoutingTable>>& tables,
                                Id start, Id key, int skip, unsigned most_hops) {
  const IdSpace space(kBits);
  Id at = start;
  for (unsigned hops = 0;; ++hops) {
    Lookup lookup(tables.at(at), {key, hops});
    if (const Server* owner = lookup.known_owner()) {
      ASSERT_EQ(owner->id, oracle.Owner(key)) << "key " << key << " from " << start;
      return;
    }
    for (int i = 0; i < skip && lookup.has_alternative(); ++i) lookup.DropNextHop();
    ASSERT_TRUE(lookup.has_next_hop()) << "key " << key << " from " << start << " stuck at " << at;
    const Id next = lookup.next_hop().id;
    ASSERT_LT(space.Distance(next, key), space.Distance(at, key)) << at << " to " << next;
    ASSERT_LT(hops, most_hops) << "key " << key << " from " << start << " still at " << at;
    ASSERT_EQ(lookup.Forwarded().hops, hops + 1);
    at = next;
  }
}

TEST_P(EveryFourBitRing, ALookupHalvesItsDistanceWithEveryHop) {
  ForEachRing([&](const Oracle& oracle, const Tables& tables) {
    for (Id start : oracle.ids) {
      for (Id key = 0; key < kSize; ++key) {
        // It has to come to the last member before the key, whose successor is the owner.
        const Id last = oracle.Predecessor(oracle.Owner(key));
        const unsigned most_hops = std::bit_width(space.Distance(start, last));
        ExpectLookupEndsAtTheOwner(oracle, tables, start, key, 0, most_hops);
      }
    }
  });
}

TEST_P(EveryFourBitRing, ALookupThatTakesWorseHopsStillEndsAtTheOwner) {
  ForEachRing([&](const Oracle& oracle, const Tables& tables) {
    for (Id start : oracle.ids) {
      for (Id key = 0; key < kSize; ++key) {
        for (int skip : {1, 100}) {
          ExpectLookupEndsAtTheOwner(oracle, tables, start, key, skip, oracle.ids.size());
        }
      }
    }
  });
}

TEST_P(EveryFourBitRing, FingersAndSuccessorsAreTheTrueOnesEachOnce) {
  ForEachRing([&](const Oracle& oracle, const Tables& tables) {
    for (const auto& [self, table] : tables) {
      std::vector<Id> truth;  // distances of all that a complete table knows
      for (const Server& server : table->successors()) {
        truth.push_back(space.Distance(self, server.id));
      }
      for (unsigned step = 0; step < kBits; ++step) {
        truth.push_back(space.Distance(self, oracle.Owner(space.PowerStep(self, step))));
      }
      std::sort(truth.begin(), truth.end());
      truth.erase(std::unique(truth.begin(), truth.end()), truth.end());
      std::erase(truth, 0);

      std::vector<Id> known;
      for (std::size_t i = 0; i < table->NextHops(self); ++i) {
        known.push_back(space.Distance(self, table->next_hop(i).id));
      }
      ASSERT_EQ(known, truth) << "at " << self;
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Successors, EveryFourBitRing, testing::Values(1, 3));

// --- The table and the lookup by themselves ---

RoutingTable Table(Id self, Id predecessor, const std::vector<Id>& successors,
                   const std::vector<Id>& finger_owners) {
  const IdSpace space(8);
  FingerTable fingers(space, self);
  SuccessorList list;
  if (!successors.empty()) {
    list = SuccessorList(space, self, 3, At(successors.front()), AtAll(successors));
  }
  for (Id owner : finger_owners) {
    if (fingers.NextTarget(list.empty() ? 0 : space.Distance(self, list.last().id))) {
      fingers.Found(At(owner));
    }
  }
  return RoutingTable(space, At(self), At(predecessor), list, fingers);
}

// nullopt: the table does not know.
std::optional<Id> KnownOwner(const RoutingTable& table, Id key) {
  const Server* owner = table.KnownOwner(key);
  return owner ? std::optional<Id>(owner->id) : std::nullopt;
}

std::vector<Id> Hops(const RoutingTable& table, Id key) {
  std::vector<Id> hops;
  Lookup lookup(std::make_shared<const RoutingTable>(table), {key});
  for (; lookup.has_next_hop(); lookup.DropNextHop()) hops.push_back(lookup.next_hop().id);
  return hops;
}

TEST(Lookup, AKeyInOurRangeIsOurs) {
  const RoutingTable table = Table(50, 20, {80}, {});
  EXPECT_EQ(KnownOwner(table, 21), 50);
  EXPECT_EQ(KnownOwner(table, 49), 50);
  EXPECT_EQ(table.range(), (Range{20, 50}));
  EXPECT_EQ(table.self().id, 50);
}

TEST(Lookup, AKeyEqualToANodesIdentifierBelongsToThatNode) {
  const RoutingTable table = Table(50, 20, {80}, {});
  EXPECT_EQ(KnownOwner(table, 50), 50);
  EXPECT_EQ(KnownOwner(table, 80), 80);
  EXPECT_FALSE(table.Owns(20));
  EXPECT_EQ(KnownOwner(table, 20), std::nullopt)
      << "the predecessor's own, but he is not asked here";
}

TEST(Lookup, AKeyUpToTheFirstSuccessorIsTheSuccessors) {
  const RoutingTable table = Table(50, 20, {80, 90}, {});
  EXPECT_EQ(KnownOwner(table, 51), 80);
  EXPECT_EQ(KnownOwner(table, 81), std::nullopt);
}

TEST(Lookup, AloneEveryKeyIsOurs) {
  const RoutingTable table = Table(50, 50, {}, {});
  for (Id key = 0; key < 256; ++key) ASSERT_EQ(KnownOwner(table, key), 50);
}

TEST(Lookup, WithoutASuccessorOnlyOurOwnKeysAreKnown) {
  const RoutingTable table = Table(50, 20, {}, {});
  EXPECT_EQ(KnownOwner(table, 50), 50);
  EXPECT_EQ(KnownOwner(table, 51), std::nullopt);
  EXPECT_EQ(table.NextHops(51), 0u);
}

TEST(Lookup, AsksTheClosestPrecedingServerThenTheNextBest) {
  const RoutingTable table = Table(50, 20, {80, 90}, {120, 200});
  EXPECT_THAT(Hops(table, 10), ElementsAre(200, 120, 90, 80));
  EXPECT_THAT(Hops(table, 150), ElementsAre(120, 90, 80));
}

TEST(Lookup, NeverAsksTheServerAtTheKeyItself) {
  const RoutingTable table = Table(50, 20, {80, 90}, {120, 200});
  EXPECT_THAT(Hops(table, 200), ElementsAre(120, 90, 80));
}

TEST(Lookup, OfTwoServersWithOneIdentifierTheSuccessorIsAsked) {
  const IdSpace space(8);
  FingerTable fingers(space, 50);
  ASSERT_TRUE(fingers.NextTarget(0));
  fingers.Found(OtherAt(80));
  const RoutingTable table(space, At(50), At(20), {space, 50, 3, At(80), {}}, fingers);
  ASSERT_EQ(table.NextHops(100), 1u);
  EXPECT_EQ(table.next_hop(0), At(80));
}

TEST(Lookup, IsGivenUpAfterItsHopBudget) {
  const auto table = std::make_shared<const RoutingTable>(Table(50, 20, {80}, {}));
  EXPECT_FALSE(Lookup(table, {100, kMaxHops - 1}).hops_exhausted());
  EXPECT_TRUE(Lookup(table, {100, kMaxHops}).hops_exhausted());
  EXPECT_EQ(Lookup(table, {100, kMaxHops - 1}).Forwarded().hops, kMaxHops);
}

TEST(Lookup, KeepsTheTableOfTheMomentItBegan) {
  auto table = std::make_shared<const RoutingTable>(Table(50, 20, {80}, {}));
  const Lookup lookup(table, {60, 0});
  table = std::make_shared<const RoutingTable>(Table(50, 20, {70}, {}));
  ASSERT_NE(lookup.known_owner(), nullptr);
  EXPECT_EQ(lookup.known_owner()->id, 80);
}

// --- When nobody before the key answers ---

// Whom our list names at last; nullopt: nobody. `key` is asked for until nobody is left.
std::optional<Id> OwnerByList(const RoutingTable& table, Id key) {
  Lookup lookup(std::make_shared<const RoutingTable>(table), {key});
  while (lookup.has_next_hop()) lookup.DropNextHop();
  const Server* owner = lookup.owner_by_list();
  return owner ? std::optional<Id>(owner->id) : std::nullopt;
}

TEST(Lookup, OurListNamesTheOwnerWhenAllBeforeTheKeyAreDead) {
  const RoutingTable table = Table(50, 20, {80, 90, 100}, {120, 200});
  EXPECT_EQ(OwnerByList(table, 81), 90);
  EXPECT_EQ(OwnerByList(table, 90), 90);
  EXPECT_EQ(OwnerByList(table, 91), 100);
  EXPECT_EQ(OwnerByList(table, 101), std::nullopt) << "the list does not reach so far";
}

TEST(Lookup, OurListIsNotAskedWhileOneBeforeTheKeyIsAlive) {
  Lookup lookup(std::make_shared<const RoutingTable>(Table(50, 20, {80, 90, 100}, {})), {95});
  lookup.PassNextHop();
  lookup.DropNextHop();
  EXPECT_FALSE(lookup.has_next_hop());
  EXPECT_EQ(lookup.owner_by_list(), nullptr);
}

// --- Who did not answer ---

std::vector<std::uint64_t> Digests(const std::vector<Id>& ids) {
  std::vector<std::uint64_t> digests;
  for (const Id id : ids) digests.push_back(DigestOf(At(id)));
  return digests;
}

TEST(Lookup, CarriesWhoDidNotAnswer) {
  Lookup lookup(std::make_shared<const RoutingTable>(Table(50, 20, {80, 90}, {120, 200})),
                {.id = 10, .hops = 3, .unanswered = Digests({7})});
  lookup.DropNextHop();  // 200
  lookup.PassNextHop();  // 120 did answer, but not for those behind it
  EXPECT_EQ(lookup.next_hop().id, 90);
  const FindRequest forwarded = lookup.Forwarded();
  EXPECT_EQ(forwarded.id, 10);
  EXPECT_EQ(forwarded.hops, 4u);
  EXPECT_EQ(forwarded.unanswered, Digests({7, 200}));
}

TEST(Lookup, PassesOverWhoDidNotAnswerOthers) {
  Lookup lookup(std::make_shared<const RoutingTable>(Table(50, 20, {80, 90}, {120, 200})),
                {.id = 10, .unanswered = Digests({80, 120, 200})});
  EXPECT_EQ(lookup.next_hop().id, 90);
  EXPECT_FALSE(lookup.has_alternative());
  lookup.DropNextHop();
  EXPECT_FALSE(lookup.has_next_hop());
}

// Found by the simulator, seed 47353 of `harsh`: somebody's finger named the earlier life of a
// member, which nobody else could get around.
TEST(Lookup, AsksAnotherLifeOfWhoDidNotAnswerOthers) {
  const Lookup lookup(std::make_shared<const RoutingTable>(Table(50, 20, {80}, {})),
                      {.id = 90, .unanswered = {DigestOf(OtherAt(80))}});
  ASSERT_TRUE(lookup.has_next_hop());
  EXPECT_EQ(lookup.next_hop(), At(80));
}

TEST(Lookup, OurListNamesTheOwnerWhenNobodyBeforeTheKeyAnsweredOthers) {
  const Lookup lookup(std::make_shared<const RoutingTable>(Table(50, 20, {80, 90, 100}, {})),
                      {.id = 95, .unanswered = Digests({80, 90})});
  EXPECT_FALSE(lookup.has_next_hop());
  ASSERT_NE(lookup.owner_by_list(), nullptr);
  EXPECT_EQ(lookup.owner_by_list()->id, 100);
}

TEST(Lookup, CarriesTheLastOfMany) {
  std::vector<std::uint64_t> unanswered(kMaxUnanswered);
  std::iota(unanswered.begin(), unanswered.end(), std::uint64_t{1});
  Lookup lookup(std::make_shared<const RoutingTable>(Table(250, 240, {}, {251})),
                {.id = 200, .unanswered = unanswered});
  lookup.DropNextHop();
  const std::vector<std::uint64_t> forwarded = lookup.Forwarded().unanswered;
  EXPECT_EQ(forwarded.size(), kMaxUnanswered);
  EXPECT_EQ(forwarded.front(), 2);
  EXPECT_EQ(forwarded.back(), DigestOf(At(251)));
}

// --- The time of a lookup ---

TEST(Lookup, HoldsHalfOfItsTimeBackOnlyWhereItBeginsAndHasAnAlternative) {
  const auto table = std::make_shared<const RoutingTable>(
      IdSpace(8), At(50), At(20), SuccessorList(IdSpace(8), 50, 3, At(80), AtAll({90})),
      FingerTable(IdSpace(8), 50));
  Lookup first(table, {100, 0});
  EXPECT_EQ(first.TimeForNextHop(absl::Seconds(16)), absl::Seconds(8));
  first.DropNextHop();
  EXPECT_EQ(first.TimeForNextHop(absl::Seconds(16)), absl::Seconds(16)) << "nobody else is left";
  EXPECT_EQ(Lookup(table, {100, 1}).TimeForNextHop(absl::Seconds(16)), absl::Seconds(15))
      << "a sixteenth is for the way back";
}

// Half where it begins, and fifteen sixteenths a hop: ten hops leave a quarter of the time, where
// halves of halves left a thousandth.
TEST(Lookup, OfManyHopsKeepsItsTime) {
  const auto table = std::make_shared<const RoutingTable>(
      IdSpace(8), At(50), At(20), SuccessorList(IdSpace(8), 50, 3, At(80), AtAll({90})),
      FingerTable(IdSpace(8), 50));
  absl::Duration left = absl::Seconds(1);
  for (unsigned hops = 0; hops < 10; ++hops) left = Lookup(table, {100, hops}).TimeForNextHop(left);
  EXPECT_GT(left, absl::Milliseconds(250));
}

}  // namespace
}  // namespace concord::core
