// Two members with one identifier: a node that was taken for dead was started again elsewhere. The
// later life stays, everywhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "harness.h"

namespace concord::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// 50, started at 1000, in the ring of 20, 50, 80.
struct Member50 : Harness {
  Member50() : Harness({.self = 50, .predecessor = 20, .successors = {80}, .incarnation = 1000}) {}

  void AnswerRival(std::uint64_t incarnation) {
    RingView ring{At(20), AtAll({80})};
    ring.incarnation = incarnation;
    Deliver(RingAnswer{question_to(50), ring});
  }
};

// --- The two of them ---

TEST(Rivals, TheHeadsPredecessorWithOurIdentifierIsAsked) {
  Member50 node;
  node.Fire(Timer::kStabilize);
  node.Deliver(RingAnswer{node.question_to(80), {OtherAt(50), AtAll({20})}});
  EXPECT_THAT(node.all<AskRing>(), ElementsAre(testing::Field(&AskRing::to, OtherAt(50))));
}

TEST(Rivals, TheEarlierGivesWay) {
  Member50 node;
  node.Fire(Timer::kStabilize);
  node.Deliver(RingAnswer{node.question_to(80), {OtherAt(50), AtAll({20})}});
  node.AnswerRival(1001);
  EXPECT_FALSE(node.member().joined());
  EXPECT_THAT(node.range_changes(), ElementsAre(Lost(Range{20, 50}, OtherAt(50))));
  EXPECT_EQ(node.range_changes().front().after, std::nullopt);
  EXPECT_THAT(node.moments(), testing::Contains(Moment::kReplaced));
  EXPECT_THAT(node.notified(), IsEmpty());
  EXPECT_EQ(node.routing(), nullptr);
}

TEST(Rivals, TheLaterStaysAndTellsTheEarlier) {
  Member50 node;
  node.Fire(Timer::kStabilize);
  node.Deliver(RingAnswer{node.question_to(80), {OtherAt(50), AtAll({20})}});
  node.AnswerRival(999);
  EXPECT_TRUE(node.member().joined());
  EXPECT_THAT(node.all<SendNotify>(), ElementsAre(testing::Field(&SendNotify::to, OtherAt(50))));
}

// Both must come to the same end of it, whatever their clocks say.
TEST(Rivals, OfTwoThatStartedAtOneTimeExactlyOneStays) {
  const bool other_is_later = OtherAt(50).address > At(50).address;
  Member50 node;
  node.Fire(Timer::kStabilize);
  node.Deliver(RingAnswer{node.question_to(80), {OtherAt(50), AtAll({20})}});
  node.AnswerRival(1000);
  EXPECT_EQ(node.member().joined(), !other_is_later);
  EXPECT_NE(IsLater(At(50), 7, OtherAt(50), 7), IsLater(OtherAt(50), 7, At(50), 7));
}

TEST(Rivals, WhoDoesNotAnswerIsAnEarlierLifeOfOurs) {
  Member50 node;
  node.Fire(Timer::kStabilize);
  node.Deliver(RingAnswer{node.question_to(80), {OtherAt(50), AtAll({20})}});
  EXPECT_THAT(node.notified(), ElementsAre(80)) << "who hears so that we are its predecessor";
  node.Refuse(50);
  EXPECT_TRUE(node.member().joined());
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Rivals, ANotificationFromOneIsLookedInto) {
  Member50 node;
  node.Deliver(Notify{OtherAt(50), 2000});
  EXPECT_TRUE(node.member().joined()) << "not before it has answered";
  EXPECT_THAT(node.asked(), ElementsAre(50));
  node.AnswerRival(2000);
  EXPECT_FALSE(node.member().joined());
}

// Who notifies as fast as it can makes us ask one question at a time.
TEST(Rivals, AreAskedOneAtATime) {
  Member50 node;
  node.Deliver(Notify{OtherAt(50), 2000});
  EXPECT_THAT(node.asked(), ElementsAre(50));
  node.Deliver(Notify{OtherAt(50), 2000});
  EXPECT_THAT(node.effects(), IsEmpty());
  node.Timeout(50);
  EXPECT_THAT(node.asked(), ElementsAre(50));
  node.Timeout(50);
  node.Deliver(Notify{OtherAt(50), 2000});
  EXPECT_THAT(node.asked(), ElementsAre(50)) << "and may be asked again";
}

// Found by the simulator: lone members probe without a pause, and their probes wait for the dead.
TEST(Rivals, WaitForNoProbeAndEndNone) {
  Member50 node;
  node.LearnFingers({120});
  node.Fire(Timer::kProbe);
  const QuestionId probe = node.seed_question();
  node.Deliver(Notify{OtherAt(50), 2000});
  EXPECT_THAT(node.asked(), ElementsAre(50));
  node.Deliver(SuccessorAnswer{probe, At(20)});
  EXPECT_THAT(node.notified(), ElementsAre(20));
  node.AnswerRival(2000);
  EXPECT_FALSE(node.member().joined());
}

// Found by the simulator: a lone member whose rival has the ring must make itself known.
TEST(Rivals, AreFoundByAProbeAndTold) {
  Harness node({.self = 50, .predecessor = 50, .incarnation = 1000});
  MemberState state = node.member().state();
  state.remembered.Remember(At(80));
  Member lone(node.member().options(), std::move(state));
  Effects effects = lone.Deliver(TimerFired{Timer::kStabilize});
  const QuestionId probe = std::get<AskSeed>(effects.back()).question;
  effects = lone.Deliver(SuccessorAnswer{probe, OtherAt(50)});
  ASSERT_EQ(effects.size(), 1u);
  EXPECT_EQ(std::get<AskRing>(effects.front()).to, OtherAt(50));
  RingView ring{At(20), AtAll({80})};
  ring.incarnation = 999;
  effects = lone.Deliver(RingAnswer{std::get<AskRing>(effects.front()).question, ring});
  ASSERT_EQ(effects.size(), 1u);
  EXPECT_EQ(std::get<SendNotify>(effects.front()).to, OtherAt(50));
}

TEST(Rivals, ThoseOfANodeThatSaysNoIncarnationArePassedOver) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{OtherAt(50), 2000});
  EXPECT_THAT(node.effects(), IsEmpty());
}

// --- Their successor ---

TEST(LaterLives, OfThePredecessorTakeItsPlaceAtOnce) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{At(20), 1000});
  node.Deliver(Notify{OtherAt(20), 1001});
  EXPECT_EQ(node.member().predecessor(), OtherAt(20));
  EXPECT_THAT(node.asked(), IsEmpty());
  EXPECT_THAT(node.range_changes(), IsEmpty()) << "its range is the same";
  node.Deliver(Notify{At(20), 1000});
  EXPECT_EQ(node.member().predecessor(), OtherAt(20)) << "the earlier is heard of again";
}

TEST(LaterLives, AnEarlierOneTakesItOnlyWhenTheLaterIsDead) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{At(20), 1000});
  node.Deliver(Notify{OtherAt(20), 999});
  EXPECT_EQ(node.member().predecessor(), At(20));
  node.Refuse(20);
  EXPECT_EQ(node.member().predecessor(), OtherAt(20));
}

TEST(LaterLives, AreToldByTheAnswersOfThePredecessorToo) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  RingView ring{At(10), AtAll({50})};
  ring.incarnation = 1000;
  node.Deliver(RingAnswer{node.question_to(20), ring});
  node.Deliver(Notify{OtherAt(20), 1001});
  EXPECT_EQ(node.member().predecessor(), OtherAt(20));
}

TEST(LaterLives, AreNotTakenOnTheWordOfWhoSaysNoIncarnation) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{At(20), 1000});
  node.Deliver(Notify{OtherAt(20)});
  EXPECT_EQ(node.member().predecessor(), At(20));
  EXPECT_THAT(node.asked(), ElementsAre(20));
}

}  // namespace
}  // namespace concord::core
