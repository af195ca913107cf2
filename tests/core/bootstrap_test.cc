// Bootstrap: nobody takes its place before everybody knows it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/founders.h"
#include "harness.h"

namespace concord::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string AddressOf(Id id) { return At(id).address; }

// What the node of this identifier says of itself; it shares our list, and has met all of it or
// nobody.
Meeting Says(Id id, const std::vector<Id>& list, bool met_all, std::uint64_t incarnation = 1) {
  std::vector<std::string> addresses;
  for (const Id each : list) addresses.push_back(AddressOf(each));
  Founders founders(addresses, At(id), incarnation);
  for (std::size_t i = 0; met_all && i < founders.size(); ++i) {
    for (const Id each : list) {
      const Meeting of_it{.from = At(each), .incarnation = each == id ? incarnation : 1};
      if (each != id && founders[i].address == AddressOf(each)) founders.Met(i, of_it);
    }
  }
  return {.from = At(id),
          .incarnation = incarnation,
          .members = static_cast<std::uint32_t>(list.size()),
          .roster = founders.roster(),
          .complete = founders.complete()};
}

// 50 begins a ring with 20 and 80.
class BootstrapTest : public testing::Test {
 protected:
  BootstrapTest() {
    node_.Deliver(Bootstrap{.command = 7, .members = List(), .timeout = kTimeout});
  }

  static std::vector<std::string> List() { return {AddressOf(80), AddressOf(50), AddressOf(20)}; }
  SendMeeting question() const {
    const auto sent = node_.all<SendMeeting>();
    EXPECT_EQ(sent.size(), 1u);
    return sent.empty() ? SendMeeting{} : sent.front();
  }
  void Answer(const Meeting& meeting) {
    node_.Deliver(MeetingAnswer{question().question, meeting});
  }
  void Answer(Id id, bool met_all) { Answer(Says(id, {20, 50, 80}, met_all)); }
  void Fail(Failure failure, const std::string& reason) {
    node_.Deliver(QuestionFailed{question().question, failure, reason});
  }
  void NextRound() { node_.Fire(Timer::kJoinRetry); }

  static constexpr absl::Duration kTimeout = absl::Minutes(5);
  Harness node_{{.self = 50, .incarnation = 1}};
};

TEST_F(BootstrapTest, AsksTheOthersInTurnAndThenPauses) {
  EXPECT_EQ(question().to, AddressOf(20));
  EXPECT_EQ(node_.delay(Timer::kJoinTimeout), kTimeout);
  Fail(Failure::kUnreachable, "refused");
  EXPECT_EQ(question().to, AddressOf(80));
  Fail(Failure::kTimeout, "no answer");
  EXPECT_THAT(node_.all<SendMeeting>(), IsEmpty());
  ASSERT_TRUE(node_.delay(Timer::kJoinRetry).has_value());
  NextRound();
  EXPECT_EQ(question().to, AddressOf(20));
}

TEST_F(BootstrapTest, SaysThatItHasMetAllWhenItHas) {
  EXPECT_EQ(question().meeting.complete, 0u);
  Answer(20, false);
  EXPECT_EQ(question().meeting.complete, 0u);
  Answer(80, false);
  NextRound();
  EXPECT_EQ(question().meeting.complete, Says(20, {20, 50, 80}, true).complete);
}

TEST_F(BootstrapTest, TakesItsPlaceWhenAllHaveMetAll) {
  Answer(20, false);
  Answer(80, false);
  NextRound();
  Answer(20, true);
  EXPECT_FALSE(node_.member().joined());
  Answer(80, true);
  EXPECT_TRUE(node_.member().joined());
  EXPECT_EQ(node_.predecessor(), 20u);
  EXPECT_THAT(node_.successors(), ElementsAre(80, 20));
  EXPECT_THAT(node_.finished(), ElementsAre(absl::OkStatus()));
  EXPECT_THAT(node_.range_changes(), testing::SizeIs(1));
}

TEST_F(BootstrapTest, WhoDoesNotKnowItsPlaceHasNoRing) {
  Answer(20, false);
  node_.Deliver(GetRing{1});
  EXPECT_EQ(node_.all<AnswerRing>().front().ring, std::nullopt);
}

TEST_F(BootstrapTest, WhoKnowsItsPlaceAnswersForIt) {
  Answer(20, false);
  Answer(80, false);
  node_.Deliver(GetRing{1});
  ASSERT_THAT(node_.rings(), testing::SizeIs(1));
  EXPECT_EQ(node_.rings().front().predecessor, At(20));
  EXPECT_EQ(node_.rings().front().successors, AtAll({80, 20}));
  EXPECT_FALSE(node_.member().joined());
}

TEST_F(BootstrapTest, TakesItsPlaceWhenAnotherHas) {
  Answer(20, false);
  Answer(80, false);
  NextRound();
  Meeting placed = Says(20, {20, 50, 80}, true);
  placed.member = true;
  Answer(placed);
  EXPECT_TRUE(node_.member().joined());
  EXPECT_THAT(node_.finished(), ElementsAre(absl::OkStatus()));
}

// They have begun without us: they mean an earlier life of ours, or another ring.
TEST_F(BootstrapTest, JoinsARingThatIsThere) {
  Meeting placed = Says(20, {20, 50, 80}, true, /*incarnation=*/3);
  placed.member = true;
  Answer(placed);
  EXPECT_FALSE(node_.member().joined());
  EXPECT_TRUE(node_.member().joining());
  EXPECT_THAT(node_.asked_seeds(), ElementsAre(AddressOf(20)));
  EXPECT_THAT(node_.finished(), IsEmpty());
  node_.AnswerSeed(At(80));
  node_.Answer(80, 20, {20});
  node_.Answer(20, 80, {80});
  EXPECT_TRUE(node_.member().joined());
  EXPECT_THAT(node_.finished_commands(), ElementsAre(7));
}

TEST_F(BootstrapTest, WhomNobodyLetsInMeetsTheOthersAgain) {
  Meeting placed = Says(20, {20, 50, 80}, true, /*incarnation=*/3);
  placed.member = true;
  Answer(placed);
  node_.FailSeed();  // 20
  node_.FailSeed();  // 80
  EXPECT_THAT(node_.finished(), IsEmpty());
  EXPECT_GT(*node_.delay(Timer::kJoinRetry), absl::ZeroDuration());
  NextRound();
  EXPECT_EQ(question().to, AddressOf(20));
  EXPECT_EQ(question().meeting.complete, 0u);
}

TEST_F(BootstrapTest, ASecondLifeHasToBeMetAgain) {
  Answer(20, false);
  Answer(80, false);
  NextRound();
  Answer(20, true);
  Answer(Says(80, {20, 50, 80}, false, /*incarnation=*/2));
  EXPECT_FALSE(node_.member().joined());
  NextRound();
  Answer(20, true);  // it means the first life of 80
  EXPECT_FALSE(node_.member().joined());
}

TEST_F(BootstrapTest, AnotherListIsRefusedAndNamesBoth) {
  Answer(Says(20, {20, 50}, false));
  ASSERT_THAT(node_.finished(), ElementsAre(HasCode(absl::StatusCode::kFailedPrecondition)));
  const std::string message(node_.finished().front().message());
  EXPECT_THAT(message, HasSubstr(AddressOf(20)));
  EXPECT_THAT(message, HasSubstr("of 2 members"));
  EXPECT_THAT(message, HasSubstr("ours is of 3"));
  EXPECT_FALSE(node_.member().joining());
}

TEST_F(BootstrapTest, AnotherRingIsRefused) {
  Fail(Failure::kStranger, "another ring: its cluster_name is 'a', and ours is 'b'");
  ASSERT_THAT(node_.finished(), ElementsAre(HasCode(absl::StatusCode::kFailedPrecondition)));
  EXPECT_THAT(std::string(node_.finished().front().message()), HasSubstr("cluster_name is 'a'"));
}

TEST_F(BootstrapTest, TwoOfOneIdentifierAreRefused) {
  Meeting same = Says(20, {20, 50, 80}, false);
  same.from.id = 50;
  Answer(same);
  EXPECT_THAT(node_.finished(), ElementsAre(HasCode(absl::StatusCode::kAlreadyExists)));
}

TEST_F(BootstrapTest, WhoHasAnotherAddressIsNotMet) {
  Meeting elsewhere = Says(20, {20, 50, 80}, false);
  elsewhere.from.address = "elsewhere:1";
  Answer(elsewhere);
  Answer(80, false);
  NextRound();
  EXPECT_EQ(question().meeting.complete, 0u);
  node_.Fire(Timer::kJoinTimeout);
  ASSERT_THAT(node_.finished(), ElementsAre(HasCode(absl::StatusCode::kUnavailable)));
  EXPECT_THAT(std::string(node_.finished().front().message()), HasSubstr("elsewhere:1"));
}

TEST_F(BootstrapTest, WhenTheTimeIsUpNamesWhoIsMissing) {
  Fail(Failure::kUnreachable, "connection refused");
  Answer(80, false);
  node_.Fire(Timer::kJoinTimeout);
  ASSERT_THAT(node_.finished(), ElementsAre(HasCode(absl::StatusCode::kUnavailable)));
  const std::string message(node_.finished().front().message());
  EXPECT_THAT(message, HasSubstr(AddressOf(20) + ": connection refused"));
  EXPECT_THAT(message, HasSubstr(AddressOf(80) + ": it has not met all"));
  EXPECT_THAT(message, HasSubstr("5m"));
  EXPECT_FALSE(node_.member().joining());
}

TEST_F(BootstrapTest, WhatSomebodySaysOfItselfIsAReasonToAskIt) {
  Fail(Failure::kUnreachable, "refused");
  Fail(Failure::kUnreachable, "refused");
  for (int round = 0; round < 8; ++round) {
    NextRound();
    Fail(Failure::kUnreachable, "refused");
    Fail(Failure::kUnreachable, "refused");
  }
  const absl::Duration pause = *node_.delay(Timer::kJoinRetry);
  node_.Deliver(PeerMeets{1, Says(20, {20, 50, 80}, false)});
  ASSERT_THAT(node_.all<AnswerMeeting>(), testing::SizeIs(1));
  EXPECT_EQ(node_.all<AnswerMeeting>().front().meeting->from, At(50));
  EXPECT_LT(*node_.delay(Timer::kJoinRetry), pause);
  NextRound();
  EXPECT_EQ(question().meeting.complete, 0u) << "not met before it has answered";
}

TEST_F(BootstrapTest, StopEndsIt) {
  node_.Deliver(Stop{});
  EXPECT_THAT(node_.finished(), ElementsAre(HasCode(absl::StatusCode::kCancelled)));
  node_.Deliver(PeerMeets{1, Says(20, {20, 50, 80}, false)});
  EXPECT_EQ(node_.all<AnswerMeeting>().front().meeting, std::nullopt);
}

TEST_F(BootstrapTest, OtherCommandsAreRefusedMeanwhile) {
  node_.Deliver(Create{.command = 8});
  EXPECT_THAT(node_.finished(), ElementsAre(HasCode(absl::StatusCode::kFailedPrecondition)));
  node_.Deliver(Leave{.command = 9, .timeout = kTimeout});
  EXPECT_THAT(node_.finished(), ElementsAre(HasCode(absl::StatusCode::kFailedPrecondition)));
  EXPECT_TRUE(node_.member().joining());
}

TEST(BootstrapAlone, IsCreate) {
  Harness node({.self = 50});
  node.Deliver(Bootstrap{
      .command = 7, .members = {AddressOf(50), AddressOf(50)}, .timeout = absl::Seconds(1)});
  EXPECT_TRUE(node.member().joined());
  EXPECT_EQ(node.predecessor(), 50u);
  EXPECT_THAT(node.finished(), ElementsAre(absl::OkStatus()));
}

TEST(Founders, ADigestIsOfTheListAndNotOfItsOrder) {
  const Founders one({"a:1", "b:1"}, {1, "a", "a:1"}, 0);
  EXPECT_EQ(one.roster(), Founders({"b:1", "a:1"}, {1, "a", "a:1"}, 0).roster());
  EXPECT_NE(one.roster(), Founders({"a:1", "b:2"}, {1, "a", "a:1"}, 0).roster());
  EXPECT_NE(one.roster(), Founders({"a:1", "b:1", "c:1"}, {1, "a", "a:1"}, 0).roster());
}

// Other programs may compute it, from what proto/concord.proto says.
TEST(Founders, ADigestIsTheSameEverywhere) {
  EXPECT_EQ(Founders({"a:1"}, {1, "a", "a:1"}, 2).roster(), 1798343088745032811u);
  EXPECT_EQ(Founders({"a:1"}, {1, "a", "a:1"}, 2).complete(), 12284734363725251708u);
}

}  // namespace
}  // namespace concord::core
