// Zave, Stabilize: from successor, from predecessor.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "harness.h"

namespace concord::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

// --- When ---

TEST(Stabilize, AsksTheHeadForItsRingEveryPeriod) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  EXPECT_THAT(node.asked(), ElementsAre(80));
  EXPECT_EQ(node.delay(Timer::kStabilize), absl::Seconds(1));
  EXPECT_TRUE(node.jittered(Timer::kStabilize));
}

TEST(Stabilize, AloneAsksNobody) {
  Harness node({.self = 50, .predecessor = 50});
  node.Fire(Timer::kStabilize);
  EXPECT_TRUE(node.delay(Timer::kStabilize)) << "the period goes on";
  EXPECT_EQ(node.effects().size(), 1u);
}

TEST(Stabilize, IsOpenAtMostOnce) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Fire(Timer::kStabilize);
  EXPECT_THAT(node.asked(), IsEmpty());
  EXPECT_TRUE(node.delay(Timer::kStabilize)) << "the period goes on";
}

TEST(Stabilize, BeginsAgainWhenItChangedTheListAndHasCooledDown) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  EXPECT_EQ(node.delay(Timer::kStabilizeCooldown), absl::Milliseconds(100));
  node.Answer(80, 50, {90});
  EXPECT_THAT(node.asked(), IsEmpty());
  node.Fire(Timer::kStabilizeCooldown);
  EXPECT_THAT(node.asked(), ElementsAre(80));
}

TEST(Stabilize, BeginsAgainAtOnceWhenItChangedTheListAndTookLong) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Fire(Timer::kStabilizeCooldown);
  EXPECT_THAT(node.asked(), IsEmpty());
  node.Answer(80, 50, {90});
  EXPECT_THAT(node.asked(), ElementsAre(80));
}

TEST(Stabilize, RestsWhenItChangedNothing) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 50, {90});
  EXPECT_THAT(node.effects(), ElementsAre(testing::VariantWith<SendNotify>(testing::_)));
  node.Fire(Timer::kStabilizeCooldown);
  EXPECT_THAT(node.effects(), IsEmpty());
}

// --- From successor: an answer ---

TEST(StabilizeFromSuccessor, TakesTheHeadsList) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 100, 110}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 50, {90, 100, 110});
  EXPECT_THAT(node.successors(), ElementsAre(80, 90, 100));
  EXPECT_TRUE(node.published());
}

TEST(StabilizeFromSuccessor, CutsTheListAtItself) {
  Harness node({.self = 50, .predecessor = 90, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 50, {90, 50, 80});
  EXPECT_THAT(node.successors(), ElementsAre(80, 90));
}

TEST(StabilizeFromSuccessor, CutsTheListWhereItPassesItself) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 50, {20, 60, 70});
  EXPECT_THAT(node.successors(), ElementsAre(80, 20));
}

TEST(StabilizeFromSuccessor, TakesTheListOfAGoNodeWithRepeatsAndOurselves) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 50, {80, 90, 90, 50, 50});
  EXPECT_THAT(node.successors(), ElementsAre(80, 90));
}

TEST(StabilizeFromSuccessor, ShortensTheListWhenTheHeadsIsShorter) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90, 100}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 50, {80});
  EXPECT_THAT(node.successors(), ElementsAre(80));
}

TEST(StabilizeFromSuccessor, NotifiesTheHeadThatHasUsAsPredecessor) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 50, {90});
  EXPECT_THAT(node.notified(), ElementsAre(80));
  EXPECT_THAT(node.asked(), IsEmpty());
}

TEST(StabilizeFromSuccessor, NotifiesTheHeadThatDoesNotKnowUsYet) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 20, {90});
  EXPECT_THAT(node.notified(), ElementsAre(80));
  EXPECT_THAT(node.asked(), IsEmpty());
}

TEST(StabilizeFromSuccessor, NotifiesTheHeadThatIsAlone) {
  Harness node({.self = 50, .predecessor = 80, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 80, {80});
  EXPECT_THAT(node.notified(), ElementsAre(80));
  EXPECT_THAT(node.successors(), ElementsAre(80));
}

TEST(StabilizeFromSuccessor, AsksTheHeadsPredecessorThatLiesBetween) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 60, {90});
  EXPECT_THAT(node.asked(), ElementsAre(60));
  EXPECT_THAT(node.notified(), IsEmpty());
  EXPECT_THAT(node.successors(), ElementsAre(80, 90)) << "60 has not answered yet";
}

// --- From successor: no answer ---

TEST(StabilizeFromSuccessor, DropsAHeadThatRefusesAndAsksTheNext) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90, 100}});
  node.Fire(Timer::kStabilize);
  node.Refuse(80);
  EXPECT_THAT(node.successors(), ElementsAre(90, 100));
  EXPECT_THAT(node.asked(), ElementsAre(90));
  EXPECT_THAT(node.notified(), IsEmpty());
  node.Refuse(90);
  EXPECT_THAT(node.successors(), ElementsAre(100));
  EXPECT_THAT(node.asked(), ElementsAre(100));
}

TEST(StabilizeFromSuccessor, TakesTheListOfTheNextThatAnswers) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  node.Refuse(80);
  node.Answer(90, 80, {100, 110});
  EXPECT_THAT(node.asked(), IsEmpty()) << "90 still believes in 80, but we know better";
  EXPECT_THAT(node.successors(), ElementsAre(90, 100, 110));
  EXPECT_THAT(node.notified(), ElementsAre(90));
}

TEST(StabilizeFromSuccessor, AsksASilentHeadOnceMore) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  node.Timeout(80);
  EXPECT_THAT(node.asked(), ElementsAre(80));
  EXPECT_THAT(node.successors(), ElementsAre(80, 90));
  node.Answer(80, 50, {90});
  EXPECT_THAT(node.notified(), ElementsAre(80));
}

TEST(StabilizeFromSuccessor, DropsAHeadThatIsSilentTwice) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  node.Timeout(80);
  node.Timeout(80);
  EXPECT_THAT(node.successors(), ElementsAre(90));
  EXPECT_THAT(node.asked(), ElementsAre(90));
}

TEST(StabilizeFromSuccessor, DropsAHeadThatIsSilentAndThenRefuses) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  node.Timeout(80);
  node.Refuse(80);
  EXPECT_THAT(node.successors(), ElementsAre(90));
}

TEST(StabilizeFromSuccessor, KeepsAHeadThatIsBusyAndAsksItInThePeriodAfter) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  for (int period = 0; period < 3; ++period) {
    node.Fire(Timer::kStabilize);
    EXPECT_THAT(node.asked(), ElementsAre(80));
    node.Fail(80, Failure::kBusy);
    EXPECT_THAT(node.effects(), IsEmpty());
    EXPECT_THAT(node.successors(), ElementsAre(80, 90));
  }
}

TEST(StabilizeFromSuccessor, DropsAHeadThatIsBusyTenTimesInARow) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  const auto busy = [&](int times) {
    for (int i = 0; i < times; ++i) {
      node.Fire(Timer::kStabilize);
      node.Fail(80, Failure::kBusy);
    }
  };
  busy(9);
  node.Fire(Timer::kStabilize);
  node.Answer(80, 50, {90});
  busy(9);
  EXPECT_THAT(node.successors(), ElementsAre(80, 90));
  busy(1);
  EXPECT_THAT(node.successors(), ElementsAre(90));
  EXPECT_THAT(node.asked(), ElementsAre(90));
}

TEST(StabilizeFromSuccessor, CountsTheSilenceOfEachServerByItself) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  node.Timeout(80);
  node.Timeout(80);
  node.Timeout(90);
  EXPECT_THAT(node.asked(), ElementsAre(90));
  EXPECT_THAT(node.successors(), ElementsAre(90));
}

TEST(StabilizeFromSuccessor, ForgivesASilenceThatAnAnswerEnded) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  for (int period = 0; period < 3; ++period) {
    node.Fire(Timer::kStabilize);
    node.Timeout(80);
    node.Answer(80, 50, {90});
  }
  EXPECT_THAT(node.successors(), ElementsAre(80, 90));
}

TEST(StabilizeFromSuccessor, ForgetsADeadHeadThatIsAFinger) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.LearnFingers({120, 200});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 50, {120});  // 120 is a successor now, and still a finger
  node.CoolDown();
  node.Refuse(80);
  node.Refuse(120);
  EXPECT_THAT(node.fingers(), ElementsAre(200));
}

// --- From predecessor ---

TEST(StabilizeFromPredecessor, AdoptsHimWhoAnswersAndNotifiesHim) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90, 100}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 60, {90, 100});
  node.Answer(60, 50, {80, 90, 100});
  EXPECT_THAT(node.successors(), ElementsAre(60, 80, 90));
  EXPECT_THAT(node.notified(), ElementsAre(60));
}

TEST(StabilizeFromPredecessor, CutsHisListAtItself) {
  Harness node({.self = 50, .predecessor = 80, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 60, {50});
  node.Answer(60, 50, {80, 50, 60});
  EXPECT_THAT(node.successors(), ElementsAre(60, 80));
}

TEST(StabilizeFromPredecessor, KeepsTheListAndNotifiesTheHeadWhenHeRefuses) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 60, {90});
  node.Refuse(60);
  EXPECT_THAT(node.successors(), ElementsAre(80, 90));
  EXPECT_THAT(node.notified(), ElementsAre(80));
}

TEST(StabilizeFromPredecessor, AsksASilentOneOnceMore) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 60, {90});
  node.Timeout(60);
  EXPECT_THAT(node.asked(), ElementsAre(60));
  node.Timeout(60);
  EXPECT_THAT(node.asked(), IsEmpty());
  EXPECT_THAT(node.notified(), ElementsAre(80));
  EXPECT_THAT(node.successors(), ElementsAre(80, 90));
}

TEST(StabilizeFromPredecessor, DoesNotAskHimWhoHasJustFailedAsHead) {
  Harness node({.self = 50, .predecessor = 20, .successors = {60, 80}});
  node.Fire(Timer::kStabilize);
  node.Timeout(60);
  node.Timeout(60);
  node.Answer(80, 60, {90});
  EXPECT_THAT(node.asked(), IsEmpty());
  EXPECT_THAT(node.notified(), ElementsAre(80));
}

TEST(StabilizeFromPredecessor, LooksFurtherInTheNextStabilize) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 70, {90});
  node.Answer(70, 60, {80});
  EXPECT_THAT(node.notified(), ElementsAre(70));
  node.Fire(Timer::kStabilizeCooldown);
  node.Answer(70, 60, {80});
  EXPECT_THAT(node.asked(), ElementsAre(60));
}

// --- No successor is left ---

// 50 knows, by distance: successor 80, finger 120, predecessor 180, finger 200.
Harness& ArrangeFallback(Harness& node) {
  node.LearnFingers({120, 200});
  node.Fire(Timer::kStabilize);
  node.Refuse(80);
  return node;
}

TEST(StabilizeFallback, AsksPredecessorAndFingersNearestFirst) {
  Harness node({.self = 50, .predecessor = 180, .successors = {80}});
  ArrangeFallback(node);
  EXPECT_THAT(node.successors(), IsEmpty());
  EXPECT_THAT(node.asked(), ElementsAre(120));
  node.Refuse(120);
  EXPECT_THAT(node.asked(), ElementsAre(180));
  node.Refuse(180);
  EXPECT_THAT(node.asked(), ElementsAre(200));
}

TEST(StabilizeFallback, MakesTheFirstThatAnswersTheHead) {
  Harness node({.self = 50, .predecessor = 180, .successors = {80}});
  ArrangeFallback(node);
  node.Refuse(120);
  node.Answer(180, 120, {200, 50});
  EXPECT_THAT(node.successors(), ElementsAre(180, 200));
}

TEST(StabilizeFallback, StabilizesFromTheNewHeadAsFromAnyOther) {
  Harness node({.self = 50, .predecessor = 180, .successors = {80}});
  ArrangeFallback(node);
  node.Answer(120, 100, {180});
  EXPECT_THAT(node.asked(), ElementsAre(100)) << "the new head's predecessor lies between";
  node.Answer(100, 80, {120, 180});
  EXPECT_THAT(node.successors(), ElementsAre(100, 120, 180));
  EXPECT_THAT(node.notified(), ElementsAre(100));
}

TEST(StabilizeFallback, AsksASilentOneOnceMore) {
  Harness node({.self = 50, .predecessor = 180, .successors = {80}});
  ArrangeFallback(node);
  node.Timeout(120);
  EXPECT_THAT(node.asked(), ElementsAre(120));
  node.Timeout(120);
  EXPECT_THAT(node.asked(), ElementsAre(180));
}

TEST(StabilizeFallback, AsksThePredecessorThatFoundItAlone) {
  Harness node({.self = 50, .predecessor = 50});
  node.Deliver(Notify{At(20)});
  EXPECT_THAT(node.asked(), ElementsAre(20)) << "no successor, but a predecessor";
  EXPECT_THAT(node.successors(), IsEmpty()) << "20 has not answered yet";
  node.Answer(20, 50, {50});
  EXPECT_THAT(node.successors(), ElementsAre(20));
}

TEST(StabilizeFallback, NobodyAnswersThenItIsAlone) {
  Harness node({.self = 50, .predecessor = 180, .successors = {80}});
  ArrangeFallback(node);
  for (Id known : {120, 180, 200}) node.Refuse(known);
  EXPECT_THAT(node.successors(), IsEmpty());
  EXPECT_EQ(node.predecessor(), 50);
  EXPECT_THAT(node.asked(), IsEmpty());
  EXPECT_THAT(node.notified(), IsEmpty());
  EXPECT_THAT(node.moments(), Contains(Moment::kAlone));
}

TEST(StabilizeFallback, AloneItsRangeChangesLikeAnyOther) {
  Harness node({.self = 50, .predecessor = 180, .successors = {80}});
  ArrangeFallback(node);
  for (Id known : {120, 180, 200}) node.Refuse(known);
  EXPECT_THAT(node.range_changes(), ElementsAre(Changed(Range{180, 50}, Range{50, 50})));
  EXPECT_THAT(node.range_changes(), ElementsAre(Gained(Range{50, 180}, At(180))));
}

TEST(StabilizeFallback, AsksADeadServerOnceThoughItIsPredecessorToo) {
  Harness node({.self = 50, .predecessor = 80, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Refuse(80);
  EXPECT_THAT(node.asked(), IsEmpty());
  EXPECT_EQ(node.predecessor(), 50);
}

TEST(StabilizeFallback, AloneItIsFoundAgainByANotify) {
  Harness node({.self = 50, .predecessor = 80, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Refuse(80);
  node.CoolDown();
  node.Deliver(Notify{At(80)});
  EXPECT_EQ(node.predecessor(), 80);
  EXPECT_THAT(node.asked(), ElementsAre(80));
  node.Answer(80, 50, {50});
  EXPECT_THAT(node.successors(), ElementsAre(80));
}

// --- An answer that belongs to no open operation is dropped ---

TEST(StabilizeLateAnswers, OfAQuestionThatTimedOutIsDropped) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  const QuestionId first = node.question_to(80);
  node.Timeout(80);
  node.Deliver(RingAnswer{first, {At(50), AtAll({90})}});
  EXPECT_THAT(node.effects(), IsEmpty());
  EXPECT_THAT(node.successors(), ElementsAre(80));
}

TEST(StabilizeLateAnswers, OfADroppedHeadIsDropped) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  const QuestionId question = node.question_to(80);
  node.Timeout(80);
  node.Timeout(80);
  node.Deliver(RingAnswer{question, {At(50), AtAll({90})}});
  node.Answer(80, 50, {90});
  EXPECT_THAT(node.effects(), IsEmpty());
  EXPECT_THAT(node.successors(), ElementsAre(90)) << "the premise, 80 at the head, is gone";
}

TEST(StabilizeLateAnswers, GivenTwiceIsDropped) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 50, {90});
  node.Answer(80, 60, {100});
  EXPECT_THAT(node.effects(), IsEmpty());
  node.Refuse(80);
  EXPECT_THAT(node.effects(), IsEmpty());
  EXPECT_THAT(node.successors(), ElementsAre(80, 90));
}

TEST(StabilizeLateAnswers, AfterStopIsDropped) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Deliver(Stop{});
  node.Answer(80, 60, {90});
  EXPECT_THAT(node.effects(), IsEmpty());
  node.Deliver(Create{.command = 1});
  node.Answer(80, 60, {90});
  EXPECT_THAT(node.effects(), IsEmpty());
  EXPECT_THAT(node.successors(), IsEmpty());
}

TEST(StabilizeLateAnswers, ThatNobodyAskedForIsDropped) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  for (QuestionId question : {QuestionId{0}, node.question_to(80) + 1, ~QuestionId{0}}) {
    node.Deliver(RingAnswer{question, {At(60), AtAll({90})}});
    EXPECT_THAT(node.effects(), IsEmpty());
    node.Deliver(QuestionFailed{question, Failure::kUnreachable, "refused"});
    EXPECT_THAT(node.effects(), IsEmpty());
  }
}

TEST(StabilizeLateAnswers, OfTheWrongKindIsDropped) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Deliver(SuccessorAnswer{node.question_to(80), At(60)});
  EXPECT_THAT(node.effects(), IsEmpty());
  EXPECT_THAT(node.fingers(), IsEmpty());
}

// What comes between a question and its answer.
TEST(StabilizePremise, AnAdoptedNotifierDoesNotDisturbIt) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Deliver(Notify{At(40)});
  node.Answer(80, 50, {90});
  EXPECT_EQ(node.predecessor(), 40);
  EXPECT_THAT(node.successors(), ElementsAre(80, 90));
  EXPECT_THAT(node.notified(), ElementsAre(80));
}

TEST(StabilizePremise, AMemberAnswersWhileItWaits) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kStabilize);
  node.Deliver(GetRing{.call = 3});
  EXPECT_THAT(node.rings(), ElementsAre(RingView{At(20), AtAll({80})}));
}

// --- What the log is told ---

TEST(StabilizeMoments, NameTheChangeAndTheDead) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  EXPECT_THAT(node.moments(), ElementsAre(Moment::kStabilizing));
  node.Refuse(80);
  const std::vector<Trace> traces = node.all<Trace>();
  ASSERT_GE(traces.size(), 2u);
  EXPECT_EQ(traces[0].moment, Moment::kSuccessorFailed);
  EXPECT_EQ(traces[0].server, At(80));
  EXPECT_EQ(traces[1].moment, Moment::kSuccessorChanged);
  EXPECT_EQ(traces[1].server, At(90));
  EXPECT_EQ(traces[1].old, At(80));
}

}  // namespace
}  // namespace concord::core
