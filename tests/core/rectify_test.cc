// Zave, Rectify, on Notify(n); and check predecessor.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness.h"

namespace concord::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

// --- A notifier closer than the predecessor ---

TEST(Rectify, AdoptsACloserNotifier) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{At(40)});
  EXPECT_EQ(node.predecessor(), 40);
  EXPECT_THAT(node.range_changes(), ElementsAre(Changed(Range{20, 50}, Range{40, 50})));
  EXPECT_THAT(node.range_changes(), ElementsAre(Lost(Range{20, 40}, At(40))));
  EXPECT_THAT(node.asked(), IsEmpty());
}

TEST(Rectify, AdoptsACloserNotifierAcrossZero) {
  Harness node({.self = 10, .predecessor = 250, .successors = {80}});
  node.Deliver(Notify{At(5)});
  EXPECT_THAT(node.range_changes(), ElementsAre(Lost(Range{250, 5}, At(5))));
}

TEST(Rectify, AdoptsTheNotifierNextToItself) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{At(49)});
  EXPECT_EQ(node.predecessor(), 49);
}

TEST(Rectify, AloneAdoptsAnybodyAndStabilizesAtOnce) {
  Harness node({.self = 50, .predecessor = 50});
  node.Deliver(Notify{At(80)});
  EXPECT_EQ(node.predecessor(), 80);
  EXPECT_THAT(node.range_changes(), ElementsAre(Changed(Range{50, 50}, Range{80, 50})));
  EXPECT_THAT(node.range_changes(), ElementsAre(Lost(Range{50, 80}, At(80))));
  EXPECT_THAT(node.asked(), ElementsAre(80));
}

TEST(Rectify, AloneStabilizesAsSoonAsItHasCooledDown) {
  Harness node({.self = 50, .predecessor = 80, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Refuse(80);
  node.Deliver(Notify{At(20)});
  EXPECT_THAT(node.asked(), IsEmpty());
  node.Fire(Timer::kStabilizeCooldown);
  EXPECT_THAT(node.asked(), ElementsAre(20));
}

TEST(Rectify, DoesNotStabilizeForANewPredecessorWhenItHasASuccessor) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{At(40)});
  EXPECT_THAT(node.asked(), IsEmpty());
}

// --- A notifier that is not closer ---

TEST(Rectify, AsksThePredecessorBeforeItAdoptsAFartherNotifier) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{At(10)});
  EXPECT_THAT(node.asked(), ElementsAre(20));
  EXPECT_EQ(node.predecessor(), 20);
}

TEST(Rectify, KeepsAPredecessorThatAnswers) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{At(10)});
  node.Answer(20, 10, {50});
  EXPECT_EQ(node.predecessor(), 20);
  node.CoolDown();
  node.Fire(Timer::kCheckPredecessor);
  node.Refuse(20);
  EXPECT_EQ(node.predecessor(), 20) << "10 was answered for: it does not wait any more";
}

TEST(Rectify, AdoptsAFartherNotifierWhenThePredecessorIsDead) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{At(10)});
  node.Refuse(20);
  EXPECT_EQ(node.predecessor(), 10);
  EXPECT_THAT(node.range_changes(), ElementsAre(Changed(Range{20, 50}, Range{10, 50})));
  EXPECT_THAT(node.range_changes(), ElementsAre(Gained(Range{10, 20}, At(20))));
  EXPECT_FALSE(node.member().predecessor_dead());
}

TEST(Rectify, AsksASilentPredecessorOnceMore) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{At(10)});
  node.Timeout(20);
  EXPECT_THAT(node.asked(), ElementsAre(20));
  EXPECT_EQ(node.predecessor(), 20);
  node.Timeout(20);
  EXPECT_EQ(node.predecessor(), 10);
}

TEST(Rectify, TakesTheSecondAnswerOfASilentPredecessor) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{At(10)});
  node.Timeout(20);
  node.Answer(20, 10, {50});
  EXPECT_EQ(node.predecessor(), 20);
  EXPECT_FALSE(node.member().predecessor_dead());
}

TEST(Rectify, AdoptsAtOnceWhenThePredecessorIsKnownToBeDead) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  node.Refuse(20);
  node.Deliver(Notify{At(10)});
  EXPECT_EQ(node.predecessor(), 10);
  EXPECT_THAT(node.asked(), IsEmpty());
  EXPECT_THAT(node.range_changes(), ElementsAre(Gained(Range{10, 20}, At(20))));
}

TEST(Rectify, DoesNotTakeTheNewPredecessorForDeadToo) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  node.Refuse(20);
  node.Deliver(Notify{At(10)});
  node.Deliver(Notify{At(5)});
  EXPECT_EQ(node.predecessor(), 10);
  EXPECT_THAT(node.asked(), ElementsAre(10));
}

TEST(Rectify, OfTwoThatWaitTheNearerIsAdopted) {
  for (const auto& [first, second] : {std::pair<Id, Id>{10, 15}, {15, 10}}) {
    Harness node({.self = 50, .predecessor = 20, .successors = {80}});
    node.Deliver(Notify{At(first)});
    node.Deliver(Notify{At(second)});
    EXPECT_THAT(node.asked(), IsEmpty()) << "one question to the predecessor is open already";
    node.Refuse(20);
    EXPECT_EQ(node.predecessor(), 15);
  }
}

TEST(Rectify, ACloserNotifierIsAdoptedWhileTheQuestionIsOpen) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{At(10)});
  node.Deliver(Notify{At(40)});
  EXPECT_EQ(node.predecessor(), 40);
  node.Refuse(20);
  EXPECT_EQ(node.predecessor(), 40) << "the question was about 20; its failure is late";
  EXPECT_FALSE(node.member().predecessor_dead());
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Rectify, ANotifierJoinsACheckThatIsOpen) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  node.Deliver(Notify{At(10)});
  EXPECT_THAT(node.asked(), IsEmpty());
  node.Refuse(20);
  EXPECT_EQ(node.predecessor(), 10);
}

// --- Identifiers that meet ---

TEST(Rectify, APredecessorThatNotifiesAgainIsNotAsked) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{At(20)});
  EXPECT_EQ(node.predecessor(), 20);
  EXPECT_THAT(node.asked(), IsEmpty());
  EXPECT_FALSE(node.published());
}

TEST(Rectify, APredecessorThatNotifiesIsAlive) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  node.Refuse(20);
  node.Deliver(Notify{At(20)});
  EXPECT_FALSE(node.member().predecessor_dead());
  node.Deliver(Notify{At(10)});
  EXPECT_EQ(node.predecessor(), 20);
  EXPECT_THAT(node.asked(), ElementsAre(20));
}

TEST(Rectify, TheSameIdentifierElsewhereWaitsForTheDeathOfThePredecessor) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{OtherAt(20)});
  EXPECT_THAT(node.all<AskRing>(), ElementsAre(testing::Field(&AskRing::to, At(20))));
  EXPECT_EQ(node.member().predecessor(), At(20));
  node.Refuse(20);
  EXPECT_EQ(node.member().predecessor(), OtherAt(20));
  EXPECT_THAT(node.range_changes(), IsEmpty()) << "the range is the same";
  EXPECT_TRUE(node.published());
}

TEST(Rectify, OurOwnIdentifierIsPassedOver) {
  for (const Server& from : {At(50), OtherAt(50)}) {
    Harness node({.self = 50, .predecessor = 20, .successors = {80}});
    node.Deliver(Notify{from});
    EXPECT_THAT(node.effects(), IsEmpty());
    Harness alone({.self = 50, .predecessor = 50});
    alone.Deliver(Notify{from});
    EXPECT_THAT(alone.effects(), IsEmpty());
  }
}

TEST(Rectify, OutsideOfARingNobodyIsAdopted) {
  Harness node({.self = 50});
  node.Deliver(Notify{At(40)});
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(RectifyMoments, NameTheNotifierAndTheOldPredecessor) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{At(40)});
  EXPECT_THAT(node.moments(), ElementsAre(Moment::kNotified, Moment::kPredecessorChanged));
  ASSERT_EQ(node.all<Trace>().size(), 2u);
  EXPECT_EQ(node.all<Trace>()[1].server, At(40));
  EXPECT_EQ(node.all<Trace>()[1].old, At(20));
}

// --- Check predecessor ---

TEST(CheckPredecessor, AsksThePredecessorEveryPeriod) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  EXPECT_THAT(node.asked(), ElementsAre(20));
  EXPECT_EQ(node.delay(Timer::kCheckPredecessor), absl::Seconds(2));
  EXPECT_TRUE(node.jittered(Timer::kCheckPredecessor));
}

TEST(CheckPredecessor, AloneAsksNobody) {
  Harness node({.self = 50, .predecessor = 50});
  node.Fire(Timer::kCheckPredecessor);
  EXPECT_TRUE(node.delay(Timer::kCheckPredecessor)) << "the period goes on";
  EXPECT_EQ(node.effects().size(), 1u);
}

TEST(CheckPredecessor, IsOpenAtMostOnce) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  node.Fire(Timer::kCheckPredecessor);
  EXPECT_THAT(node.asked(), IsEmpty());
}

TEST(CheckPredecessor, AnAnswerChangesNothing) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  node.Answer(20, 40, {45});
  EXPECT_THAT(node.effects(), IsEmpty());
  EXPECT_FALSE(node.member().predecessor_dead());
}

TEST(CheckPredecessor, RemembersThatItIsDeadAndNeverUnsetsIt) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  node.Refuse(20);
  EXPECT_TRUE(node.member().predecessor_dead());
  EXPECT_EQ(node.predecessor(), 20);
  EXPECT_THAT(node.range_changes(), IsEmpty());
  EXPECT_EQ(node.member().range(), (Range{20, 50}));
  node.Deliver(GetRing{.call = 3});
  EXPECT_THAT(node.rings(), ElementsAre(RingView{At(20), AtAll({80})}));
}

TEST(CheckPredecessor, ASilentPredecessorIsDeadTheSecondTime) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  node.Timeout(20);
  EXPECT_THAT(node.asked(), ElementsAre(20));
  EXPECT_FALSE(node.member().predecessor_dead());
  node.Timeout(20);
  EXPECT_TRUE(node.member().predecessor_dead());
}

TEST(CheckPredecessor, APredecessorMayComeBackToLife) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  node.Refuse(20);
  node.Fire(Timer::kCheckPredecessor);
  EXPECT_THAT(node.asked(), ElementsAre(20)) << "the dead are asked too";
  node.Answer(20, 10, {50});
  EXPECT_FALSE(node.member().predecessor_dead());
}

TEST(CheckPredecessor, DropsTheLateAnswerOfAnEarlierQuestion) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  const QuestionId earlier = node.question_to(20);
  node.Refuse(20);
  node.Deliver(RingAnswer{earlier, {At(10), AtAll({50})}});
  EXPECT_TRUE(node.member().predecessor_dead());
}

TEST(CheckPredecessor, DropsTheLateAnswerOfAQuestionThatTimedOut) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  const QuestionId first = node.question_to(20);
  node.Timeout(20);
  node.Deliver(RingAnswer{first, {At(10), AtAll({50})}});
  node.Deliver(QuestionFailed{first, Failure::kUnreachable, "refused"});
  EXPECT_FALSE(node.member().predecessor_dead());
  node.Timeout(20);
  EXPECT_TRUE(node.member().predecessor_dead());
}

TEST(CheckPredecessor, TellsTheLogOfADeathOnce) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  node.Refuse(20);
  EXPECT_THAT(node.moments(), Contains(Moment::kPredecessorFailed));
  node.Fire(Timer::kCheckPredecessor);
  node.Refuse(20);
  EXPECT_THAT(node.moments(), Not(Contains(Moment::kPredecessorFailed)));
}

TEST(CheckPredecessor, GoesOnBesideAStabilize) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Fire(Timer::kCheckPredecessor);
  EXPECT_THAT(node.asked(), ElementsAre(20));
  node.Refuse(20);
  node.Answer(80, 50, {90});
  EXPECT_TRUE(node.member().predecessor_dead());
  EXPECT_THAT(node.successors(), ElementsAre(80, 90));
}

}  // namespace
}  // namespace concord::core
