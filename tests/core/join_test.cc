// Create and Join.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness.h"

namespace concord::core {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Join Through(const std::vector<std::string>& seeds) {
  return {.command = 7, .seeds = seeds, .timeout = absl::Seconds(30)};
}

std::string Message(const Harness& node) {
  return node.finished().empty() ? "" : std::string(node.finished().front().message());
}

// --- Create ---

TEST(Create, OwnsTheWholeCircleAlone) {
  Harness node({.self = 50});
  node.Deliver(Create{.command = 7});
  EXPECT_EQ(node.predecessor(), 50);
  EXPECT_THAT(node.successors(), IsEmpty());
  EXPECT_EQ(node.member().range(), (Range{50, 50}));
  EXPECT_THAT(node.all<CommandFinished>(),
              ElementsAre(testing::Field(&CommandFinished::command, CommandId{7})));
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
  node.Deliver(Through({"a:1"}));
  node.Deliver(Create{.command = 8});
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(StatusCode::kFailedPrecondition)));
  EXPECT_FALSE(node.member().joined());
  EXPECT_TRUE(node.member().joining());
}

// --- Join, when all goes well ---

TEST(Join, AsksASeedForTheSuccessorOfItself) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1", "b:1"}));
  ASSERT_THAT(node.asked_seeds(), ElementsAre("a:1"));
  EXPECT_THAT(node.sought(), ElementsAre(50));
  EXPECT_TRUE(node.member().joining());
  EXPECT_FALSE(node.member().joined());
}

TEST(Join, HasExactlyTheTimeItWasGiven) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  EXPECT_EQ(node.delay(Timer::kJoinTimeout), absl::Seconds(30));
  EXPECT_FALSE(node.jittered(Timer::kJoinTimeout));
}

TEST(Join, AsksTheSuccessorForItsRing) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.AnswerSeed(At(80));
  EXPECT_THAT(node.asked(), ElementsAre(80));
  EXPECT_FALSE(node.member().joined()) << "adopted only after it has answered";
}

TEST(Join, TakesTheSuccessorsListAndPredecessor) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.AnswerSeed(At(80));
  node.Answer(80, 20, {90, 100});
  EXPECT_THAT(node.successors(), ElementsAre(80, 90, 100));
  EXPECT_EQ(node.predecessor(), 20);
  EXPECT_FALSE(node.member().joining());
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(StatusCode::kOk)));
  EXPECT_THAT(node.finished_commands(), ElementsAre(7));
}

TEST(Join, CutsTheListToItsLengthAndAtItself) {
  Harness node({.self = 50, .successor_count = 2});
  node.Deliver(Through({"a:1"}));
  node.AnswerSeed(At(80));
  node.Answer(80, 20, {90, 100, 110});
  EXPECT_THAT(node.successors(), ElementsAre(80, 90));

  Harness again({.self = 50});
  again.Deliver(Through({"a:1"}));
  again.AnswerSeed(At(80));
  again.Answer(80, 20, {20, 50, 80});
  EXPECT_THAT(again.successors(), ElementsAre(80, 20));
}

TEST(Join, ToAMemberThatIsAlone) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.AnswerSeed(At(80));
  node.Answer(80, 80, {80});
  EXPECT_THAT(node.successors(), ElementsAre(80));
  EXPECT_EQ(node.predecessor(), 80);
  EXPECT_EQ(node.member().range(), (Range{80, 50}));
}

TEST(Join, StabilizesAtOnce) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.AnswerSeed(At(80));
  node.Answer(80, 20, {90});
  EXPECT_THAT(node.asked(), ElementsAre(80));
  node.Answer(80, 20, {90});
  EXPECT_THAT(node.notified(), ElementsAre(80));
}

TEST(Join, StartsItsPeriods) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.AnswerSeed(At(80));
  node.Answer(80, 20, {90});
  for (Timer timer : {Timer::kStabilize, Timer::kCheckPredecessor, Timer::kFixFinger}) {
    EXPECT_TRUE(node.delay(timer));
  }
}

TEST(Join, AsksAgainWhenSomebodyJoinedMeanwhile) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.AnswerSeed(At(80));
  node.Answer(80, 70, {90});
  EXPECT_THAT(node.asked(), ElementsAre(70));
  node.Answer(70, 60, {80, 90});
  EXPECT_THAT(node.asked(), ElementsAre(60));
  EXPECT_FALSE(node.member().joined());
  node.Answer(60, 20, {70, 80});
  EXPECT_THAT(node.successors(), ElementsAre(60, 70, 80));
  EXPECT_EQ(node.predecessor(), 20);
}

TEST(Join, BeginsWithNoFingersOfAnEarlierLife) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.LearnFingers({120});
  node.Deliver(Stop{});
  node.JoinRing(20, {80});
  EXPECT_THAT(node.fingers(), IsEmpty());
}

// --- Join, when a seed is of no use ---

TEST(Join, AsksTheNextSeedWhenOneFails) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1", "b:1"}));
  node.FailSeed();
  EXPECT_THAT(node.asked_seeds(), ElementsAre("b:1"));
}

TEST(Join, AsksTheNextSeedWhenOneIsSilent) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1", "b:1"}));
  node.FailSeed(Failure::kTimeout);
  EXPECT_THAT(node.asked_seeds(), ElementsAre("b:1"));
}

TEST(Join, AsksTheNextSeedWhenTheSuccessorIsDead) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1", "b:1"}));
  node.AnswerSeed(At(80));
  node.Refuse(80);
  EXPECT_THAT(node.asked_seeds(), ElementsAre("b:1"));
  EXPECT_FALSE(node.member().joined());
}

TEST(Join, AsksASilentSuccessorOnceMore) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1", "b:1"}));
  node.AnswerSeed(At(80));
  node.Timeout(80);
  EXPECT_THAT(node.asked(), ElementsAre(80));
  EXPECT_THAT(node.asked_seeds(), IsEmpty());
  node.Timeout(80);
  EXPECT_THAT(node.asked_seeds(), ElementsAre("b:1"));
}

TEST(Join, TakesTheSecondAnswerOfASilentSuccessor) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.AnswerSeed(At(80));
  const QuestionId first = node.question_to(80);
  node.Timeout(80);
  node.Deliver(RingAnswer{first, {At(70), AtAll({90})}});
  EXPECT_THAT(node.effects(), IsEmpty()) << "the question that timed out is closed";
  node.Answer(80, 20, {90});
  EXPECT_THAT(node.successors(), ElementsAre(80, 90));
}

TEST(Join, AsksTheNextSeedWhenHeWhoJoinedMeanwhileIsDead) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1", "b:1"}));
  node.AnswerSeed(At(80));
  node.Answer(80, 70, {90});
  node.Refuse(70);
  EXPECT_THAT(node.asked_seeds(), ElementsAre("b:1"));
}

TEST(Join, PausesWhenEverySeedHasFailedThenBeginsAnew) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1", "b:1"}));
  node.FailSeed();
  node.FailSeed();
  EXPECT_THAT(node.asked_seeds(), IsEmpty());
  EXPECT_TRUE(node.jittered(Timer::kJoinRetry));
  node.Fire(Timer::kJoinRetry);
  EXPECT_THAT(node.asked_seeds(), ElementsAre("a:1"));
}

TEST(Join, DoublesItsPauseUpToTheCeiling) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  for (int milliseconds : {100, 200, 400, 800, 1600, 2000, 2000}) {
    node.FailSeed();
    EXPECT_EQ(node.delay(Timer::kJoinRetry), absl::Milliseconds(milliseconds));
    node.Fire(Timer::kJoinRetry);
  }
}

TEST(Join, BeginsEveryJoinWithTheShortestPause) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.FailSeed();
  node.Fire(Timer::kJoinTimeout);
  node.Deliver(Through({"a:1"}));
  node.FailSeed();
  EXPECT_EQ(node.delay(Timer::kJoinRetry), absl::Milliseconds(100));
}

// --- Join, when somebody has our identifier ---

TEST(Join, AsksWhetherAServerWithOurIdentifierIsAlive) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.AnswerSeed(OtherAt(50));
  EXPECT_THAT(node.all<AskRing>(), ElementsAre(testing::Field(&AskRing::to, OtherAt(50))));
  EXPECT_THAT(node.finished(), IsEmpty());
}

TEST(Join, SaysAlreadyExistsWhenItIsAlive) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.AnswerSeed(OtherAt(50));
  node.Answer(50, 20, {80});
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(StatusCode::kAlreadyExists)));
  EXPECT_THAT(Message(node), HasSubstr("50"));
  EXPECT_THAT(Message(node), HasSubstr("elsewhere50:1"));
  EXPECT_FALSE(node.member().joined());
  EXPECT_FALSE(node.member().joining());
  EXPECT_THAT(node.range_changes(), IsEmpty());
}

TEST(Join, AsksTheNextSeedWhenItIsDead) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1", "b:1"}));
  node.AnswerSeed(OtherAt(50));
  node.Refuse(50);
  EXPECT_THAT(node.finished(), IsEmpty());
  EXPECT_THAT(node.asked_seeds(), ElementsAre("b:1"));
}

TEST(Join, SeesADuplicateThatIsTheSuccessorsPredecessor) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.AnswerSeed(At(80));
  node.Deliver(RingAnswer{node.question_to(80), {OtherAt(50), AtAll({90})}});
  EXPECT_THAT(node.all<AskRing>(), ElementsAre(testing::Field(&AskRing::to, OtherAt(50))));
  node.Answer(50, 20, {80});
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(StatusCode::kAlreadyExists)));
}

TEST(Join, WaitsUntilTheRingHasForgottenAnEarlierLife) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.AnswerSeed(At(50));
  EXPECT_THAT(node.asked(), IsEmpty()) << "nobody asks himself";
  EXPECT_TRUE(node.delay(Timer::kJoinRetry));
  node.Fire(Timer::kJoinRetry);
  node.AnswerSeed(At(80));
  node.Answer(80, 50, {90});  // the successor remembers it too
  EXPECT_FALSE(node.member().joined());
  EXPECT_TRUE(node.delay(Timer::kJoinRetry));
  node.Fire(Timer::kJoinRetry);
  node.AnswerSeed(At(80));
  node.Answer(80, 20, {90});
  EXPECT_TRUE(node.member().joined());
}

// --- Join, when it ends otherwise ---

TEST(Join, NamesEachSeedAndItsLastErrorWhenTimeIsUp) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1", "b:1", "c:1"}));
  node.FailSeed(Failure::kUnreachable, "connection refused");
  node.AnswerSeed(At(80));
  node.Refuse(80);
  node.Fire(Timer::kJoinTimeout);
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(StatusCode::kUnavailable)));
  EXPECT_THAT(Message(node), HasSubstr("30s"));
  EXPECT_THAT(Message(node), HasSubstr("a:1: connection refused"));
  EXPECT_THAT(Message(node), HasSubstr("b:1: it named n80 at host80:1: refused"));
  EXPECT_THAT(Message(node), HasSubstr("c:1: not asked yet"));
  EXPECT_FALSE(node.member().joining());
}

TEST(Join, NamesTheLastErrorOfASeedNotTheFirst) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.FailSeed(Failure::kUnreachable, "connection refused");
  node.Fire(Timer::kJoinRetry);
  node.FailSeed(Failure::kTimeout, "no answer within 2s");
  node.Fire(Timer::kJoinTimeout);
  EXPECT_THAT(Message(node), HasSubstr("a:1: no answer within 2s"));
  EXPECT_THAT(Message(node), Not(HasSubstr("connection refused")));
}

TEST(Join, MayBeTriedAgainAfterItsTimeIsUp) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.Fire(Timer::kJoinTimeout);
  node.JoinRing(20, {80});
  EXPECT_THAT(node.successors(), ElementsAre(80));
}

TEST(Join, IsRefusedToAMember) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Through({"a:1"}));
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(StatusCode::kFailedPrecondition)));
  EXPECT_EQ(node.effects().size(), 1u);
}

TEST(Join, IsRefusedWhileJoining) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.Deliver(Join{.command = 8, .seeds = {"b:1"}, .timeout = absl::Seconds(1)});
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(StatusCode::kFailedPrecondition)));
  EXPECT_THAT(node.finished_commands(), ElementsAre(8));
  EXPECT_EQ(node.effects().size(), 1u) << "the first join goes on undisturbed";
}

TEST(Join, IsCancelledByStop) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.Deliver(Stop{});
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(StatusCode::kCancelled)));
  EXPECT_THAT(node.finished_commands(), ElementsAre(7));
  EXPECT_FALSE(node.member().joining());
  EXPECT_THAT(node.range_changes(), IsEmpty());
}

// --- Join, and what does not belong to it ---

TEST(Join, DropsAnswersThatComeAfterItsEnd) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.AnswerSeed(At(80));
  node.Fire(Timer::kJoinTimeout);
  node.Answer(80, 20, {90});
  EXPECT_THAT(node.effects(), IsEmpty());
  node.AnswerSeed(At(80));
  EXPECT_THAT(node.effects(), IsEmpty());
  node.FailSeed();
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Join, DropsTheAnswerOfAnEarlierJoin) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  const QuestionId earlier = node.seed_question();
  node.Deliver(Stop{});
  node.Deliver(Through({"b:1"}));
  node.Deliver(SuccessorAnswer{earlier, At(80)});
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Join, DropsASecondAnswerToTheSameQuestion) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1", "b:1"}));
  node.AnswerSeed(At(80));
  node.AnswerSeed(At(90));
  EXPECT_THAT(node.effects(), IsEmpty());
  node.FailSeed();
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Join, DropsAnswersWhileItPauses) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1", "b:1"}));
  node.FailSeed();
  node.FailSeed();
  node.FailSeed();
  EXPECT_THAT(node.effects(), IsEmpty()) << "the failure was heard already; the pause goes on";
  node.AnswerSeed(At(80));
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Join, DropsAnswersToAQuestionThatNeverWas) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.FailSeed();  // now it pauses, and no question is open
  for (QuestionId question : {QuestionId{0}, node.seed_question() + 1}) {
    node.Deliver(RingAnswer{question, {At(20), AtAll({90})}});
    EXPECT_THAT(node.effects(), IsEmpty());
    node.Deliver(SuccessorAnswer{question, At(80)});
    EXPECT_THAT(node.effects(), IsEmpty());
    for (Failure failure : {Failure::kTimeout, Failure::kUnreachable}) {
      node.Deliver(QuestionFailed{question, failure, "refused"});
      EXPECT_THAT(node.effects(), IsEmpty());
    }
  }
  EXPECT_FALSE(node.member().joined());
}

TEST(Join, DropsAnAnswerOfTheWrongKind) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.Deliver(RingAnswer{node.seed_question(), {At(20), AtAll({90})}});
  EXPECT_THAT(node.effects(), IsEmpty()) << "a seed is asked for a successor, not for its ring";
  EXPECT_FALSE(node.member().joined());
  node.AnswerSeed(At(80));
  node.Deliver(SuccessorAnswer{node.question_to(80), At(90)});
  EXPECT_THAT(node.effects(), IsEmpty()) << "80 is asked for its ring, not for a successor";
}

TEST(Join, PassesOverARetryThatIsNotDue) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.Fire(Timer::kJoinRetry);
  EXPECT_THAT(node.effects(), IsEmpty());
  node.AnswerSeed(At(80));
  node.Fire(Timer::kJoinRetry);
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Join, PassesOverItsTimersOnceJoined) {
  Harness node({.self = 50});
  node.JoinRing(20, {80});
  for (Timer timer : {Timer::kJoinTimeout, Timer::kJoinRetry}) {
    node.Fire(timer);
    EXPECT_THAT(node.effects(), IsEmpty());
  }
}

TEST(Join, IsNoMemberYet) {
  Harness node({.self = 50});
  node.Deliver(Through({"a:1"}));
  node.Deliver(Notify{At(40)});
  EXPECT_THAT(node.effects(), IsEmpty());
  node.Deliver(GetRing{.call = 3});
  EXPECT_THAT(node.all<AnswerRing>(), ElementsAre(testing::Field(&AnswerRing::ring, std::nullopt)));
}

}  // namespace
}  // namespace concord::core
