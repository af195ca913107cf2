// The watchman himself: what BrokenInvariant says of members that cannot be.
#include "core/invariants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness.h"

namespace concord::core {
namespace {

using testing::HasSubstr;

std::string Broken(Server predecessor, const std::vector<Server>& successors) {
  MemberOptions options;
  options.self = At(5);
  options.space = IdSpace(4);
  return BrokenInvariant(Member::InRing(options, std::move(predecessor), successors));
}

TEST(BrokenInvariant, IsEmptyOfASoundMember) {
  EXPECT_EQ(Broken(At(2), AtAll({8, 9})), "");
  EXPECT_EQ(Broken(At(5), {}), "");
  EXPECT_EQ(BrokenInvariant(Member({})), "");
}

TEST(BrokenInvariant, NamesAPredecessorOffTheCircle) {
  EXPECT_THAT(Broken(At(16), AtAll({8})), HasSubstr("predecessor 16"));
}

TEST(BrokenInvariant, NamesAPredecessorWithOurIdentifier) {
  EXPECT_THAT(Broken(OtherAt(5), AtAll({8})), HasSubstr("not us"));
}

TEST(BrokenInvariant, NamesOneThatIsItsOwnPredecessorAndNotAlone) {
  EXPECT_THAT(Broken(At(5), AtAll({8})), HasSubstr("its own predecessor"));
}

TEST(BrokenInvariant, NamesASuccessorOffTheCircle) {
  EXPECT_THAT(Broken(At(2), AtAll({8, 16 + 9})), HasSubstr("successor 25 is off the circle"));
}

TEST(BrokenInvariant, NamesAListThatHoldsItsOwner) {
  EXPECT_THAT(Broken(At(2), AtAll({5})), HasSubstr("its owner"));
}

}  // namespace
}  // namespace concord::core
