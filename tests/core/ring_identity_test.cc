// What tells rings apart, and who finds only strangers where it wanted to join.
#include "core/ring_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "harness.h"

namespace concord::core {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;

TEST(RingIdentity, EachDifferenceIsNamedWithBothValues) {
  const RingIdentity ours{"blue", 64, 0xab};
  const auto check = [&](const RingIdentity& theirs) { return CheckSameRing(ours, theirs); };
  EXPECT_TRUE(check(ours).ok());
  const absl::Status name = check({"red", 64, 0xab});
  EXPECT_EQ(name.code(), kPrecondition);
  EXPECT_THAT(name.message(),
              AllOf(HasSubstr("cluster_name"), HasSubstr("'red'"), HasSubstr("'blue'")));
  EXPECT_THAT(check({"blue", 32, 0xab}).message(),
              AllOf(HasSubstr("hash_bits"), HasSubstr("32"), HasSubstr("64")));
  EXPECT_THAT(check({"blue", 64, 0xcd}).message(),
              AllOf(HasSubstr("hash function"), HasSubstr("cd"), HasSubstr("ab")));
  EXPECT_THAT(check({std::string("\x01\n"), 64, 0xab}).message(), HasSubstr("'\\x01\\n'"));
}

TEST(RingIdentity, WhoSaysNothingIsBelieved) {
  EXPECT_TRUE(CheckSameRing({"blue", 64, 1}, {}).ok());
  EXPECT_TRUE(CheckSameRing({}, {"blue", 64, 1}).ok());
}

// --- Join ---

void BeginJoin(Harness& node, const std::vector<std::string>& seeds) {
  node.Deliver(Join{.command = 1, .seeds = seeds, .timeout = absl::Seconds(30)});
}

TEST(Strangers, AJoinThroughStrangersAloneIsRefusedAndSaysWhy) {
  Harness node({.self = 50});
  BeginJoin(node, {"a:1", "b:1"});
  node.FailSeed(Failure::kStranger, "cluster_name");
  EXPECT_THAT(node.finished(), IsEmpty());
  node.FailSeed(Failure::kStranger, "hash_bits");
  ASSERT_THAT(node.finished(), ElementsAre(HasCode(kPrecondition)));
  EXPECT_THAT(node.finished().front().message(),
              AllOf(HasSubstr("a:1: cluster_name"), HasSubstr("b:1: hash_bits")));
  EXPECT_FALSE(node.member().joining());
}

TEST(Strangers, AJoinThroughOneOfOursAsWellGoesOn) {
  Harness node({.self = 50});
  BeginJoin(node, {"a:1", "b:1"});
  for (int round = 0; round < 3; ++round) {
    node.FailSeed(Failure::kStranger, "cluster_name");
    node.FailSeed(Failure::kUnreachable, "refused");
    EXPECT_TRUE(node.member().joining());
    node.Fire(Timer::kJoinRetry);
  }
  node.FailSeed(Failure::kStranger, "cluster_name");
  node.AnswerSeed(At(80));
  EXPECT_THAT(node.asked(), ElementsAre(80));
}

// --- A member ---

TEST(Strangers, AHeadThatBelongsToAnotherRingIsDropped) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  node.Deliver(QuestionFailed{node.question_to(80), Failure::kStranger, "another ring"});
  EXPECT_THAT(node.successors(), ElementsAre(90));
}

TEST(Strangers, AreForgottenWhenProbed) {
  Harness node({.self = 50, .predecessor = 20, .successors = {80, 90}});
  node.Fire(Timer::kStabilize);
  node.Refuse(80);
  node.Answer(90, 50, {20});
  ASSERT_EQ(node.member().state().remembered.size(), 1u);
  node.Fire(Timer::kProbe);
  node.Deliver(QuestionFailed{node.question_to(80), Failure::kStranger, "another ring"});
  EXPECT_EQ(node.member().state().remembered.size(), 0u);
}

TEST(Strangers, WhoAreSeedsStaySeeds) {
  Harness node({.self = 50});
  node.JoinRing(20, {80});
  ASSERT_EQ(node.member().state().remembered.size(), 1u);
  node.Fire(Timer::kProbe);
  node.FailSeed(Failure::kStranger, "another ring");
  EXPECT_EQ(node.member().state().remembered.size(), 1u);
}

}  // namespace
}  // namespace concord::core
