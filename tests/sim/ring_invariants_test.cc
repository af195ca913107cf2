// Each invariant of a ring, broken by hand.
#include "sim/ring_invariants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <vector>

namespace concord::sim {
namespace {

using testing::StartsWith;

// A ring of 4-bit identifiers with lists of two. Whoever is drawn as a member lives.
class Drawing {
  struct Node {
    Id self;
    Id predecessor;
    std::vector<Id> list;
  };

  std::vector<Entry> Entries(const Node& node) const {
    std::vector<Entry> entries;
    for (Id id : node.list) {
      const bool live = std::any_of(members_.begin(), members_.end(),
                                    [id](const Node& member) { return member.self == id; });
      entries.push_back({id, live});
    }
    return entries;
  }

  template <typename F>
  auto With(const F& look) const {
    std::deque<std::vector<Entry>> lists;
    std::vector<Pointers> members;
    std::vector<FlyingList> flying;
    for (const Node& node : members_) {
      members.push_back({node.self, node.predecessor, lists.emplace_back(Entries(node))});
    }
    for (const Node& node : flying_) {
      flying.push_back({node.self, lists.emplace_back(Entries(node))});
    }
    return look(RingPicture{core::IdSpace(4), 2, large_, members, flying});
  }

 public:
  Drawing Member(Id self, Id predecessor, const std::vector<Id>& successors) const {
    Drawing next = *this;
    next.members_.push_back({self, predecessor, successors});
    return next;
  }
  Drawing Flying(Id reader, const std::vector<Id>& list) const {
    Drawing next = *this;
    next.flying_.push_back({reader, 0, list});
    return next;
  }
  // It began with fewer than three members.
  Drawing Small() const {
    Drawing next = *this;
    next.large_ = false;
    return next;
  }

  std::string Broken() const { return With(BrokenRingInvariant); }
  bool Ideal() const { return With(IsIdeal); }
  std::size_t PrincipalCount() const { return With(Principals); }
  bool HasPrincipal(Id id) const {
    return With([id](const RingPicture& ring) { return IsPrincipal(ring, id); });
  }

 private:
  bool large_ = true;
  std::vector<Node> members_;
  std::vector<Node> flying_;
};

Drawing IdealOfFour() {
  return Drawing()
      .Member(1, 12, {4, 8})
      .Member(4, 1, {8, 12})
      .Member(8, 4, {12, 1})
      .Member(12, 8, {1, 4});
}

TEST(RingInvariants, HoldInAnIdealRing) {
  EXPECT_EQ(IdealOfFour().Broken(), "");
  EXPECT_TRUE(IdealOfFour().Ideal());
  EXPECT_EQ(IdealOfFour().PrincipalCount(), 4u);
}

TEST(RingInvariants, HoldOfAMemberThatIsAlone) {
  EXPECT_EQ(Drawing().Small().Member(5, 5, {}).Broken(), "");
  EXPECT_TRUE(Drawing().Small().Member(5, 5, {}).Ideal());
}

TEST(RingInvariants, HoldWhileSomebodyJoins) {
  const Drawing joined = Drawing()
                             .Member(1, 12, {4, 8})
                             .Member(2, 1, {4, 8})
                             .Member(4, 1, {8, 12})
                             .Member(8, 4, {12, 1})
                             .Member(12, 8, {1, 4});
  EXPECT_EQ(joined.Broken(), "");
  EXPECT_FALSE(joined.Ideal());
  EXPECT_FALSE(joined.HasPrincipal(2));  // the list of 1 skips it
  EXPECT_TRUE(joined.HasPrincipal(4));
}

TEST(RingInvariants, NeedAMember) { EXPECT_THAT(Drawing().Broken(), StartsWith("AtLeastOneRing")); }

TEST(RingInvariants, NeedSomebodyAliveInEachList) {
  Drawing ring = Drawing().Member(1, 12, {4, 8}).Member(4, 1, {9, 10}).Member(8, 4, {1, 4});
  EXPECT_THAT(ring.Broken(), StartsWith("OneLiveSuccessor: nobody in the list of 4"));
}

TEST(RingInvariants, NeedPrincipals) {
  Drawing ring = Drawing()
                     .Member(1, 12, {4, 8})
                     .Member(4, 1, {12})  // skips 8
                     .Member(8, 4, {12, 1})
                     .Member(12, 8, {4, 8});  // skips 1
  EXPECT_THAT(ring.Broken(), StartsWith("SufficientPrincipals: 2 of at least 3"));
  EXPECT_EQ(ring.Small().Broken(), "");  // out of the proof; it is one ring, in order
}

TEST(RingInvariants, CountAListOnItsWayAsHeld) {
  Drawing ring = Drawing().Member(1, 12, {4, 8}).Member(4, 1, {8, 1}).Member(8, 4, {1, 4});
  EXPECT_EQ(ring.Broken(), "");
  EXPECT_THAT(ring.Flying(2, {8}).Broken(), StartsWith("SufficientPrincipals"));  // skips 4
}

TEST(RingInvariants, AnEntryForAnEarlierLifeLeadsNowhere) {
  const std::vector<Entry> list = {{4, false}, {8, true}};
  EXPECT_TRUE(Skips(core::IdSpace(4), 1, list, 4));
  EXPECT_FALSE(Skips(core::IdSpace(4), 1, list, 8));
}

TEST(RingInvariants, AllowOneRing) {
  Drawing ring =
      Drawing().Small().Member(1, 8, {8}).Member(4, 12, {12}).Member(8, 1, {1}).Member(12, 4, {4});
  EXPECT_THAT(ring.Broken(), StartsWith("AtMostOneRing"));
}

TEST(RingInvariants, NoticeARingThatGoesRoundTwice) {
  Drawing ring =
      Drawing().Small().Member(1, 12, {8}).Member(4, 8, {12}).Member(8, 1, {4}).Member(12, 4, {1});
  EXPECT_THAT(ring.Broken(), StartsWith("OrderedRing"));
}

TEST(RingInvariants, NeedEachPrincipalOnTheRing) {
  const Drawing ring = Drawing()
                           .Member(1, 12, {4, 8})
                           .Member(4, 1, {8, 12})
                           .Member(8, 4, {})  // goes no further
                           .Member(12, 8, {1, 4});
  EXPECT_THAT(ring.Broken(), StartsWith("PrincipalsOnRing: principal 1 "));
  EXPECT_EQ(ring.Small().Broken(), "");
}

TEST(RingInvariants, NeedListsInOrder) {
  EXPECT_THAT(Drawing().Small().Member(1, 8, {8, 4}).Member(8, 1, {1}).Broken(),
              StartsWith("OrderedLists: in the list of 1, 4 is out of order"));
  EXPECT_THAT(Drawing().Small().Member(1, 8, {8, 8}).Member(8, 1, {1}).Broken(),
              StartsWith("OrderedLists: the list of 1 holds 8 twice"));
  EXPECT_THAT(Drawing().Small().Member(1, 8, {8, 1}).Member(8, 1, {1}).Broken(),
              StartsWith("OrderedLists: the list of 1 holds itself"));
  EXPECT_THAT(IdealOfFour().Flying(4, {12, 8}).Broken(),
              StartsWith("OrderedLists: in the list of 4"));
}

TEST(RingInvariants, IdealMeansEveryPointerIsRight) {
  EXPECT_FALSE(Drawing().Member(1, 8, {4, 8}).Member(4, 1, {8, 1}).Member(8, 1, {1, 4}).Ideal());
  EXPECT_FALSE(Drawing().Member(1, 8, {4, 8}).Member(4, 1, {8}).Member(8, 4, {1, 4}).Ideal());
  EXPECT_FALSE(Drawing().Member(1, 8, {4, 8}).Member(4, 1, {8, 9}).Member(8, 4, {1, 4}).Ideal());
  EXPECT_TRUE(Drawing().Member(1, 8, {4, 8}).Member(4, 1, {8, 1}).Member(8, 4, {1, 4}).Ideal());
}

TEST(RingInvariants, WorkForMoreMembersThanAWordHasBits) {
  std::vector<std::vector<Entry>> lists;
  std::vector<Pointers> members;
  for (Id id = 0; id < 100; ++id) lists.push_back({{(id + 1) % 100, true}, {(id + 2) % 100, true}});
  for (Id id = 0; id < 100; ++id) members.push_back({id, (id + 99) % 100, lists[id]});
  RingPicture ring{core::IdSpace(32), 2, true, members};
  EXPECT_EQ(BrokenRingInvariant(ring), "");
  EXPECT_TRUE(IsIdeal(ring));
  lists[70] = {{99, true}, {0, true}};  // 71 to 98 hang on the ring and are on it no more
  members[70].entries = lists[70];
  EXPECT_EQ(Principals(ring), 72u);
  EXPECT_EQ(BrokenRingInvariant(ring), "");
  ring.began_large = false;
  lists[98] = {{71, true}};  // they are a ring of their own
  members[98].entries = lists[98];
  EXPECT_THAT(BrokenRingInvariant(ring), StartsWith("AtMostOneRing"));
}

}  // namespace
}  // namespace concord::sim
