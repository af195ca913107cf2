// Rings form, lose members, and repair themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "concord/node.h"
#include "support/eventually.h"
#include "system/test_ring.h"

namespace concord::testing {
namespace {

class RingOf : public ::testing::TestWithParam<int> {};

INSTANTIATE_TEST_SUITE_P(Nodes, RingOf, ::testing::Values(1, 2, 3, 8));

TEST_P(RingOf, FormsAndEveryNodeNamesTheSameOwner) {
  TestRing ring;
  for (int i = 0; i < GetParam(); ++i) ring.Add(absl::StrCat("n", i));
  ring.WaitUntilIdeal();
  ring.ExpectAllAgree(200);
  ring.ExpectRangesReplay();
}

TEST_P(RingOf, SurvivesTheDeathOfAllButOne) {
  TestRing ring;
  for (int i = 0; i < GetParam(); ++i) ring.Add(absl::StrCat("n", i));
  ring.WaitUntilIdeal();
  std::vector<std::string> others;
  for (int i = 1; i < GetParam(); ++i) others.push_back(absl::StrCat("n", i));
  ring.KillAtOnce(others);
  ring.WaitUntilIdeal();
  const Id self = ring.node("n0").id();
  EXPECT_EQ(ring.node("n0").range(), (Range{self, self}));
  ring.ExpectAllAgree(20);
  ring.ExpectRangesReplay();
}

TEST(Ring, RepairsItselfAfterOneDeath) {
  TestRing ring;
  for (int i = 0; i < 8; ++i) ring.Add(absl::StrCat("n", i));
  ring.WaitUntilIdeal();
  ring.Kill("n3");
  ring.WaitUntilIdeal();
  ring.ExpectAllAgree(100);
  ring.ExpectRangesReplay();
}

TEST(Ring, RepairsItselfAfterTwoNeighboursDiedAtOnce) {
  TestRing ring;
  for (int i = 0; i < 8; ++i) ring.Add(absl::StrCat("n", i));
  ring.WaitUntilIdeal();
  const std::vector<Node*> members = ring.members();
  ring.KillAtOnce({members[2]->name(), members[3]->name()});
  ring.WaitUntilIdeal();
  ring.ExpectAllAgree(100);
  ring.ExpectRangesReplay();
}

TEST(Ring, TakesTenNodesJoiningAtOnceThroughDifferentSeeds) {
  TestRing ring;
  for (int i = 0; i < 3; ++i) ring.Add(absl::StrCat("old", i));
  std::vector<std::string> seeds;
  for (Node* node : ring.members()) seeds.push_back(node->address());
  std::vector<std::thread> joining;
  for (int i = 0; i < 10; ++i) {
    joining.emplace_back([&, i] {
      const absl::Status joined = ring.AddThrough(absl::StrCat("new", i), {seeds[i % 3]});
      EXPECT_TRUE(joined.ok()) << joined;
    });
  }
  for (std::thread& thread : joining) thread.join();
  EXPECT_EQ(ring.members().size(), 13u);
  ring.WaitUntilIdeal();
  ring.ExpectAllAgree(50);
  ring.ExpectRangesReplay();
}

TEST(Ring, WholeClusterMayShareOneListOfSeeds) {
  TestRing ring;
  const std::string first = ring.Add("a").address();
  Node& b = ring.Add("b");
  const std::vector<std::string> list = {first, b.address()};
  const absl::Status joined = ring.AddThrough("c", list);
  EXPECT_TRUE(joined.ok()) << joined;
  ring.WaitUntilIdeal();
}

TEST(Ring, NodeOfTheSameNameReplacesADeadOneAtAnotherAddress) {
  TestRing ring;
  for (int i = 0; i < 4; ++i) ring.Add(absl::StrCat("n", i));
  ring.WaitUntilIdeal();
  ring.Kill("n2");
  const absl::Status joined = ring.AddThrough("n2", {ring.members().front()->address()});
  EXPECT_TRUE(joined.ok()) << joined;
  ring.WaitUntilIdeal();
  ring.ExpectAllAgree(50);
}

TEST(Ring, NodeStopsAndStartsAgainAtItsAddress) {
  TestRing ring;
  for (int i = 0; i < 3; ++i) ring.Add(absl::StrCat("n", i));
  const std::string seed = ring.members().front()->address();

  // A fixed port: one that was free just now.
  Config config = TestConfig("again");
  Node probe(config);
  ASSERT_TRUE(probe.Start().ok());
  config.bind_addr = probe.address();
  probe.Stop();

  Recorder recorder;
  config.on_range_change = std::ref(recorder);
  Node again(config);
  for (int life = 0; life < 3; ++life) {
    SCOPED_TRACE(life);
    absl::Status status = again.Start();
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(again.address(), config.bind_addr);
    status = again.Join({seed});
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_TRUE(again.range().has_value());
    again.Stop();
    EXPECT_EQ(again.address(), "");
    EXPECT_EQ(again.range(), std::nullopt);
  }
  EXPECT_EQ(recorder.Replay(), std::nullopt);  // epochs go on through all lives
  ring.WaitUntilIdeal();
}

TEST(Ring, JoinsThroughTheSecondSeedWhenTheFirstIsDead) {
  TestRing ring;
  Node& a = ring.Add("a");
  Node dead(TestConfig("dead"));
  ASSERT_TRUE(dead.Start().ok());
  const std::string nobody = dead.address();
  dead.Stop();
  const absl::Status joined = ring.AddThrough("b", {nobody, a.address()});
  EXPECT_TRUE(joined.ok()) << joined;
  ring.WaitUntilIdeal();
}

TEST(Ring, AloneAgainWhenTheOnlyOtherDiedAndTogetherWhenItComesBack) {
  TestRing ring;
  Node& a = ring.Add("a");
  ring.Add("b");
  ring.WaitUntilIdeal();
  ring.Kill("b");
  ring.WaitUntilIdeal();
  EXPECT_TRUE(a.successors().empty());
  EXPECT_EQ(a.predecessor()->name, "a");
  ring.Add("b");
  ring.WaitUntilIdeal();
  ring.ExpectRangesReplay();
}

TEST(Ring, SmallIdentifierSpaceIsMaskedAndAKeyEqualToANodesIdBelongsToIt) {
  TestRing ring;
  // Names are numbers, and their own hash; the bits above the eighth must not matter.
  const auto number = [](std::string_view text) {
    return 0xABCD00 + static_cast<Id>(std::atoi(std::string(text).c_str()));
  };
  for (const char* name : {"10", "80", "200", "255"}) {
    Config config = TestConfig(name);
    config.hash_bits = 8;
    config.hash_func = number;
    EXPECT_EQ(ring.Add(config).id(), static_cast<Id>(std::stoi(name)));
  }
  ring.WaitUntilIdeal();
  for (Node* node : ring.members()) {
    EXPECT_EQ(node->Lookup("80")->name, "80");
    EXPECT_EQ(node->Lookup("81")->name, "200");
    EXPECT_EQ(node->Lookup("79")->name, "80");
    EXPECT_EQ(node->Lookup("255")->name, "255");
    EXPECT_EQ(node->Lookup("0")->name, "10");
  }
}

TEST(Ring, OneSuccessorIsEnoughToFormAndAnyNumberOfBitsWorks) {
  for (const unsigned bits : {16u, 33u, 63u, 64u}) {
    SCOPED_TRACE(bits);
    TestRing ring;
    for (int i = 0; i < 4; ++i) {
      Config config = TestConfig(absl::StrCat("n", i));
      config.successor_count = 1;
      config.hash_bits = bits;
      ring.Add(config);
    }
    ring.WaitUntilIdeal();
    ring.ExpectAllAgree(30);
  }
}

}  // namespace
}  // namespace concord::testing
