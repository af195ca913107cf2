// Rings that are not to become one, and nodes that come back elsewhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "concord/node.h"
#include "support/eventually.h"
#include "support/gate.h"
#include "system/test_ring.h"

namespace concord::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Config InCluster(const std::string& name, const std::string& cluster) {
  Config config = TestConfig(name);
  config.cluster_name = cluster;
  return config;
}

struct Difference {
  const char* what;
  void (*make)(Config&);
  std::vector<std::string> named;
};

class OtherRing : public ::testing::TestWithParam<Difference> {};

TEST_P(OtherRing, IsRefusedAtOnceAndNamesBothValues) {
  TestRing ring;
  Node& member = ring.Add(InCluster("a", "blue"));
  Config config = InCluster("b", "blue");
  GetParam().make(config);
  Node stranger(config);
  ASSERT_TRUE(stranger.Start().ok());
  const absl::Status status = stranger.Join({member.address()}, absl::Hours(1));
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  for (const std::string& part : GetParam().named) EXPECT_THAT(status.message(), HasSubstr(part));
  EXPECT_THAT(status.message(), HasSubstr(member.address()));
  EXPECT_EQ(stranger.range(), std::nullopt);
  EXPECT_EQ(member.predecessor()->name, "a") << "untouched";
}

INSTANTIATE_TEST_SUITE_P(
    Differences, OtherRing,
    ::testing::Values(
        Difference{"ClusterName",
                   [](Config& c) { c.cluster_name = "red"; },
                   {"cluster_name", "'blue'", "'red'"}},
        Difference{"HashBits", [](Config& c) { c.hash_bits = 32; }, {"hash_bits", "64", "32"}},
        Difference{"HashFunction",
                   [](Config& c) { c.hash_func = [](std::string_view) { return Id{0xabc}; }; },
                   {"hash function", "abc"}}),
    [](const auto& info) { return info.param.what; });

// The address of a member that died is given to a node of another ring. Those who remember it ask
// there, and the rings stay two.
TEST(OtherRings, AtTheAddressOfAMemberThatDiedStayApart) {
  // At the same address for all, before the one node and then before the other.
  Gate gate;
  const auto behind_the_gate = [&](const std::string& name, const std::string& cluster) {
    Config config = InCluster(name, cluster);
    PutBehind(gate, config);
    return config;
  };
  TestRing blue;
  blue.Add(InCluster("b0", "blue"));
  blue.Add(behind_the_gate("b1", "blue"));
  blue.Add(InCluster("b2", "blue"));
  blue.WaitUntilIdeal();
  blue.Kill("b1");
  blue.WaitUntilIdeal();
  EXPECT_EQ(blue.members().size(), 2u);
  const int passed = gate.passed();
  TestRing red;
  red.Add(behind_the_gate("r0", "red"));
  red.Add(InCluster("r1", "red"));
  red.WaitUntilIdeal();
  // One is r1's, the others are of those two who remember b1.
  EXPECT_TRUE(Eventually([&] { return gate.passed() >= passed + 3; }));
  red.WaitUntilIdeal();
  blue.WaitUntilIdeal();
  for (TestRing* ring : {&blue, &red}) {
    for (Node* node : ring->members()) {
      for (const Server& server : node->successors()) {
        EXPECT_EQ(server.name.front(), node->name().front());
      }
    }
  }
}

TEST(SameName, StartedElsewhereWhileTheFirstLivesIsRefused) {
  TestRing ring;
  for (const char* name : {"a", "b", "c"}) ring.Add(TestConfig(name));
  ring.WaitUntilIdeal();
  Node second(TestConfig("b"));
  ASSERT_TRUE(second.Start().ok());
  const absl::Status status = second.Join({ring.node("a").address()});
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_THAT(status.message(), AllOf(HasSubstr("'b'"), HasSubstr(ring.node("b").address())));
  ring.WaitUntilIdeal();
}

TEST(SameName, StartedElsewhereAfterTheFirstDiedTakesItsPlace) {
  TestRing ring;
  for (const char* name : {"a", "b", "c", "d"}) ring.Add(TestConfig(name));
  ring.WaitUntilIdeal();
  const std::string before = ring.node("b").address();
  ring.Kill("b");
  ring.Add(TestConfig("b"));
  EXPECT_NE(ring.node("b").address(), before);
  ring.WaitUntilIdeal();
  ring.ExpectAllAgree(50);
}

}  // namespace
}  // namespace concord::testing
