// Create, Stop, and what concerns every step: ranges as they are told, GetRing, routing, epochs.
#include "core/member.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness.h"

namespace concord::core {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

// --- Create, and a Join that is no member yet or out of place ---

TEST(Create, OwnsTheWholeCircleAlone) {
  Harness node({.self = 50});
  node.Deliver(Create{.command = 7});
  EXPECT_EQ(node.predecessor(), 50);
  EXPECT_THAT(node.successors(), IsEmpty());
  EXPECT_EQ(node.member().range(), (Range{50, 50}));
  EXPECT_THAT(node.all<CommandFinished>(),
              ElementsAre(Field(&CommandFinished::command, CommandId{7})));
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(StatusCode::kOk)));
}

TEST(Create, StartsItsJitteredPeriods) {
  Harness node({.self = 50});
  node.Deliver(Create{.command = 7});
  const std::pair<Timer, int> periods[] = {
      {Timer::kStabilize, 1}, {Timer::kCheckPredecessor, 2}, {Timer::kFixFinger, 3}};
  for (const auto& [timer, seconds] : periods) {
    EXPECT_EQ(node.delay(timer), absl::Seconds(seconds));
    EXPECT_TRUE(node.jittered(timer));
  }
}

TEST(Create, IsRefusedToAMember) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Create{.command = 7});
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(StatusCode::kFailedPrecondition)));
  EXPECT_EQ(node.effects().size(), 1u);
  EXPECT_EQ(node.predecessor(), 20);
}

TEST(Create, IsRefusedWhileJoining) {
  Harness node({.self = 50});
  node.Deliver(Join{.command = 7, .seeds = {"a:1"}, .timeout = absl::Seconds(30)});
  node.Deliver(Create{.command = 8});
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(StatusCode::kFailedPrecondition)));
  EXPECT_FALSE(node.member().joined());
  EXPECT_TRUE(node.member().joining());
}

TEST(Join, IsRefusedToAMember) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Join{.command = 7, .seeds = {"a:1"}, .timeout = absl::Seconds(30)});
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(StatusCode::kFailedPrecondition)));
  EXPECT_EQ(node.effects().size(), 1u);
}

TEST(Join, IsRefusedWhileJoining) {
  Harness node({.self = 50});
  node.Deliver(Join{.command = 7, .seeds = {"a:1"}, .timeout = absl::Seconds(30)});
  node.Deliver(Join{.command = 8, .seeds = {"b:1"}, .timeout = absl::Seconds(1)});
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(StatusCode::kFailedPrecondition)));
  EXPECT_THAT(node.finished_commands(), ElementsAre(8));
  EXPECT_EQ(node.effects().size(), 1u) << "the first join goes on undisturbed";
}

TEST(Join, IsNoMemberYet) {
  Harness node({.self = 50});
  node.Deliver(Join{.command = 7, .seeds = {"a:1"}, .timeout = absl::Seconds(30)});
  node.Deliver(Notify{At(40)});
  EXPECT_THAT(node.effects(), IsEmpty());
  node.Deliver(GetRing{.call = 3});
  EXPECT_THAT(node.all<AnswerRing>(), ElementsAre(Field(&AnswerRing::ring, std::nullopt)));
}

// --- Range changes: before, after, gained, lost, peer, epoch ---

TEST(RangeChanges, CreateGainsTheWholeCircleFromNobody) {
  Harness node({.self = 50});
  node.Deliver(Create{.command = 1});
  EXPECT_THAT(node.range_changes(), ElementsAre(Changed(std::nullopt, Range{50, 50})));
  EXPECT_THAT(node.range_changes(), ElementsAre(Gained(Range{50, 50}, std::nullopt)));
  EXPECT_THAT(node.range_changes(), ElementsAre(HasEpoch(1)));
}

TEST(RangeChanges, JoinGainsItsRangeFromItsSuccessor) {
  Harness node({.self = 50});
  node.JoinRing(20, {80, 90});
  EXPECT_THAT(node.range_changes(), ElementsAre(Changed(std::nullopt, Range{20, 50})));
  EXPECT_THAT(node.range_changes(), ElementsAre(Gained(Range{20, 50}, At(80))));
}

// 80 owns it until then, whether or not our predecessor has met 80.
TEST(RangeChanges, JoinGainsItsRangeFromWhoeverAnsweredForIt) {
  Harness node({.self = 50});
  node.Deliver(Join{.command = 1, .seeds = {"a:1"}, .timeout = absl::Seconds(1)});
  node.AnswerSeed(At(80));
  node.Answer(80, 20, {90});
  node.Answer(20, 5, {90, 100});
  EXPECT_EQ(node.successors().front(), 90);
  EXPECT_THAT(node.range_changes(), ElementsAre(Gained(Range{20, 50}, At(80))));
}

TEST(RangeChanges, ANewPredecessorTakesTheBeginning) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{At(40)});
  EXPECT_THAT(node.range_changes(), ElementsAre(Lost(Range{20, 40}, At(40))));
}

TEST(RangeChanges, ADeadPredecessorLeavesItsRange) {
  Harness node({.self = 50, .predecessor = 40, .successors = {80}});
  node.Deliver(Notify{At(20)});
  node.Refuse(40);
  EXPECT_THAT(node.range_changes(), ElementsAre(Gained(Range{20, 40}, At(40))));
}

TEST(RangeChanges, FromTheWholeCircleToAPart) {
  Harness node({.self = 50, .predecessor = 50});
  node.Deliver(Notify{At(80)});
  EXPECT_THAT(node.range_changes(), ElementsAre(Changed(Range{50, 50}, Range{80, 50})));
  EXPECT_THAT(node.range_changes(), ElementsAre(Lost(Range{50, 80}, At(80))));
}

TEST(RangeChanges, FromAPartToTheWholeCircle) {
  Harness node({.self = 50, .predecessor = 80, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Refuse(80);
  EXPECT_THAT(node.range_changes(), ElementsAre(Changed(Range{80, 50}, Range{50, 50})));
  EXPECT_THAT(node.range_changes(), ElementsAre(Gained(Range{50, 80}, At(80))));
}

TEST(RangeChanges, StopLosesEverythingToNobody) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Stop{});
  EXPECT_THAT(node.range_changes(), ElementsAre(Changed(Range{20, 50}, std::nullopt)));
  EXPECT_THAT(node.range_changes(), ElementsAre(Lost(Range{20, 50}, std::nullopt)));
}

TEST(RangeChanges, NothingIsToldWhenTheRangeStays) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{OtherAt(20)});
  node.Refuse(20);
  EXPECT_EQ(node.member().predecessor(), OtherAt(20));
  EXPECT_THAT(node.range_changes(), IsEmpty());
  EXPECT_EQ(node.member().epoch(), 0u);
}

TEST(RangeChanges, ADeadPredecessorAloneChangesNothing) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  node.Refuse(20);
  EXPECT_THAT(node.range_changes(), IsEmpty());
}

TEST(RangeChanges, EachHasTheNextEpoch) {
  Harness node({.self = 50});
  node.Deliver(Create{.command = 1});
  EXPECT_THAT(node.range_changes(), ElementsAre(HasEpoch(1)));
  node.Deliver(Notify{At(20)});
  EXPECT_THAT(node.range_changes(), ElementsAre(HasEpoch(2)));
  node.Deliver(Notify{At(40)});
  EXPECT_THAT(node.range_changes(), ElementsAre(HasEpoch(3)));
  node.Deliver(Stop{});
  EXPECT_THAT(node.range_changes(), ElementsAre(HasEpoch(4)));
  node.Deliver(Create{.command = 2});
  EXPECT_THAT(node.range_changes(), ElementsAre(HasEpoch(5)));
}

TEST(RangeChanges, GoOnFromTheEpochOfAnEarlierLife) {
  Harness node({.self = 50, .epoch = 41});
  node.Deliver(Create{.command = 1});
  EXPECT_THAT(node.range_changes(), ElementsAre(HasEpoch(42)));
  EXPECT_EQ(node.member().epoch(), 42u);
}

TEST(RangeChanges, HoldOnTheSmallestCircle) {
  Harness node({.self = 1, .bits = 1});
  node.Deliver(Create{.command = 1});
  node.Deliver(Notify{At(0)});
  EXPECT_THAT(node.range_changes(), ElementsAre(Changed(Range{1, 1}, Range{0, 1})));
  EXPECT_THAT(node.range_changes(), ElementsAre(Lost(Range{1, 0}, At(0))));
}

TEST(RangeChanges, HoldAtTheEndsOfTheLargestCircle) {
  Harness node({.self = ~Id{0}, .predecessor = 0, .successors = {0}, .bits = 64});
  node.Deliver(Notify{At(~Id{0} - 1)});
  EXPECT_THAT(node.range_changes(), ElementsAre(Lost(Range{0, ~Id{0} - 1}, At(~Id{0} - 1))));
}

// --- GetRing ---

TEST(GetRing, IsAnsweredWithPredecessorAndSuccessors) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Deliver(GetRing{.call = 3});
  EXPECT_THAT(node.all<AnswerRing>(), ElementsAre(Field(&AnswerRing::call, CallId{3})));
  EXPECT_THAT(node.rings(), ElementsAre(RingView{At(20), AtAll({80, 90})}));
  EXPECT_EQ(node.effects().size(), 1u);
}

TEST(GetRing, AloneNamesItselfAsBoth) {
  Harness node({.self = 50, .predecessor = 50});
  node.Deliver(GetRing{.call = 3});
  EXPECT_THAT(node.rings(), ElementsAre(RingView{At(50), AtAll({50})}));
}

TEST(GetRing, WithoutASuccessorNamesItselfAsSuccessor) {
  Harness node({.self = 50, .predecessor = 50});
  node.Deliver(Notify{At(20)});
  node.Deliver(GetRing{.call = 3});
  EXPECT_THAT(node.rings(), ElementsAre(RingView{At(20), AtAll({50})}));
}

TEST(GetRing, OutsideOfARingIsAnsweredWithNothing) {
  Harness node({.self = 50});
  node.Deliver(GetRing{.call = 3});
  EXPECT_THAT(node.all<AnswerRing>(), ElementsAre(Field(&AnswerRing::ring, std::nullopt)));
}

// --- Stop ---

TEST(Stop, LeavesTheRing) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Stop{});
  EXPECT_FALSE(node.member().joined());
  EXPECT_EQ(node.member().range(), std::nullopt);
  EXPECT_THAT(node.successors(), IsEmpty());
  ASSERT_TRUE(node.published());
  EXPECT_EQ(node.routing(), nullptr);
}

TEST(Stop, TellsNobody) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Stop{});
  EXPECT_THAT(node.notified(), IsEmpty());
  EXPECT_THAT(node.asked(), IsEmpty());
}

TEST(Stop, EndsEveryOpenOperation) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Fire(Timer::kCheckPredecessor);
  node.Fire(Timer::kFixFinger);
  node.Deliver(Stop{});
  node.Refuse(80);
  EXPECT_THAT(node.effects(), IsEmpty());
  node.Refuse(20);
  EXPECT_THAT(node.effects(), IsEmpty());
  node.AnswerFinger(120);
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Stop, EndsThePeriods) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Stop{});
  for (Timer timer :
       {Timer::kStabilize, Timer::kStabilizeCooldown, Timer::kCheckPredecessor,
        Timer::kPredecessorCooldown, Timer::kFixFinger, Timer::kJoinRetry, Timer::kJoinTimeout}) {
    node.Fire(timer);
    EXPECT_THAT(node.effects(), IsEmpty());
  }
}

TEST(Stop, TwiceOrOutsideOfARingChangesNothing) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Stop{});
  node.Deliver(Stop{});
  EXPECT_THAT(node.effects(), IsEmpty());
  Harness fresh({.self = 50});
  fresh.Deliver(Stop{});
  EXPECT_THAT(fresh.effects(), IsEmpty());
}

TEST(Stop, CancelsAJoin) {
  Harness node({.self = 50});
  node.Deliver(Join{.command = 7, .seeds = {"a:1"}, .timeout = absl::Seconds(30)});
  node.Deliver(Stop{});
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(StatusCode::kCancelled)));
  EXPECT_THAT(node.finished_commands(), ElementsAre(7));
  EXPECT_FALSE(node.member().joining());
  EXPECT_THAT(node.range_changes(), IsEmpty());
}

TEST(Stop, MayBeFollowedByANewLife) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  node.Refuse(20);
  node.Deliver(Stop{});
  node.JoinRing(30, {90});
  EXPECT_EQ(node.predecessor(), 30);
  EXPECT_FALSE(node.member().predecessor_dead());
  EXPECT_THAT(node.successors(), ElementsAre(90));
}

TEST(Stop, LeavesNoStabilizeOpenForTheNewLife) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Fire(Timer::kCheckPredecessor);
  node.Fire(Timer::kFixFinger);
  node.Deliver(Stop{});
  node.JoinRing(20, {80});
  EXPECT_THAT(node.asked(), ElementsAre(80));
  node.Fire(Timer::kCheckPredecessor);
  EXPECT_THAT(node.asked(), ElementsAre(20));
  node.Fire(Timer::kFixFinger);
  EXPECT_THAT(node.sought(), ElementsAre(82));
}

// --- Routing is published first ---

TEST(Routing, IsPublishedBeforeTheChangeIsTold) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{At(40)});
  ASSERT_GE(node.effects().size(), 2u);
  const auto* publish = std::get_if<PublishRouting>(&node.effects().front());
  ASSERT_TRUE(publish && publish->table);
  EXPECT_EQ(publish->table->range(), (Range{40, 50}));
}

TEST(Routing, IsPublishedBeforeACommandEnds) {
  Harness node({.self = 50});
  node.Deliver(Create{.command = 1});
  ASSERT_FALSE(node.effects().empty());
  EXPECT_TRUE(std::holds_alternative<PublishRouting>(node.effects().front()));
  EXPECT_TRUE(std::holds_alternative<CommandFinished>(node.effects().back()));
}

TEST(Routing, IsNotPublishedWhenNothingChanged) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  EXPECT_FALSE(node.published());
  node.Answer(80, 50, {90});
  EXPECT_FALSE(node.published());
  node.Fire(Timer::kCheckPredecessor);
  node.Refuse(20);
  EXPECT_FALSE(node.published());
}

TEST(Routing, FollowsTheSuccessors) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  node.Refuse(80);
  ASSERT_TRUE(node.published());
  ASSERT_NE(node.routing()->KnownOwner(85), nullptr);
  EXPECT_EQ(*node.routing()->KnownOwner(85), At(90));
}

TEST(Routing, OldTablesKeepWhatTheySaid) {
  Harness node({.self = 50});
  node.Deliver(Create{.command = 1});
  ASSERT_TRUE(node.published());
  const auto old = node.all<PublishRouting>().front().table;
  node.Deliver(Notify{At(20)});
  EXPECT_TRUE(old->Owns(10));
  EXPECT_FALSE(node.routing()->Owns(10));
}

// --- A member is a value ---

TEST(Member, ACopyGoesItsOwnWay) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  Member copy = node.member();
  copy.Deliver(Notify{At(40)});
  EXPECT_EQ(copy.predecessor(), At(40));
  EXPECT_EQ(node.predecessor(), 20);
}

TEST(Member, TheSameEventsHaveTheSameEffects) {
  Harness a({.self = 50, .predecessor = 20, .successors = {80}});
  Harness b({.self = 50, .predecessor = 20, .successors = {80}});
  for (Harness* node : {&a, &b}) {
    node->Fire(Timer::kStabilize);
    node->Deliver(Notify{At(10)});
    node->Answer(80, 60, {90});
  }
  EXPECT_EQ(a.effects().size(), b.effects().size());
  EXPECT_EQ(a.question_to(60), b.question_to(60));
  EXPECT_EQ(a.successors(), b.successors());
}

TEST(Member, BeginsAsNoMember) {
  const Harness node({.self = 50});
  EXPECT_FALSE(node.member().joined());
  EXPECT_FALSE(node.member().joining());
  EXPECT_EQ(node.member().range(), std::nullopt);
  EXPECT_EQ(node.member().self(), At(50));
}

}  // namespace
}  // namespace concord::core
