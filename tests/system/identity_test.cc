// Rings that are not to become one, and nodes that come back elsewhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "concord/node.h"
#include "support/eventually.h"
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
  TestRing blue;
  for (const char* name : {"b0", "b1", "b2"}) blue.Add(InCluster(name, "blue"));
  blue.WaitUntilIdeal();
  const std::string address = blue.node("b1").address();
  blue.Kill("b1");
  TestRing red;
  Config config = InCluster("r0", "red");
  config.bind_addr = address;
  red.Add(config);
  red.Add(InCluster("r1", "red"));
  red.WaitUntilIdeal();
  blue.WaitUntilIdeal();
  EXPECT_EQ(blue.members().size(), 2u);
  // Everybody has asked everybody it remembers.
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
