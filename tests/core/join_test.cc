// Join.
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

// A node that has begun to join.
struct Joiner : Harness {
  explicit Joiner(const std::vector<std::string>& seeds) : Harness({.self = 50}) {
    Deliver(Through(seeds));
  }
  // The seed names 80 as the successor, and 80 names 20 as its predecessor: 20 is asked now.
  void ReachPredecessor() {
    AnswerSeed(At(80));
    Answer(80, 20, {90});
  }
};

std::string Message(const Harness& node) {
  return node.finished().empty() ? "" : std::string(node.finished().front().message());
}

// --- Join, when all goes well ---

TEST(Join, AsksASeedForTheSuccessorOfItself) {
  Joiner node({"a:1", "b:1"});
  ASSERT_THAT(node.asked_seeds(), ElementsAre("a:1"));
  EXPECT_THAT(node.sought(), ElementsAre(50));
  EXPECT_TRUE(node.member().joining());
  EXPECT_FALSE(node.member().joined());
}

TEST(Join, HasExactlyTheTimeItWasGiven) {
  Joiner node({"a:1"});
  EXPECT_EQ(node.delay(Timer::kJoinTimeout), absl::Seconds(30));
  EXPECT_FALSE(node.jittered(Timer::kJoinTimeout));
}

TEST(Join, AsksTheSuccessorForItsRing) {
  Joiner node({"a:1"});
  node.AnswerSeed(At(80));
  EXPECT_THAT(node.asked(), ElementsAre(80));
  EXPECT_FALSE(node.member().joined()) << "adopted only after it has answered";
}

TEST(Join, AsksThePredecessorOfTheSuccessorForItsRing) {
  Joiner node({"a:1"});
  node.AnswerSeed(At(80));
  node.Answer(80, 20, {90, 100});
  EXPECT_THAT(node.asked(), ElementsAre(20));
  EXPECT_FALSE(node.member().joined()) << "80 may not know everybody whom 20 knows";
}

TEST(Join, TakesThePredecessorsListAndThePredecessor) {
  Joiner node({"a:1"});
  node.ReachPredecessor();
  node.Answer(20, 5, {80, 90, 100});
  EXPECT_THAT(node.successors(), ElementsAre(80, 90, 100));
  EXPECT_EQ(node.predecessor(), 20);
  EXPECT_FALSE(node.member().joining());
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(StatusCode::kOk)));
  EXPECT_THAT(node.finished_commands(), ElementsAre(7));
}

TEST(Join, SkipsNobodyWhomOnlyThePredecessorKnows) {
  Joiner node({"a:1"});
  node.ReachPredecessor();
  node.Answer(20, 5, {60, 80, 90});
  EXPECT_THAT(node.successors(), ElementsAre(60, 80, 90));
  EXPECT_EQ(node.predecessor(), 20);
}

TEST(Join, AddsNobodyWhomThePredecessorDoesNotKnow) {
  Joiner node({"a:1"});
  node.ReachPredecessor();
  node.Answer(20, 5, {90, 100});  // it has not met 80 yet
  EXPECT_THAT(node.successors(), ElementsAre(90, 100));
}

TEST(Join, AsksThePredecessorsHeadWhileThatIsBeforeIt) {
  Joiner node({"a:1"});
  node.ReachPredecessor();
  node.Answer(20, 5, {30, 80, 90});  // 80 has not met 30 yet
  EXPECT_THAT(node.asked(), ElementsAre(30));
  node.Answer(30, 20, {49, 80});
  EXPECT_THAT(node.asked(), ElementsAre(49));
  EXPECT_FALSE(node.member().joined());
  node.Answer(49, 30, {51, 80});
  EXPECT_THAT(node.successors(), ElementsAre(51, 80));
  EXPECT_EQ(node.predecessor(), 49);
}

TEST(Join, CutsTheListToItsLengthAndAtItself) {
  Harness node({.self = 50, .successor_count = 2});
  node.JoinRing(20, {80, 90, 100});
  EXPECT_THAT(node.successors(), ElementsAre(80, 90));

  Harness again({.self = 50});
  again.JoinRing(20, {80, 20, 50, 80});
  EXPECT_THAT(again.successors(), ElementsAre(80, 20));
}

TEST(Join, AsksAMemberThatIsAloneOnceMore) {
  Joiner node({"a:1"});
  node.AnswerSeed(At(80));
  node.Answer(80, 80, {80});
  EXPECT_THAT(node.asked(), ElementsAre(80)) << "it is its own predecessor";
  EXPECT_FALSE(node.member().joined());
  node.Answer(80, 80, {80});
  EXPECT_THAT(node.successors(), ElementsAre(80));
  EXPECT_EQ(node.predecessor(), 80);
  EXPECT_EQ(node.member().range(), (Range{80, 50}));
}

TEST(Join, StabilizesAtOnce) {
  Harness node({.self = 50});
  node.JoinRing(20, {80, 90});
  EXPECT_THAT(node.asked(), ElementsAre(80));
  node.Answer(80, 20, {90});
  EXPECT_THAT(node.notified(), ElementsAre(80));
}

TEST(Join, StartsItsPeriods) {
  Harness node({.self = 50});
  node.JoinRing(20, {80, 90});
  for (Timer timer : {Timer::kStabilize, Timer::kCheckPredecessor, Timer::kFixFinger}) {
    EXPECT_TRUE(node.delay(timer));
  }
}

TEST(Join, AsksAgainWhenSomebodyJoinedMeanwhile) {
  Joiner node({"a:1"});
  node.AnswerSeed(At(80));
  node.Answer(80, 70, {90});
  EXPECT_THAT(node.asked(), ElementsAre(70));
  node.Answer(70, 60, {80, 90});
  EXPECT_THAT(node.asked(), ElementsAre(60));
  EXPECT_FALSE(node.member().joined());
  node.Answer(60, 20, {70, 80});
  node.Answer(20, 5, {60, 70, 80});
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
  Joiner node({"a:1", "b:1"});
  node.FailSeed();
  EXPECT_THAT(node.asked_seeds(), ElementsAre("b:1"));
}

TEST(Join, AsksTheNextSeedWhenOneIsSilent) {
  Joiner node({"a:1", "b:1"});
  node.FailSeed(Failure::kTimeout);
  EXPECT_THAT(node.asked_seeds(), ElementsAre("b:1"));
}

TEST(Join, AsksTheNextSeedWhenTheSuccessorIsDead) {
  Joiner node({"a:1", "b:1"});
  node.AnswerSeed(At(80));
  node.Refuse(80);
  EXPECT_THAT(node.asked_seeds(), ElementsAre("b:1"));
  EXPECT_FALSE(node.member().joined());
}

TEST(Join, AsksASilentSuccessorOnceMore) {
  Joiner node({"a:1", "b:1"});
  node.AnswerSeed(At(80));
  node.Timeout(80);
  EXPECT_THAT(node.asked(), ElementsAre(80));
  EXPECT_THAT(node.asked_seeds(), IsEmpty());
  node.Timeout(80);
  EXPECT_THAT(node.asked_seeds(), ElementsAre("b:1"));
}

TEST(Join, TakesTheSecondAnswerOfASilentSuccessor) {
  Joiner node({"a:1"});
  node.AnswerSeed(At(80));
  const QuestionId first = node.question_to(80);
  node.Timeout(80);
  node.Deliver(RingAnswer{first, {At(70), AtAll({90})}});
  EXPECT_THAT(node.effects(), IsEmpty()) << "the question that timed out is closed";
  node.Answer(80, 20, {90});
  EXPECT_THAT(node.asked(), ElementsAre(20));
}

TEST(Join, AsksTheNextSeedWhenHeWhoJoinedMeanwhileIsDead) {
  Joiner node({"a:1", "b:1"});
  node.AnswerSeed(At(80));
  node.Answer(80, 70, {90});
  node.Refuse(70);
  EXPECT_THAT(node.asked_seeds(), ElementsAre("b:1"));
}

TEST(Join, AsksTheNextSeedWhenThePredecessorIsDead) {
  Joiner node({"a:1", "b:1"});
  node.ReachPredecessor();
  node.Refuse(20);
  EXPECT_THAT(node.asked_seeds(), ElementsAre("b:1"));
  EXPECT_FALSE(node.member().joined());
  node.Fire(Timer::kJoinTimeout);
  EXPECT_THAT(Message(node), HasSubstr("a:1: it named n20 at host20:1: refused"));
}

TEST(Join, AsksASilentPredecessorOnceMore) {
  Joiner node({"a:1", "b:1"});
  node.AnswerSeed(At(80));
  node.Timeout(80);
  node.Answer(80, 20, {90});
  node.Timeout(20);
  EXPECT_THAT(node.asked(), ElementsAre(20)) << "the silence of 80 is not held against 20";
  node.Timeout(20);
  EXPECT_THAT(node.asked_seeds(), ElementsAre("b:1"));
}

TEST(Join, TakesTheSecondAnswerOfASilentPredecessor) {
  Joiner node({"a:1"});
  node.ReachPredecessor();
  const QuestionId first = node.question_to(20);
  node.Timeout(20);
  node.Deliver(RingAnswer{first, {At(5), AtAll({90})}});
  EXPECT_THAT(node.effects(), IsEmpty()) << "the question that timed out is closed";
  node.Answer(20, 5, {80, 90});
  EXPECT_THAT(node.successors(), ElementsAre(80, 90));
}

TEST(Join, AsksTheNextSeedWhenThePredecessorsHeadIsDead) {
  Joiner node({"a:1", "b:1"});
  node.ReachPredecessor();
  node.Answer(20, 5, {40, 80});
  node.Refuse(40);
  EXPECT_THAT(node.asked_seeds(), ElementsAre("b:1"));
  node.Fire(Timer::kJoinTimeout);
  EXPECT_THAT(Message(node), HasSubstr("a:1: it named n40 at host40:1: refused"));
}

TEST(Join, AsksTheNextSeedWhenThePredecessorNamesNoSuccessor) {
  Joiner node({"a:1", "b:1"});
  node.ReachPredecessor();
  node.Answer(20, 5, {});
  EXPECT_THAT(node.asked_seeds(), ElementsAre("b:1"));
  EXPECT_FALSE(node.member().joined());
  node.Fire(Timer::kJoinTimeout);
  EXPECT_THAT(Message(node), HasSubstr("a:1: it named n20 at host20:1: has no successor"));
}

TEST(Join, PausesWhenEverySeedHasFailedThenBeginsAnew) {
  Joiner node({"a:1", "b:1"});
  node.FailSeed();
  node.FailSeed();
  EXPECT_THAT(node.asked_seeds(), IsEmpty());
  EXPECT_TRUE(node.jittered(Timer::kJoinRetry));
  node.Fire(Timer::kJoinRetry);
  EXPECT_THAT(node.asked_seeds(), ElementsAre("a:1"));
}

TEST(Join, DoublesItsPauseUpToTheCeiling) {
  Joiner node({"a:1"});
  for (int milliseconds : {100, 200, 400, 800, 1600, 2000, 2000}) {
    node.FailSeed();
    EXPECT_EQ(node.delay(Timer::kJoinRetry), absl::Milliseconds(milliseconds));
    node.Fire(Timer::kJoinRetry);
  }
}

TEST(Join, BeginsEveryJoinWithTheShortestPause) {
  Joiner node({"a:1"});
  node.FailSeed();
  node.Fire(Timer::kJoinTimeout);
  node.Deliver(Through({"a:1"}));
  node.FailSeed();
  EXPECT_EQ(node.delay(Timer::kJoinRetry), absl::Milliseconds(100));
}

// --- Join, when somebody has our identifier ---

TEST(Join, AsksWhetherAServerWithOurIdentifierIsAlive) {
  Joiner node({"a:1"});
  node.AnswerSeed(OtherAt(50));
  EXPECT_THAT(node.all<AskRing>(), ElementsAre(testing::Field(&AskRing::to, OtherAt(50))));
  EXPECT_THAT(node.finished(), IsEmpty());
}

TEST(Join, SaysAlreadyExistsWhenItIsAlive) {
  Joiner node({"a:1"});
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
  Joiner node({"a:1", "b:1"});
  node.AnswerSeed(OtherAt(50));
  node.Refuse(50);
  EXPECT_THAT(node.finished(), IsEmpty());
  EXPECT_THAT(node.asked_seeds(), ElementsAre("b:1"));
}

TEST(Join, SeesADuplicateThatIsTheSuccessorsPredecessor) {
  Joiner node({"a:1"});
  node.AnswerSeed(At(80));
  node.Deliver(RingAnswer{node.question_to(80), {OtherAt(50), AtAll({90})}});
  EXPECT_THAT(node.all<AskRing>(), ElementsAre(testing::Field(&AskRing::to, OtherAt(50))));
  node.Answer(50, 20, {80});
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(StatusCode::kAlreadyExists)));
}

TEST(Join, SeesADuplicateThatIsThePredecessorsHead) {
  Joiner node({"a:1"});
  node.ReachPredecessor();
  node.Deliver(RingAnswer{node.question_to(20), {At(5), {OtherAt(50), At(80)}}});
  EXPECT_THAT(node.all<AskRing>(), ElementsAre(testing::Field(&AskRing::to, OtherAt(50))));
  node.Answer(50, 20, {80});
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(StatusCode::kAlreadyExists)));
}

TEST(Join, WaitsUntilTheRingHasForgottenAnEarlierLife) {
  Joiner node({"a:1"});
  node.AnswerSeed(At(50));
  EXPECT_THAT(node.asked(), IsEmpty()) << "nobody asks himself";
  EXPECT_TRUE(node.delay(Timer::kJoinRetry));
  node.Fire(Timer::kJoinRetry);
  node.AnswerSeed(At(80));
  node.Answer(80, 50, {90});  // the successor remembers it too
  EXPECT_FALSE(node.member().joined());
  EXPECT_TRUE(node.delay(Timer::kJoinRetry));
  node.Fire(Timer::kJoinRetry);
  node.ReachPredecessor();
  node.Answer(20, 5, {50, 80});  // and so does the predecessor
  EXPECT_THAT(node.asked(), IsEmpty());
  EXPECT_TRUE(node.delay(Timer::kJoinRetry));
  node.Fire(Timer::kJoinRetry);
  node.ReachPredecessor();
  node.Answer(20, 5, {80, 90});
  EXPECT_TRUE(node.member().joined());
}

TEST(Join, NamesAnEarlierLifeAsTheReasonWhenTimeIsUp) {
  Joiner node({"a:1"});
  node.ReachPredecessor();
  node.Answer(20, 5, {50, 80});
  node.Fire(Timer::kJoinTimeout);
  EXPECT_THAT(Message(node), HasSubstr("a:1: the ring still remembers an earlier life"));
}

// --- Join, when it ends otherwise ---

TEST(Join, NamesEachSeedAndItsLastErrorWhenTimeIsUp) {
  Joiner node({"a:1", "b:1", "c:1"});
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
  Joiner node({"a:1"});
  node.FailSeed(Failure::kUnreachable, "connection refused");
  node.Fire(Timer::kJoinRetry);
  node.FailSeed(Failure::kTimeout, "no answer within 2s");
  node.Fire(Timer::kJoinTimeout);
  EXPECT_THAT(Message(node), HasSubstr("a:1: no answer within 2s"));
  EXPECT_THAT(Message(node), Not(HasSubstr("connection refused")));
}

TEST(Join, MayBeTriedAgainAfterItsTimeIsUp) {
  Joiner node({"a:1"});
  node.Fire(Timer::kJoinTimeout);
  node.JoinRing(20, {80});
  EXPECT_THAT(node.successors(), ElementsAre(80));
}

// --- Join, and what does not belong to it ---

TEST(Join, DropsAnswersThatComeAfterItsEnd) {
  Joiner node({"a:1"});
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
  Joiner node({"a:1"});
  const QuestionId earlier = node.seed_question();
  node.Deliver(Stop{});
  node.Deliver(Through({"b:1"}));
  node.Deliver(SuccessorAnswer{earlier, At(80)});
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Join, DropsASecondAnswerToTheSameQuestion) {
  Joiner node({"a:1", "b:1"});
  node.AnswerSeed(At(80));
  node.AnswerSeed(At(90));
  EXPECT_THAT(node.effects(), IsEmpty());
  node.FailSeed();
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Join, DropsAnswersWhileItPauses) {
  Joiner node({"a:1", "b:1"});
  node.FailSeed();
  node.FailSeed();
  node.FailSeed();
  EXPECT_THAT(node.effects(), IsEmpty()) << "the failure was heard already; the pause goes on";
  node.AnswerSeed(At(80));
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Join, DropsAnswersToAQuestionThatNeverWas) {
  Joiner node({"a:1"});
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
  Joiner node({"a:1"});
  node.Deliver(RingAnswer{node.seed_question(), {At(20), AtAll({90})}});
  EXPECT_THAT(node.effects(), IsEmpty()) << "a seed is asked for a successor, not for its ring";
  EXPECT_FALSE(node.member().joined());
  node.AnswerSeed(At(80));
  node.Deliver(SuccessorAnswer{node.question_to(80), At(90)});
  EXPECT_THAT(node.effects(), IsEmpty()) << "80 is asked for its ring, not for a successor";
  node.Answer(80, 20, {90});
  node.Deliver(SuccessorAnswer{node.question_to(20), At(90)});
  EXPECT_THAT(node.effects(), IsEmpty()) << "and so is 20";
}

TEST(Join, PassesOverARetryThatIsNotDue) {
  Joiner node({"a:1"});
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

// --- A ring that was stopped as a whole ---

TEST(JoinFound, WhenNobodyLetsUsInTheRingIsBegunAnew) {
  Harness node({.self = 50});
  node.Deliver(
      Join{.command = 7, .seeds = {"a:1", "b:1"}, .timeout = absl::Seconds(30), .founds = true});
  node.FailSeed();
  node.Fire(Timer::kFoundRing);
  EXPECT_THAT(node.finished(), ElementsAre(absl::OkStatus()));
  EXPECT_EQ(node.member().range(), (Range{50, 50}));
  EXPECT_EQ(node.member().state().remembered.size(), 2u) << "in case that they are there after all";
  node.Fire(Timer::kStabilize);
  EXPECT_EQ(node.asked_seeds().size(), 1u);
}

TEST(JoinFound, InTurnByAddressAndInTheFirstHalfOfTheTime) {
  const auto turn = [](std::vector<std::string> seeds, absl::Duration timeout) {
    Harness node({.self = 50});
    node.Deliver(Join{.command = 7, .seeds = std::move(seeds), .timeout = timeout, .founds = true});
    return *node.delay(Timer::kFoundRing) / absl::Seconds(1);
  };
  ASSERT_EQ(At(50).address, "host50:1");
  EXPECT_EQ(turn({"z:1"}, absl::Minutes(10)), 4);
  EXPECT_EQ(turn({"a:1", "z:1", "b:1"}, absl::Minutes(10)), 12);
  EXPECT_EQ(turn({"a:1", "z:1", "b:1"}, absl::Seconds(16)), 6);
  EXPECT_EQ(turn(std::vector<std::string>(59, "a:1"), absl::Seconds(30)), 15);
}

TEST(JoinFound, NotWhenSomebodyHas) {
  Harness node({.self = 50});
  node.Deliver(Join{.command = 7, .seeds = {"a:1"}, .timeout = absl::Seconds(30), .founds = true});
  node.AnswerSeed(At(80));
  node.Answer(80, 20, {});
  node.Answer(20, 80, {80});
  ASSERT_TRUE(node.member().joined());
  node.Fire(Timer::kFoundRing);
  EXPECT_EQ(node.predecessor(), 20u);
  EXPECT_THAT(node.finished(), testing::IsEmpty());
}

TEST(JoinFound, NotUnlessAskedFor) {
  Harness node({.self = 50});
  node.Deliver(Join{.command = 7, .seeds = {"a:1"}, .timeout = absl::Seconds(30)});
  EXPECT_EQ(node.delay(Timer::kFoundRing), std::nullopt);
  node.Fire(Timer::kFoundRing);  // of an earlier Join that has ended
  EXPECT_FALSE(node.member().joined());
}

}  // namespace
}  // namespace concord::core
