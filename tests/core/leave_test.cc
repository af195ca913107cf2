// Leave: those beside the leaver are told, and take over before it lets go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "harness.h"

namespace concord::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

constexpr absl::Duration kTimeout = absl::Seconds(10);

// 50 leaves the ring of 20, 50, 80, 90.
struct Leaver : Harness {
  explicit Leaver(const Situation& situation = {.self = 50,
                                                .predecessor = 20,
                                                .successors = {80, 90, 20}})
      : Harness(situation) {
    Deliver(Leave{.command = 7, .timeout = kTimeout});
  }
};

// --- Who leaves ---

TEST(Leaves, TellsItsSuccessorFirst) {
  Leaver node;
  ASSERT_THAT(node.told_farewell(), ElementsAre(80));
  const Farewell farewell = node.all<SendFarewell>().front().farewell;
  EXPECT_EQ(farewell, (Farewell{At(50), At(20), AtAll({80, 90, 20})}));
  EXPECT_EQ(node.delay(Timer::kLeaveTimeout), kTimeout);
  EXPECT_THAT(node.finished(), IsEmpty());
}

TEST(Leaves, KeepsItsRangeUntilTheSuccessorHasIt) {
  Leaver node;
  EXPECT_EQ(node.member().range(), (Range{20, 50}));
  EXPECT_TRUE(node.routing()->Owns(30));
  node.Answer(80, 20, {90});
  EXPECT_THAT(node.range_changes(), ElementsAre(Lost(Range{20, 50}, At(80))));
  EXPECT_EQ(node.range_changes().front().after, std::nullopt);
  EXPECT_FALSE(node.routing()->Owns(30));
}

TEST(Leaves, ThenTellsItsPredecessorAndHasLeft) {
  Leaver node;
  node.Answer(80, 20, {90});
  EXPECT_THAT(node.told_farewell(), ElementsAre(20));
  node.Answer(20, 90, {80});
  EXPECT_THAT(node.finished(), ElementsAre(absl::OkStatus()));
  EXPECT_THAT(node.finished_commands(), ElementsAre(7));
}

TEST(Leaves, TellsSomebodyWhoHasJoinedInBetween) {
  Leaver node;
  node.Answer(80, 60, {90});
  EXPECT_THAT(node.range_changes(), IsEmpty());
  EXPECT_THAT(node.told_farewell(), ElementsAre(60));
  node.Answer(60, 20, {80});
  EXPECT_THAT(node.range_changes(), ElementsAre(Lost(Range{20, 50}, At(60))));
}

TEST(Leaves, TellsTheNextWhenTheSuccessorDoesNotAnswer) {
  Leaver node;
  node.Refuse(80);
  EXPECT_THAT(node.told_farewell(), ElementsAre(90));
  node.Answer(90, 80, {20});  // it does not know yet that 80 is dead
  EXPECT_THAT(node.range_changes(), ElementsAre(Lost(Range{20, 50}, At(90))));
}

TEST(Leaves, ASecondSilenceIsADeath) {
  Leaver node;
  node.Timeout(80);
  EXPECT_THAT(node.told_farewell(), ElementsAre(80));
  node.Timeout(80);
  EXPECT_THAT(node.told_farewell(), ElementsAre(90));
}

// A node of the Go library, or one that is flooded, owns the range as soon as it misses us.
TEST(Leaves, ToASuccessorThatIsThereAndHasNotHeardOfIt) {
  for (const Failure failure : {Failure::kUnsupported, Failure::kBusy}) {
    Leaver node;
    node.Fail(80, failure);
    EXPECT_THAT(node.range_changes(), ElementsAre(Lost(Range{20, 50}, At(80))));
    EXPECT_EQ(*node.routing()->KnownOwner(30), At(80));
    EXPECT_THAT(node.told_farewell(), ElementsAre(20));
    node.Fail(20, failure);
    EXPECT_THAT(node.finished(), ElementsAre(absl::OkStatus()));
  }
}

TEST(Leaves, WhenNobodyAnswersItSaysSo) {
  Leaver node;
  for (const Id id : {80, 90, 20}) node.Refuse(id);
  EXPECT_THAT(node.range_changes(), ElementsAre(testing::Field(&RangeChange::peer, std::nullopt)));
  EXPECT_THAT(node.told_farewell(), ElementsAre(20));
  node.Refuse(20);
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(absl::StatusCode::kUnavailable)));
}

TEST(Leaves, EndsWhenItsTimeIsUp) {
  Leaver node;
  node.Fire(Timer::kLeaveTimeout);
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(absl::StatusCode::kDeadlineExceeded)));
  EXPECT_EQ(node.member().range(), std::nullopt);
  EXPECT_THAT(node.finished().front().message(), testing::HasSubstr(At(80).name));
}

TEST(Leaves, HasLeftWhenOnlyThePredecessorIsSilent) {
  Leaver node;
  node.Answer(80, 20, {90});
  node.Fire(Timer::kLeaveTimeout);
  EXPECT_THAT(node.finished(), ElementsAre(absl::OkStatus()));
  node.Fire(Timer::kLeaveTimeout);
  EXPECT_THAT(node.finished(), IsEmpty());
}

TEST(Leaves, TwoMembersTellEachOtherOnce) {
  Leaver node({.self = 50, .predecessor = 80, .successors = {80}});
  node.Answer(80, 80, {80});
  EXPECT_THAT(node.told_farewell(), IsEmpty());
  EXPECT_THAT(node.finished(), ElementsAre(absl::OkStatus()));
}

TEST(Leaves, AloneThereIsNobodyToTell) {
  Leaver node({.self = 50, .predecessor = 50});
  EXPECT_THAT(node.told_farewell(), IsEmpty());
  EXPECT_THAT(node.range_changes(), ElementsAre(testing::Field(&RangeChange::peer, std::nullopt)));
  EXPECT_THAT(node.finished(), ElementsAre(absl::OkStatus()));
}

TEST(Leaves, IsDeadToWhoAsksForItsRing) {
  Leaver node;
  node.Deliver(GetRing{3});
  EXPECT_EQ(node.all<AnswerRing>().front().ring, std::nullopt);
  node.Deliver(PeerLeaves{4, {At(20), At(10), {}}});
  EXPECT_EQ(node.all<AnswerRing>().front().ring, std::nullopt);
  node.Deliver(Notify{At(30)});
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Leaves, DoesNothingElseMeanwhile) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  node.Fire(Timer::kCheckPredecessor);
  node.Deliver(Leave{.command = 7, .timeout = kTimeout});
  node.Answer(20, 10, {50});  // to the CheckPredecessor of before
  EXPECT_THAT(node.effects(), IsEmpty());
  for (const Timer timer : {Timer::kStabilize, Timer::kCheckPredecessor, Timer::kFixFinger,
                            Timer::kProbe, Timer::kStabilizeCooldown}) {
    node.Fire(timer);
    EXPECT_THAT(node.effects(), IsEmpty());
  }
  node.Deliver(Evidence{At(80)});
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Leaves, AnswersLookupsForItsHeir) {
  Leaver node;
  ASSERT_EQ(*node.routing()->KnownOwner(40), At(50));
  node.Answer(80, 60, {90});
  node.Answer(60, 20, {80});
  EXPECT_EQ(*node.routing()->KnownOwner(40), At(60));
  EXPECT_EQ(*node.routing()->KnownOwner(55), At(60));
  EXPECT_EQ(node.routing()->KnownOwner(95), nullptr);
  EXPECT_GT(node.routing()->NextHops(95), 0u) << "what others own is forwarded";
}

TEST(Leaves, OnlyAMemberDoes) {
  Harness node({.self = 50});
  node.Deliver(Leave{.command = 7, .timeout = kTimeout});
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(absl::StatusCode::kFailedPrecondition)));
  node.Deliver(Join{.command = 8, .seeds = {"seed:1"}, .timeout = absl::Seconds(30)});
  node.Deliver(Leave{.command = 9, .timeout = kTimeout});
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(absl::StatusCode::kFailedPrecondition)));
}

TEST(Leaves, OnlyOnce) {
  Leaver node;
  for (const Event& event :
       {Event(Leave{.command = 8, .timeout = kTimeout}), Event(Create{.command = 8}),
        Event(Join{.command = 8, .seeds = {"a:1"}, .timeout = kTimeout})}) {
    node.Deliver(event);
    EXPECT_THAT(node.finished(), ElementsAre(HasCode(absl::StatusCode::kFailedPrecondition)));
    EXPECT_THAT(node.finished().front().message(), testing::HasSubstr("leav"));
  }
}

TEST(Leaves, StopEndsItAtOnce) {
  Leaver node;
  node.Deliver(Stop{});
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(absl::StatusCode::kCancelled)));
  EXPECT_THAT(node.range_changes(), ElementsAre(testing::Field(&RangeChange::after, std::nullopt)));
  EXPECT_EQ(node.routing(), nullptr);
}

TEST(Leaves, AfterItStopTellsNothingMore) {
  Leaver node;
  node.Answer(80, 20, {90});
  node.Answer(20, 90, {80});
  node.Deliver(Stop{});
  EXPECT_THAT(node.range_changes(), IsEmpty());
  EXPECT_THAT(node.finished(), IsEmpty());
  node.Deliver(Create{.command = 9});
  EXPECT_EQ(node.range_changes().front().epoch, 2u);
}

// --- Who stays ---

TEST(Farewells, ThePredecessorsRangeIsTakenOver) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(PeerLeaves{4, {At(20), At(10), AtAll({50, 80})}});
  EXPECT_EQ(node.predecessor(), 10u);
  EXPECT_THAT(node.range_changes(), ElementsAre(Gained(Range{10, 20}, At(20))));
  EXPECT_THAT(node.rings(), ElementsAre(RingView{At(10), AtAll({80})}));
}

TEST(Farewells, AreNotTakenBackByANotificationThatComesLate) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(PeerLeaves{4, {At(20), At(10), AtAll({50, 80}), /*incarnation=*/7}});
  node.Deliver(Notify{At(20), 7});
  EXPECT_EQ(node.predecessor(), 10u);
  node.Deliver(Notify{At(20), 8});  // it has come back
  EXPECT_EQ(node.predecessor(), 20u);
}

TEST(Farewells, OfTheSuccessorTurnToTheNext) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Deliver(PeerLeaves{4, {At(80), At(50), AtAll({90, 20})}});
  EXPECT_THAT(node.successors(), ElementsAre(90));
  EXPECT_THAT(node.asked(), ElementsAre(90)) << "at once, to learn whom it has now";
  EXPECT_THAT(node.range_changes(), IsEmpty());
}

TEST(Farewells, OfTheOnlySuccessorAskWhomItNamed) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}, .successor_count = 1});
  node.Deliver(PeerLeaves{4, {At(80), At(50), AtAll({90})}});
  EXPECT_THAT(node.asked(), ElementsAre(90)) << "and not the predecessor, which is further";
  EXPECT_THAT(node.successors(), IsEmpty());
  node.Answer(90, 50, {20});
  EXPECT_THAT(node.successors(), ElementsAre(90)) << "contact first, adopt after";
}

TEST(Farewells, AStabilizeThatWaitsForTheLeaverBeginsAnew) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  const QuestionId before = node.question_to(80);
  node.Deliver(PeerLeaves{4, {At(80), At(50), AtAll({90})}});
  EXPECT_THAT(node.asked(), ElementsAre(90));
  node.Deliver(RingAnswer{before, {At(50), AtAll({90})}});
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Farewells, OfTheOtherOfTwoLeavesUsAlone) {
  Harness node({.self = 50, .predecessor = 80, .successors = {80}});
  node.Deliver(PeerLeaves{4, {At(80), At(50), AtAll({50})}});
  EXPECT_EQ(node.predecessor(), 50u);
  EXPECT_THAT(node.successors(), IsEmpty());
  EXPECT_THAT(node.range_changes(), ElementsAre(Gained(Range{50, 80}, At(80))));
  EXPECT_THAT(node.moments(), Not(Contains(Moment::kAlone))) << "that is said of the forsaken";
  EXPECT_THAT(node.rings(), ElementsAre(RingView{At(50), AtAll({50})}));
}

TEST(Farewells, AreForgotten) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.LearnFingers({120, 200});
  for (const Id id : {80, 120, 20}) {
    node.Deliver(PeerLeaves{4, {At(id), At(10), AtAll({90})}});
  }
  EXPECT_EQ(node.member().state().remembered.size(), 0u);
  EXPECT_THAT(node.fingers(), ElementsAre(200));
}

TEST(Farewells, OfAStrangerChangeNothing) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  for (const Server& stranger : {At(60), OtherAt(80), OtherAt(20), At(50)}) {
    node.Deliver(PeerLeaves{4, {stranger, At(10), AtAll({90})}});
    EXPECT_EQ(node.predecessor(), 20u);
    EXPECT_THAT(node.successors(), ElementsAre(80, 90));
    EXPECT_THAT(node.asked(), IsEmpty());
    EXPECT_EQ(node.rings().size(), 1u);
  }
}

// The range may only grow: a predecessor that lies after the leaver is none.
TEST(Farewells, ThatNameAPredecessorInTheWrongPlaceOnlySayThatTheLeaverIsGone) {
  for (const Id odd : {30, 20, 50}) {
    Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
    node.Deliver(PeerLeaves{4, {At(20), At(odd), {}}});
    EXPECT_EQ(node.predecessor(), 20u);
    EXPECT_TRUE(node.member().predecessor_dead());
    EXPECT_THAT(node.range_changes(), IsEmpty());
  }
}

TEST(Farewells, WhoIsNoMemberHasNoRing) {
  Harness node({.self = 50});
  node.Deliver(PeerLeaves{4, {At(20), At(10), {}}});
  ASSERT_EQ(node.all<AnswerRing>().size(), 1u);
  EXPECT_EQ(node.all<AnswerRing>().front().ring, std::nullopt);
}

}  // namespace
}  // namespace concord::core
