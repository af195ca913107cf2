// Heal: remember who was met, probe, and become one ring again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/remembered_servers.h"
#include "harness.h"

namespace concord::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> AddressesOf(const RememberedServers& remembered) {
  std::vector<std::string> addresses;
  for (std::size_t i = 0; i < remembered.size(); ++i) addresses.push_back(remembered[i].address);
  return addresses;
}

std::vector<std::string> Remembered(const Harness& node) {
  return AddressesOf(node.member().state().remembered);
}

// A member that has lost its successor 80, and has 90 now. Its predecessor is 20.
struct Bereft : Harness {
  Bereft() : Harness({.self = 50, .predecessor = 20, .successors = {80, 90}}) {
    Fire(Timer::kStabilize);
    Refuse(80);
    Answer(90, 50, {20});
  }
};

// A lone member that remembers 80.
struct Alone : Harness {
  Alone() : Harness({.self = 50, .predecessor = 80, .successors = {80}}) {
    Fire(Timer::kStabilize);
    Refuse(80);
  }
};

// --- Remember ---

TEST(Remember, ASuccessorThatFailed) {
  EXPECT_THAT(Remembered(Bereft()), ElementsAre(At(80).address));
}

TEST(Remember, APredecessorThatFailed) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  node.Refuse(20);
  node.Deliver(Notify{At(10)});
  EXPECT_THAT(Remembered(node), ElementsAre(At(20).address));
}

TEST(Remember, APredecessorThatACloserOneReplaced) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Deliver(Notify{At(30)});
  EXPECT_THAT(Remembered(node), ElementsAre(At(20).address))
      << "the closer one may belong to another part of the ring";
}

TEST(Remember, AFingerThatFailed) {
  Harness node({.self = 50, .predecessor = 20, .successors = {60}});
  node.LearnFingers({120, 200});
  node.Deliver(Evidence{At(120)});
  EXPECT_THAT(Remembered(node), ElementsAre(At(120).address));
}

TEST(Remember, AFingerThatTheOthersLeaveOut) {
  Harness node({.self = 50, .predecessor = 20, .successors = {60}});
  node.LearnFingers({120, 200});
  node.LearnFingers({130, 210});
  EXPECT_THAT(Remembered(node), ElementsAre(At(200).address, At(120).address));
}

TEST(Remember, NoFingerThatGaveWayToANewcomer) {
  Harness node({.self = 50, .predecessor = 20, .successors = {60}});
  node.LearnFingers({120, 200});
  node.LearnFingers({110, 190});
  EXPECT_THAT(Remembered(node), IsEmpty());
}

TEST(Remember, ASuccessorThatTheNextListLeavesOut) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90, 100}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 50, {100});
  EXPECT_THAT(Remembered(node), ElementsAre(At(90).address));
}

TEST(Remember, ASuccessorForWhomAFullListHasNoRoom) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90, 100}});
  node.Fire(Timer::kStabilize);
  node.Answer(80, 50, {85, 90});
  EXPECT_THAT(node.successors(), ElementsAre(80, 85, 90));
  EXPECT_THAT(Remembered(node), ElementsAre(At(100).address));
}

TEST(Remember, TheSeedsOnceThroughThemItHasJoined) {
  Harness node({.self = 50});
  node.Deliver(Join{.command = 7, .seeds = {"a:1", "b:1"}, .timeout = absl::Seconds(30)});
  EXPECT_THAT(Remembered(node), IsEmpty());
  node.AnswerSeed(At(80));
  node.Answer(80, 20, {90});
  node.Answer(20, 5, {80});
  EXPECT_THAT(Remembered(node), ElementsAre("a:1", "b:1"));
}

TEST(Remember, WhoIsMetAgainIsNotMissed) {
  Bereft node;
  node.CoolDown();
  node.Fire(Timer::kStabilize);
  node.Answer(90, 80, {20});
  node.Answer(80, 50, {90});
  EXPECT_THAT(Remembered(node), Not(Contains(At(80).address)));
}

TEST(Remember, NothingAfterItHasStopped) {
  Bereft node;
  node.Deliver(Stop{});
  EXPECT_THAT(Remembered(node), IsEmpty());
}

TEST(RememberedServers, AreNewestFirstAndEachOnce) {
  RememberedServers remembered;
  for (const Id id : {1, 2, 3, 1}) remembered.Remember(At(id));
  EXPECT_THAT(AddressesOf(remembered), ElementsAre(At(1).address, At(3).address, At(2).address));
}

TEST(RememberedServers, ANewAddressReplacesTheOldOneOfTheSameServer) {
  RememberedServers remembered;
  remembered.Remember(At(1));
  remembered.Remember(OtherAt(1));
  EXPECT_THAT(AddressesOf(remembered), ElementsAre(OtherAt(1).address));
}

TEST(RememberedServers, AreBoundedAndSeedsStay) {
  RememberedServers remembered;
  remembered.RememberSeeds(std::vector<std::string>(100, "seed:1"));
  for (Id id = 0; id < 1000; ++id) remembered.Remember(At(id));
  ASSERT_EQ(remembered.size(), RememberedServers::kMaxServers + RememberedServers::kMaxSeeds);
  EXPECT_EQ(remembered[0], At(999));
  EXPECT_EQ(remembered[remembered.size() - 1].address, "seed:1");
}

// What is forgotten is taken from anywhere: of those before the last kMaxServers some are left.
TEST(RememberedServers, AFullListDoesNotForgetTheOldestFirst) {
  RememberedServers remembered;
  for (Id id = 0; id < 2 * RememberedServers::kMaxServers; ++id) remembered.Remember(At(id));
  std::size_t old = 0;
  for (std::size_t i = 0; i < remembered.size(); ++i) {
    if (remembered[i].id < RememberedServers::kMaxServers) ++old;
  }
  EXPECT_GT(old, RememberedServers::kMaxServers / 5);
  EXPECT_LT(old, RememberedServers::kMaxServers / 2);
}

// --- Probe ---

TEST(Probe, HasItsOwnPeriod) {
  Harness node({.self = 50});
  node.Deliver(Create{.command = 7});
  EXPECT_EQ(node.delay(Timer::kProbe), absl::Seconds(5));
  EXPECT_TRUE(node.jittered(Timer::kProbe));
  node.Fire(Timer::kProbe);
  EXPECT_EQ(node.delay(Timer::kProbe), absl::Seconds(5));
}

TEST(Probe, AsksWhomItRemembersForTheOwnerOfItsOwnPlace) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80}});
  node.Fire(Timer::kCheckPredecessor);
  node.Refuse(20);
  node.Deliver(Notify{At(30)});
  node.Fire(Timer::kProbe);
  EXPECT_THAT(node.asked_seeds(), ElementsAre(At(20).address));
  EXPECT_THAT(node.sought(), ElementsAre(50));
}

TEST(Probe, AsksAServerBeforeItsHeadForItsRingAtOnce) {
  Bereft node;
  node.Fire(Timer::kProbe);
  EXPECT_THAT(node.asked(), ElementsAre(80));
  EXPECT_THAT(node.asked_seeds(), IsEmpty());
  EXPECT_THAT(node.successors(), ElementsAre(90, 20)) << "adopted only after it has answered";
}

TEST(Probe, AdoptsAndNotifiesWhoIsNearerThanTheHead) {
  Bereft node;
  node.Fire(Timer::kProbe);
  node.Answer(80, 70, {85, 90, 100});
  EXPECT_THAT(node.successors(), ElementsAre(80, 85, 90));
  EXPECT_THAT(node.notified(), ElementsAre(80));
  EXPECT_THAT(node.moments(), Contains(Moment::kNearerFound));
}

TEST(Probe, ASilentOneIsAskedOnceMore) {
  Bereft node;
  node.Fire(Timer::kProbe);
  node.Timeout(80);
  EXPECT_THAT(node.asked(), ElementsAre(80));
  node.Timeout(80);
  EXPECT_THAT(node.successors(), ElementsAre(90, 20));
  EXPECT_THAT(Remembered(node), Contains(At(80).address)) << "it may come back, whenever that is";
}

TEST(Probe, TheHeadIsStillFartherWhenTheAnswerComes) {
  Bereft node;
  node.Fire(Timer::kProbe);
  const QuestionId question = node.question_to(80);
  node.CoolDown();
  node.Fire(Timer::kStabilize);
  node.Answer(90, 60, {20});
  node.Answer(60, 50, {90});
  ASSERT_THAT(node.successors(), ElementsAre(60, 90));
  node.Deliver(RingAnswer{question, {At(70), {At(90)}}});
  EXPECT_THAT(node.successors(), ElementsAre(60, 90));
  EXPECT_THAT(node.notified(), IsEmpty());
}

TEST(Probe, AnOpenStabilizeThatAskedTheHeadOfBeforeIsDropped) {
  Bereft node;
  node.CoolDown();
  node.Fire(Timer::kStabilize);
  const QuestionId old = node.question_to(90);
  node.Fire(Timer::kProbe);
  node.Answer(80, 70, {90});
  ASSERT_THAT(node.successors(), ElementsAre(80, 90));
  node.Deliver(RingAnswer{old, {At(50), {At(20)}}});
  EXPECT_THAT(node.successors(), ElementsAre(80, 90));
}

// A member that has begun to probe its finger 120. Its head is 60.
struct Prober : Harness {
  explicit Prober() : Harness({.self = 50, .predecessor = 20, .successors = {60}}) {
    LearnFingers({120});
    Fire(Timer::kProbe);
  }
};

TEST(Probe, AsksFingersToo) {
  EXPECT_THAT(Prober().asked_seeds(), ElementsAre(At(120).address)) << "a ring in loops knows all";
}

TEST(Probe, WhoKnowsUsIsInOurRing) {
  Prober node;
  node.AnswerSeed(At(50));
  EXPECT_THAT(node.asked(), IsEmpty());
  EXPECT_THAT(node.notified(), IsEmpty());
}

TEST(Probe, AsksWhoIsSaidToComeNextAndIsNearerThanTheHead) {
  Prober node;
  node.AnswerSeed(At(55));
  EXPECT_THAT(node.asked(), ElementsAre(55));
  node.Answer(55, 45, {57});
  EXPECT_THAT(node.successors(), ElementsAre(55, 57));
  EXPECT_THAT(node.notified(), ElementsAre(55));
}

// One member of a ring that knows one of another is enough: that ring hears of us.
TEST(Probe, NotifiesWhoWouldComeNextInAnotherRing) {
  Prober node;
  node.AnswerSeed(At(100));
  EXPECT_THAT(node.notified(), ElementsAre(100));
  EXPECT_THAT(node.successors(), ElementsAre(60)) << "which is nearer";
}

TEST(Probe, AsksTheNextWhenOneFailsButNotAllOfThemAtOnce) {
  Harness node({.self = 50, .predecessor = 20, .successors = {60}});
  node.LearnFingers({70, 90, 120, 200});
  node.Fire(Timer::kCheckPredecessor);
  node.Refuse(20);
  node.Deliver(Notify{At(30)});
  node.Fire(Timer::kProbe);
  std::vector<std::string> asked = node.asked_seeds();
  while (!node.asked_seeds().empty()) {
    node.FailSeed();
    for (const std::string& seed : node.asked_seeds()) asked.push_back(seed);
    ASSERT_LE(asked.size(), 5u);
  }
  EXPECT_EQ(asked.size(), 4u);
}

TEST(Probe, GoesOnWhereTheLastTurnEnded) {
  Harness node({.self = 50, .predecessor = 20, .successors = {60}});
  node.LearnFingers({120, 200});
  std::vector<std::string> asked;
  for (int turn = 0; turn < 2; ++turn) {
    node.Fire(Timer::kProbe);
    asked.push_back(node.asked_seeds().front());
    node.AnswerSeed(At(50));
  }
  EXPECT_THAT(asked, testing::UnorderedElementsAre(At(120).address, At(200).address));
}

// A ring of five whose members point two ahead, and so go round twice, knows no others.
TEST(Probe, AsksTheLastSuccessorWhenThereIsNobodyElse) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kProbe);
  EXPECT_THAT(node.asked_seeds(), ElementsAre(At(90).address));
  node.FailSeed();
  EXPECT_THAT(node.asked_seeds(), IsEmpty());
}

TEST(Probe, SomebodyElseAtTheAddressIsNotAdoptedAndNotAskedAgain) {
  Bereft node;
  node.Fire(Timer::kProbe);
  node.Deliver(RingAnswer{node.question_to(80), {At(70), {At(90)}, At(130)}});
  EXPECT_THAT(node.successors(), ElementsAre(90, 20));
  EXPECT_THAT(Remembered(node), Not(Contains(At(80).address)));
}

TEST(Probe, WhoAnswersIsWhoWasAskedByIdentifierAndName) {
  EXPECT_TRUE(MayBeFrom(At(80), {At(70), {At(90)}, At(80)}));
  EXPECT_FALSE(MayBeFrom(At(80), {At(70), {At(90)}, At(81)}));
  EXPECT_FALSE(MayBeFrom(At(80), {At(70), {At(90)}, OtherAt(80)})) << "two names of one hash";
  EXPECT_TRUE(MayBeFrom(At(80), {At(70), {At(90)}})) << "a node of the Go library does not say";
  EXPECT_TRUE(MayBeFrom({0, "", "seed:1"}, {At(70), {At(90)}, At(80)})) << "nobody in particular";
}

TEST(Probe, OurOwnAddressUnderAnotherNameIsNobody) {
  Prober node;
  Server self = At(50);
  self.id = 55;
  node.AnswerSeed(self);
  EXPECT_THAT(node.asked(), IsEmpty());
  EXPECT_THAT(node.notified(), IsEmpty());
}

// --- Alone ---

TEST(Alone, LooksForTheOthersInsteadOfStabilizing) {
  Alone node;
  node.Fire(Timer::kStabilize);
  EXPECT_THAT(node.asked_seeds(), ElementsAre(At(80).address));
  EXPECT_THAT(node.sought(), ElementsAre(50));
}

TEST(Alone, JoinsTheOthersLikeAnybodyElse) {
  Alone node;
  node.Fire(Timer::kStabilize);
  node.AnswerSeed(At(80));
  EXPECT_THAT(node.asked(), ElementsAre(80));
  node.Answer(80, 20, {90});
  EXPECT_THAT(node.asked(), ElementsAre(20));
  EXPECT_EQ(node.predecessor(), 50) << "nothing is adopted before";
  node.Answer(20, 10, {80, 90});
  EXPECT_EQ(node.predecessor(), 20);
  EXPECT_THAT(node.successors(), ElementsAre(80, 90));
  EXPECT_THAT(node.asked(), ElementsAre(80)) << "and stabilizes at once";
  EXPECT_THAT(node.range_changes(), ElementsAre(Changed(Range{50, 50}, Range{20, 50})));
  EXPECT_THAT(node.range_changes(), ElementsAre(Lost(Range{50, 20}, At(20))));
  EXPECT_THAT(node.finished(), IsEmpty()) << "no command waits for it";
}

TEST(Alone, IsAMemberAllTheTime) {
  Alone node;
  node.Fire(Timer::kStabilize);
  node.AnswerSeed(At(80));
  EXPECT_TRUE(node.member().joined());
  node.Deliver(GetRing{.call = 1});
  EXPECT_THAT(node.rings(), ElementsAre(RingView{At(50), {At(50)}}));
  node.Deliver(Create{.command = 7});
  EXPECT_THAT(node.finished(), ElementsAre(HasCode(absl::StatusCode::kFailedPrecondition)));
}

TEST(Alone, WhoFindsItFirstEndsItsSearch) {
  Alone node;
  node.Fire(Timer::kStabilize);
  node.AnswerSeed(At(80));
  const QuestionId question = node.question_to(80);
  node.Deliver(Notify{At(20)});
  EXPECT_FALSE(node.member().joining());
  node.Deliver(RingAnswer{question, {At(30), {At(90)}}});
  EXPECT_EQ(node.predecessor(), 20);
}

TEST(Alone, LooksAgainWhenTheOthersAreGone) {
  Alone node;
  node.Fire(Timer::kStabilize);
  node.AnswerSeed(At(80));
  node.Refuse(80);
  EXPECT_FALSE(node.member().joining());
  EXPECT_TRUE(node.member().joined());
  node.Fire(Timer::kStabilize);
  EXPECT_THAT(node.asked_seeds(), ElementsAre(At(80).address));
}

TEST(Alone, DoesNotWaitForeverForTheOthers) {
  Alone node;
  node.Fire(Timer::kStabilize);
  node.AnswerSeed(At(80));
  EXPECT_EQ(node.delay(Timer::kJoinTimeout), absl::Seconds(30));
  node.Fire(Timer::kJoinTimeout);
  EXPECT_FALSE(node.member().joining());
  EXPECT_THAT(node.finished(), IsEmpty());
}

TEST(Alone, WaitsToBeFoundByARingThatStillKnowsIt) {
  Alone node;
  node.Fire(Timer::kStabilize);
  node.AnswerSeed(At(50));
  EXPECT_THAT(node.asked(), IsEmpty());
  EXPECT_FALSE(node.member().joining());
}

TEST(Alone, ItsApplicationsStopIsTheEnd) {
  Alone node;
  node.Fire(Timer::kStabilize);
  node.AnswerSeed(At(80));
  node.Deliver(Stop{});
  EXPECT_FALSE(node.member().joining());
  EXPECT_FALSE(node.member().joined());
  EXPECT_THAT(node.finished(), IsEmpty());
}

}  // namespace
}  // namespace concord::core
