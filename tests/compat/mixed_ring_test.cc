// concord nodes and nodes of the Go library in one ring: the latter know three calls and none of
// the extensions, and stay full members.
#include "compat/mixed_ring.h"

#include <gtest/gtest.h>

#include "support/eventually.h"

namespace concord::testing {
namespace {

constexpr int kKeys = 40;

TEST(MixedRing, OfAGoNodeThatConcordNodesJoin) {
  MixedRing ring;
  GoPeer& first = ring.AddGo("go-0");
  for (const char* name : {"a", "b", "c"}) ring.AddConcord(name);
  ring.AddGo("go-1");
  ring.WaitUntilIdeal();
  ring.ExpectAllAgree(kKeys);
  // What it does not know was said to it, and it did not mind.
  EXPECT_GT(first.unknown_fields(), 0);
}

TEST(MixedRing, OfAConcordNodeThatGoNodesJoin) {
  MixedRing ring;
  ring.AddConcord("a");
  for (const char* name : {"go-0", "go-1", "go-2"}) ring.AddGo(name);
  ring.WaitUntilIdeal();
  for (const char* name : {"b", "c"}) ring.AddConcord(name);
  ring.WaitUntilIdeal();
  ring.ExpectAllAgree(kKeys);
}

TEST(MixedRing, OfOneOfEachKind) {
  MixedRing ring;
  ring.AddGo("go-0");
  ring.AddConcord("a");
  ring.WaitUntilIdeal();
  ring.ExpectAllAgree(kKeys);
}

TEST(MixedRing, EachKindJoinsThroughTheOther) {
  MixedRing ring;
  ring.AddConcord("a");
  ring.AddGo("go-0");
  ring.JoinThrough("go-0");
  ring.AddConcord("b");
  ring.JoinThrough("b");
  ring.AddGo("go-1");
  ring.JoinThrough("go-1");
  ring.AddConcord("c");
  ring.WaitUntilIdeal();
  ring.ExpectAllAgree(kKeys);
}

class MixedRingOfSix : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"a", "b", "c"}) ring_.AddConcord(name);
    for (const char* name : {"go-0", "go-1", "go-2"}) ring_.AddGo(name);
    ring_.WaitUntilIdeal();
  }
  void ExpectHealed() {
    ring_.WaitUntilIdeal();
    ring_.ExpectAllAgree(kKeys);
  }

  MixedRing ring_;
};

TEST_F(MixedRingOfSix, AGoNodeThatDiesIsHealedAround) {
  ring_.Kill("go-1");
  ExpectHealed();
}

TEST_F(MixedRingOfSix, AConcordNodeThatDiesIsHealedAround) {
  ring_.Kill("b");
  ExpectHealed();
}

TEST_F(MixedRingOfSix, OneOfEachKindThatDieTogetherAreHealedAround) {
  ring_.Kill("c");
  ring_.Kill("go-0");
  ExpectHealed();
}

TEST_F(MixedRingOfSix, AConcordNodeThatLeavesIsHealedAround) {
  const std::string heir = ring_.NameAfter("a");
  ASSERT_EQ(heir, "go-0") << "which is the case to be tested: it has no Leave";
  EXPECT_EQ(ring_.Leave("a"), heir);
  ExpectHealed();
}

TEST_F(MixedRingOfSix, AKeyThatIsAnIdentifierBelongsToItsMember) {
  ring_.ExpectNamesOwnThemselves();
}

TEST_F(MixedRingOfSix, ThatIsIdealStaysIdeal) {
  // All that the extensions ask for has been tried by then.
  const int before = ring_.go("go-0").unknown_fields();
  EXPECT_TRUE(Eventually([&] { return ring_.go("go-0").unknown_fields() > before + 20; }));
  ExpectHealed();
  for (const char* complaint : {"notify_refused", "alone", "predecessor_failed"}) {
    EXPECT_FALSE(ring_.log().Has(complaint)) << ring_.log().text();
  }
}

}  // namespace
}  // namespace concord::testing
