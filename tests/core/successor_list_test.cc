// A successor list is ordered, distinct, short and without its owner, whatever a stranger said.
#include "core/successor_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "harness.h"

namespace concord::core {
namespace {

using testing::ElementsAre;

std::vector<Id> List(Id self, std::size_t limit, Id head, const std::vector<Id>& rest) {
  return Ids(SuccessorList(IdSpace(8), self, limit, At(head), AtAll(rest)).servers());
}

TEST(SuccessorList, IsTheHeadAndWhatFollowsIt) {
  EXPECT_THAT(List(50, 4, 80, {90, 100}), ElementsAre(80, 90, 100));
}

TEST(SuccessorList, PassesZero) { EXPECT_THAT(List(250, 4, 255, {3, 9}), ElementsAre(255, 3, 9)); }

TEST(SuccessorList, EndsAtItsLimit) {
  EXPECT_THAT(List(50, 2, 80, {90, 100}), ElementsAre(80, 90));
  EXPECT_THAT(List(50, 1, 80, {90, 100}), ElementsAre(80));
}

TEST(SuccessorList, EndsAtItsOwner) {
  EXPECT_THAT(List(50, 4, 80, {20, 50, 80, 90}), ElementsAre(80, 20));
}

TEST(SuccessorList, EndsWhereItPassesItsOwner) {
  EXPECT_THAT(List(50, 4, 80, {20, 60, 90}), ElementsAre(80, 20));
  EXPECT_THAT(List(50, 4, 80, {20, 60, 30}), ElementsAre(80, 20)) << "30 comes too late";
}

TEST(SuccessorList, PassesRepeatsOver) {
  EXPECT_THAT(List(50, 4, 80, {80, 80, 90, 90, 100}), ElementsAre(80, 90, 100));
}

TEST(SuccessorList, KeepsTheFirstOfTwoServersWithOneIdentifier) {
  const SuccessorList list(IdSpace(8), 50, 4, At(80), {OtherAt(80), At(90), OtherAt(90)});
  EXPECT_THAT(list.servers(), ElementsAre(At(80), At(90)));
}

TEST(SuccessorList, HasComparesTheWholeServer) {
  const SuccessorList list(IdSpace(8), 50, 4, At(80), {At(90)});
  EXPECT_TRUE(list.Has(At(80)));
  EXPECT_TRUE(list.Has(At(90)));
  EXPECT_FALSE(list.Has(OtherAt(90)));
  EXPECT_FALSE(list.Has(At(50)));
}

TEST(SuccessorList, DropHeadLeavesTheRest) {
  SuccessorList list(IdSpace(8), 50, 4, At(80), {At(90)});
  EXPECT_EQ(list.head(), At(80));
  EXPECT_EQ(list.last(), At(90));
  list.DropHead();
  EXPECT_THAT(list.servers(), ElementsAre(At(90)));
  list.DropHead();
  EXPECT_TRUE(list.empty());
}

// Every list of up to four identifiers that a stranger can name on the circle of eight.
class EveryHostileList : public testing::TestWithParam<std::size_t> {
 protected:
  static constexpr Id kSize = 8;
  const IdSpace space{3};
  const std::size_t limit = GetParam();

  template <typename Visit>
  void ForEach(const Visit& visit) const {
    for (std::size_t length = 0; length <= 4; ++length) {
      for (unsigned code = 0; code < 1u << (3 * length); ++code) {
        std::vector<Server> rest(length);
        for (std::size_t i = 0; i < length; ++i) rest[i].id = (code >> (3 * i)) % kSize;
        for (Id head = 1; head < kSize; ++head) visit(head, rest);
      }
    }
  }
};

TEST_P(EveryHostileList, MakesAnOrderedListWithoutItsOwner) {
  for (Id self = 0; self < kSize; ++self) {
    ForEach([&](Id offset, const std::vector<Server>& rest) {
      const Server head{space.Mask(self + offset), "", ""};
      const SuccessorList list(space, self, limit, head, rest);
      ASSERT_EQ(list.head(), head);
      ASSERT_LE(list.size(), limit);
      Id last = 0;
      for (const Server& server : list.servers()) {
        const Id distance = space.Distance(self, server.id);
        ASSERT_GT(distance, last) << "owner, repeat or disorder: " << testing::PrintToString(rest);
        last = distance;
      }
    });
  }
}

// Somebody who walks clockwise from server to server of the list until he comes home.
std::vector<Id> WalkHome(Id self, Id head, const std::vector<Server>& rest, std::size_t limit) {
  std::vector<Id> met = {head};
  for (const Server& next : rest) {
    Id at = met.back();
    if (next.id == at) continue;
    while (at != next.id && at != self) at = (at + 1) % 8;
    if (at == self || met.size() == limit) break;
    met.push_back(next.id);
  }
  return met;
}

TEST_P(EveryHostileList, KeepsWhatAWalkMeetsBeforeItComesHome) {
  for (Id self = 0; self < kSize; ++self) {
    ForEach([&](Id offset, const std::vector<Server>& rest) {
      const Id head = space.Mask(self + offset);
      ASSERT_EQ(Ids(SuccessorList(space, self, limit, {head, "", ""}, rest).servers()),
                WalkHome(self, head, rest, limit));
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Limit, EveryHostileList, testing::Values(1, 2, 3, 4, 5));

}  // namespace
}  // namespace concord::core
