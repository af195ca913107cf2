// A failed call anywhere is evidence: it triggers the matching step at once, rate-limited.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness.h"

namespace concord::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// --- Against a successor ---

TEST(Evidence, AgainstAnySuccessorStabilizesAtOnce) {
  for (Id suspect : {80, 90, 100}) {
    Harness node({.self = 50, .predecessor = 20, .successors = {80, 90, 100}});
    node.Deliver(Evidence{At(suspect)});
    EXPECT_THAT(node.asked(), ElementsAre(80));
    EXPECT_THAT(node.successors(), ElementsAre(80, 90, 100)) << "it is asked before it is dropped";
  }
}

TEST(Evidence, StabilizesOnceWithinTheCooldownAndAgainAfterIt) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Deliver(Evidence{At(80)});
  EXPECT_EQ(node.delay(Timer::kStabilizeCooldown), absl::Milliseconds(100));
  node.Answer(80, 50, {90});
  for (int i = 0; i < 3; ++i) {
    node.Deliver(Evidence{At(80)});
    EXPECT_THAT(node.effects(), IsEmpty());
  }
  node.Fire(Timer::kStabilizeCooldown);
  EXPECT_THAT(node.asked(), ElementsAre(80));
  node.Answer(80, 50, {90});
  node.Fire(Timer::kStabilizeCooldown);
  EXPECT_THAT(node.asked(), IsEmpty()) << "three pieces of evidence, one more Stabilize";
}

TEST(Evidence, WhileAStabilizeIsOpenIsActedOnAfterIt) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  node.Deliver(Evidence{At(80)});
  EXPECT_THAT(node.asked(), IsEmpty()) << "one Stabilize at a time";
  node.Fire(Timer::kStabilizeCooldown);
  EXPECT_THAT(node.asked(), IsEmpty());
  node.Answer(80, 50, {90});
  EXPECT_THAT(node.asked(), ElementsAre(80));
}

TEST(Evidence, WhileAShortStabilizeIsOpenIsActedOnAfterTheCooldown) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  node.Deliver(Evidence{At(80)});
  node.Answer(80, 50, {90});
  EXPECT_THAT(node.asked(), IsEmpty());
  node.Fire(Timer::kStabilizeCooldown);
  EXPECT_THAT(node.asked(), ElementsAre(80));
}

TEST(Evidence, DoesNotHoldThePeriodUp) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Deliver(Evidence{At(80)});
  node.Answer(80, 50, {90});
  node.Fire(Timer::kStabilize);
  EXPECT_THAT(node.asked(), ElementsAre(80)) << "the cooldown is for evidence alone";
}

TEST(Evidence, OfAFailedPredecessorCheckCountsAgainstASuccessor) {
  Harness node({.self = 50, .predecessor = 80, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  node.Refuse(80);
  EXPECT_THAT(node.asked(), ElementsAre(80)) << "Stabilize, at once";
}

TEST(Evidence, OfAFailedPredecessorCheckCountsAgainstAFinger) {
  Harness node({.self = 50, .predecessor = 200, .successors = {80}});
  node.LearnFingers({120, 200});
  node.Fire(Timer::kCheckPredecessor);
  node.Refuse(200);
  EXPECT_THAT(node.fingers(), ElementsAre(120));
}

// --- Against the predecessor ---

TEST(Evidence, AgainstThePredecessorChecksItAtOnce) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Evidence{At(20)});
  EXPECT_THAT(node.asked(), ElementsAre(20));
  EXPECT_FALSE(node.member().predecessor_dead()) << "it is asked before it is believed dead";
  node.Refuse(20);
  EXPECT_TRUE(node.member().predecessor_dead());
}

TEST(Evidence, ChecksThePredecessorOnceWithinTheCooldownAndAgainAfterIt) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Evidence{At(20)});
  EXPECT_EQ(node.delay(Timer::kPredecessorCooldown), absl::Milliseconds(100));
  node.Answer(20, 10, {50});
  node.Deliver(Evidence{At(20)});
  EXPECT_THAT(node.effects(), IsEmpty());
  node.Fire(Timer::kPredecessorCooldown);
  EXPECT_THAT(node.asked(), ElementsAre(20));
  node.Answer(20, 10, {50});
  node.Fire(Timer::kPredecessorCooldown);
  EXPECT_THAT(node.asked(), IsEmpty());
}

TEST(Evidence, AgainstAPredecessorKnownToBeDeadIsNoNews) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Evidence{At(20)});
  node.Refuse(20);
  node.CoolDown();
  node.Deliver(Evidence{At(20)});
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Evidence, AgainstBothNeighboursAtOnceTriggersBothSteps) {
  Harness node({.self = 50, .predecessor = 80, .successors = {80}});
  node.Deliver(Evidence{At(80)});
  EXPECT_THAT(node.asked(), ElementsAre(80, 80));
}

// --- Against a finger ---

TEST(Evidence, DropsAFingerAtOnce) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.LearnFingers({120, 200});
  node.Deliver(Evidence{At(120)});
  EXPECT_THAT(node.fingers(), ElementsAre(200));
  EXPECT_THAT(node.moments(), ElementsAre(Moment::kFingerDropped));
  ASSERT_TRUE(node.published());
  EXPECT_EQ(node.routing()->NextHops(150), 1u) << "80 alone";
  EXPECT_THAT(node.asked(), IsEmpty());
}

// A lookup that was not answered in time may have been slow behind the finger. Whoever dropped a
// finger for that would make the next lookup longer, and slower.
TEST(Evidence, OfALateLookupAsksTheFingerItself) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.LearnFingers({120, 200});
  const Evidence late{At(120), Failure::kTimeout};
  node.Deliver(late);
  EXPECT_THAT(node.asked(), ElementsAre(120));
  EXPECT_THAT(node.fingers(), ElementsAre(120, 200));
  node.Deliver(late);
  EXPECT_THAT(node.asked(), IsEmpty()) << "it has been asked already";
  node.Answer(120, 80, {200});
  EXPECT_THAT(node.fingers(), ElementsAre(120, 200));
  node.Deliver(late);
  EXPECT_THAT(node.asked(), ElementsAre(120)) << "and may be asked again";
}

TEST(Evidence, DropsAFingerThatIsAskedAndRefuses) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.LearnFingers({120, 200});
  node.Deliver(Evidence{At(120), Failure::kTimeout});
  node.Refuse(120);
  EXPECT_THAT(node.fingers(), ElementsAre(200));
  EXPECT_TRUE(node.published());
}

// Whoever is flooded must not be taken for dead.
TEST(Evidence, ThatSomebodyIsBusyIsNone) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.LearnFingers({120, 200});
  for (const Id id : {20, 80, 120}) {
    node.Deliver(Evidence{At(id), Failure::kBusy});
    EXPECT_THAT(node.effects(), IsEmpty());
  }
  node.Deliver(Evidence{At(120), Failure::kTimeout});
  node.Fail(120, Failure::kBusy);
  EXPECT_THAT(node.fingers(), ElementsAre(120, 200));
  node.Fire(Timer::kCheckPredecessor);
  node.Fail(20, Failure::kBusy);
  node.Deliver(Notify{At(10)});
  EXPECT_EQ(node.predecessor(), 20) << "it is not dead";
  EXPECT_THAT(node.asked(), ElementsAre(20)) << "and is asked again";
}

TEST(Evidence, DropsAFingerThatIsAskedTwiceInVain) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.LearnFingers({120, 200});
  node.Deliver(Evidence{At(120), Failure::kTimeout});
  node.Timeout(120);
  EXPECT_THAT(node.asked(), ElementsAre(120));
  EXPECT_THAT(node.fingers(), ElementsAre(120, 200));
  node.Timeout(120);
  EXPECT_THAT(node.fingers(), ElementsAre(200));
}

TEST(Evidence, OfALateLookupAgainstOneThatIsNoFingerAsksNobody) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Evidence{At(120), Failure::kTimeout});
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Evidence, KeepsAFingerUnderTheSameIdentifierElsewhere) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.LearnFingers({120, 200});
  node.Deliver(Evidence{OtherAt(120)});
  EXPECT_THAT(node.fingers(), ElementsAre(120, 200));
  EXPECT_THAT(node.effects(), IsEmpty());
}

// --- Against others ---

TEST(Evidence, AgainstAStrangerChangesNothing) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  for (const Server& suspect : {At(60), OtherAt(80), OtherAt(20), At(50)}) {
    node.Deliver(Evidence{suspect});
    EXPECT_THAT(node.effects(), IsEmpty());
  }
}

TEST(Evidence, OutsideOfARingChangesNothing) {
  Harness node({.self = 50});
  node.Deliver(Evidence{At(80)});
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Evidence, OfAnEarlierLifeIsForgotten) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Evidence{At(80)});
  node.Deliver(Evidence{At(20)});
  node.Deliver(Evidence{At(80)});
  node.Deliver(Evidence{At(20)});
  node.Deliver(Stop{});
  node.CoolDown();
  EXPECT_THAT(node.effects(), IsEmpty());
}

TEST(Evidence, IsActedOnAtOnceInANewLife) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Evidence{At(80)});
  node.Deliver(Evidence{At(20)});
  node.Deliver(Stop{});
  node.Deliver(Create{.command = 1});
  node.Deliver(Notify{At(80)});
  EXPECT_THAT(node.asked(), ElementsAre(80)) << "the cooldowns of the earlier life are over";
  node.Deliver(Evidence{At(80)});
  EXPECT_THAT(node.asked(), ElementsAre(80));
}

}  // namespace
}  // namespace concord::core
