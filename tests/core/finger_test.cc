// Fingers: only distinct ones, all of them refreshed in turn, one per period.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/finger_table.h"
#include "harness.h"
#include "sim/prng.h"

namespace concord::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// --- The member ---

TEST(FixFinger, LooksUpTheFirstFingerBeyondItsSuccessors) {
  Harness node({.self = 50, .predecessor = 20, .successors = {60, 80}});
  node.Fire(Timer::kFixFinger);
  EXPECT_THAT(node.sought(), ElementsAre(50 + 32)) << "up to 50 + 16 the list knows";
  EXPECT_EQ(node.delay(Timer::kFixFinger), absl::Seconds(3));
  EXPECT_TRUE(node.jittered(Timer::kFixFinger));
}

TEST(FixFinger, LooksUpOneFingerAPeriodInTurn) {
  Harness node({.self = 50, .predecessor = 20, .successors = {52}});
  const std::vector<std::pair<Id, Id>> targets_and_owners = {{54, 57},  {58, 65},   {66, 80},
                                                             {82, 110}, {114, 170}, {178, 200}};
  for (int round = 0; round < 2; ++round) {
    for (const auto& [target, owner] : targets_and_owners) {
      node.Fire(Timer::kFixFinger);
      EXPECT_THAT(node.sought(), ElementsAre(target));
      node.AnswerFinger(owner);
    }
    EXPECT_THAT(node.fingers(), ElementsAre(57, 65, 80, 110, 170, 200));
  }
}

TEST(FixFinger, SkipsTheFingersThatAnAnswerCovers) {
  Harness node({.self = 50, .predecessor = 20, .successors = {52}});
  node.Fire(Timer::kFixFinger);
  node.AnswerFinger(120);  // also the finger of 50 + 8, + 16, + 32 and + 64
  node.Fire(Timer::kFixFinger);
  EXPECT_THAT(node.sought(), ElementsAre(50 + 128));
  node.AnswerFinger(50);  // nobody before ourselves
  EXPECT_THAT(node.fingers(), ElementsAre(120));
  node.Fire(Timer::kFixFinger);
  EXPECT_THAT(node.sought(), ElementsAre(50 + 4)) << "and from the beginning";
}

TEST(FixFinger, RoutesByWhatItFound) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.LearnFingers({120});
  ASSERT_TRUE(node.published());
  EXPECT_EQ(node.routing()->NextHops(150), 2u);
  EXPECT_EQ(node.routing()->next_hop(1), At(120));
}

TEST(FixFinger, ReplacesTheFingerThatWasThere) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.LearnFingers({120, 200});
  node.Fire(Timer::kFixFinger);
  node.AnswerFinger(100);  // somebody joined before 120
  EXPECT_THAT(node.fingers(), ElementsAre(100, 200));
}

TEST(FixFinger, ForgetsTheFingersThatANewAnswerCovers) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.LearnFingers({120, 200});
  node.Fire(Timer::kFixFinger);
  node.AnswerFinger(10);  // 120 and 200 are gone: up to 10 there is nobody
  EXPECT_THAT(node.fingers(), ElementsAre(10));
}

TEST(FixFinger, KeepsEachServerOnce) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.LearnFingers({120, 200});
  node.Fire(Timer::kFixFinger);
  node.AnswerFinger(200);  // 120 is gone, and 200 is the finger of both
  EXPECT_THAT(node.fingers(), ElementsAre(200));
}

TEST(FixFinger, TakesTheNewAddressOfAnIdentifier) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.LearnFingers({120});
  node.Fire(Timer::kFixFinger);
  node.AnswerFinger(50);
  node.Fire(Timer::kFixFinger);
  node.Deliver(SuccessorAnswer{node.finger_question(), OtherAt(120)});
  ASSERT_THAT(node.fingers(), ElementsAre(120));
  EXPECT_EQ(node.member().fingers().fingers().front().server, OtherAt(120));
}

TEST(FixFinger, ForgetsTheFingersWithinItsSuccessors) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.LearnFingers({120, 200});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 50, {90, 120});  // the finger of 50 + 32 is told by the list now
  node.Fire(Timer::kFixFinger);
  EXPECT_THAT(node.sought(), ElementsAre(50 + 128));
  EXPECT_THAT(node.fingers(), ElementsAre(200));
}

TEST(FixFinger, GoesOnWithTheNextWhenALookupFails) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kFixFinger);
  node.FailFinger();
  EXPECT_THAT(node.fingers(), IsEmpty());
  node.Fire(Timer::kFixFinger);
  EXPECT_THAT(node.sought(), ElementsAre(50 + 64));
}

TEST(FixFinger, BeginsAnewWhenTheLastLookupFails) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  for (Id target : {50 + 32, 50 + 64, 50 + 128, 50 + 32}) {
    node.Fire(Timer::kFixFinger);
    EXPECT_THAT(node.sought(), ElementsAre(target));
    node.FailFinger();
  }
}

TEST(FixFinger, IsOpenAtMostOnce) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kFixFinger);
  node.Fire(Timer::kFixFinger);
  EXPECT_THAT(node.sought(), IsEmpty());
  EXPECT_TRUE(node.delay(Timer::kFixFinger)) << "the period goes on";
}

TEST(FixFinger, AloneSeeksNobody) {
  Harness node({.self = 50, .predecessor = 50});
  node.Fire(Timer::kFixFinger);
  EXPECT_TRUE(node.delay(Timer::kFixFinger)) << "the period goes on";
  EXPECT_EQ(node.effects().size(), 1u);
}

TEST(FixFinger, SeeksNobodyWhenItsSuccessorsAreThatFarAlready) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 20}});
  node.Fire(Timer::kFixFinger);
  EXPECT_THAT(node.sought(), IsEmpty());
}

TEST(FixFinger, WithoutASuccessorItSeeksFromTheVeryFirst) {
  Harness node({.self = 50, .predecessor = 50});
  node.Deliver(Notify{At(20)});
  node.Fire(Timer::kFixFinger);
  EXPECT_THAT(node.sought(), ElementsAre(51));
}

TEST(FixFinger, DropsAnswersThatNobodyWaitsFor) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.LearnFingers({120});
  node.AnswerFinger(200);
  EXPECT_THAT(node.effects(), IsEmpty());
  const QuestionId earlier = node.finger_question();
  node.Fire(Timer::kFixFinger);
  for (QuestionId question : {QuestionId{0}, earlier, earlier + 7}) {
    node.Deliver(SuccessorAnswer{question, At(200)});
    EXPECT_THAT(node.effects(), IsEmpty());
    node.Deliver(QuestionFailed{question, Failure::kUnreachable, "refused"});
    node.Fire(Timer::kFixFinger);
    EXPECT_THAT(node.sought(), IsEmpty()) << "the lookup is open still";
  }
  node.Deliver(Stop{});
  node.AnswerFinger(200);
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(FixFinger, DropsAnAnswerOfTheWrongKind) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kFixFinger);
  node.Deliver(RingAnswer{node.finger_question(), {At(20), AtAll({90})}});
  EXPECT_THAT(node.effects(), IsEmpty());
  node.AnswerFinger(120);
  EXPECT_THAT(node.fingers(), ElementsAre(120));
}

// --- The table ---

TEST(FingerTable, OneBitHasOneFinger) {
  FingerTable table(IdSpace(1), 1);
  EXPECT_EQ(table.NextTarget(0), Id{0});
  table.Found(At(0));
  ASSERT_EQ(table.fingers().size(), 1u);
  EXPECT_EQ(table.NextTarget(1), std::nullopt);
  EXPECT_THAT(table.fingers(), IsEmpty());
}

TEST(FingerTable, The64thFingerIsHalfRound) {
  FingerTable table(IdSpace(64), ~Id{0});
  const Id half = Id{1} << 63;
  EXPECT_EQ(table.NextTarget(half - 1), half - 1);
  table.Found(At(~Id{0} - 1));
  ASSERT_EQ(table.fingers().size(), 1u);
  EXPECT_EQ(table.fingers().front().step, 63u);
  EXPECT_EQ(table.NextTarget(~Id{0}), std::nullopt);
}

TEST(FingerTable, DropForgetsOneServerAndSaysSo) {
  FingerTable table(IdSpace(8), 50);
  ASSERT_TRUE(table.NextTarget(0));
  table.Found(At(120));
  EXPECT_FALSE(table.Drop(At(121)));
  EXPECT_TRUE(table.Drop(At(120)));
  EXPECT_FALSE(table.Drop(At(120)));
  EXPECT_THAT(table.fingers(), IsEmpty());
}

// The distinct true fingers of `self` beyond `covered`, by distance.
std::vector<Id> TrueFingers(const std::vector<Id>& sorted_ring, Id self, Id covered) {
  std::vector<Id> truth;
  for (unsigned step = 0; step < 64; ++step) {
    if (Id{1} << step <= covered) continue;
    auto owner = std::lower_bound(sorted_ring.begin(), sorted_ring.end(), self + (Id{1} << step));
    if (owner == sorted_ring.end()) owner = sorted_ring.begin();
    const bool known = *owner == self || (!truth.empty() && truth.back() == *owner);
    if (!known) truth.push_back(*owner);
  }
  return truth;
}

// A table of 1024 members is complete after about log2 1024 = 10 periods, not after 64.
TEST(FingerTable, IsCompleteWithinAboutLogNPeriods) {
  constexpr std::size_t kMembers = 1024, kSuccessors = 3;
  sim::Prng prng(1);
  std::vector<Id> ring(kMembers);
  for (Id& id : ring) id = prng.Next();
  std::sort(ring.begin(), ring.end());
  std::size_t periods = 0;
  for (std::size_t i = 0; i < kMembers; ++i) {
    const Id self = ring[i];
    const Id covered = ring[(i + kSuccessors) % kMembers] - self;
    const std::vector<Id> truth = TrueFingers(ring, self, covered);
    FingerTable table(IdSpace(64), self);
    for (std::size_t period = 0; period < truth.size(); ++period, ++periods) {
      auto owner = std::lower_bound(ring.begin(), ring.end(), *table.NextTarget(covered));
      table.Found(At(owner == ring.end() ? ring.front() : *owner));
    }
    std::vector<Id> found;
    for (const auto& finger : table.fingers()) found.push_back(finger.server.id);
    ASSERT_EQ(found, truth) << "of member " << i;
  }
  EXPECT_LE(periods, kMembers * 12) << "on average";
}

}  // namespace
}  // namespace concord::core
