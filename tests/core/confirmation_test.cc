// Confirmed lookups: who is asked, and whose word is taken.
#include "core/confirmation.h"

#include <gtest/gtest.h>

#include <optional>

#include "harness.h"

namespace concord::core {
namespace {

const IdSpace kSpace(8);

TEST(Confirmation, TheOwnerConfirmsWithItsRange) {
  Confirmation confirmation(kSpace, 45, At(50));
  EXPECT_EQ(confirmation.asked(), At(50));
  EXPECT_EQ(confirmation.OnRing({At(40), AtAll({80})}), (Range{40, 50}));
}

TEST(Confirmation, AKeyEqualToAnIdentifierIsThatMembers) {
  EXPECT_TRUE(Confirmation(kSpace, 50, At(50)).OnRing({At(40), AtAll({80})}));
  EXPECT_FALSE(Confirmation(kSpace, 40, At(50)).OnRing({At(40), AtAll({80})}));
}

TEST(Confirmation, WhoHasJoinedBeforeTheOwnerIsAskedNext) {
  Confirmation confirmation(kSpace, 45, At(50));
  EXPECT_EQ(confirmation.OnRing({At(48), AtAll({80})}), std::nullopt);
  EXPECT_EQ(confirmation.asked(), At(48));
  EXPECT_EQ(confirmation.OnRing({At(47), AtAll({50})}), std::nullopt);
  EXPECT_EQ(confirmation.asked(), At(47));
  EXPECT_EQ(confirmation.OnRing({At(20), AtAll({48})}), (Range{20, 47}));
  EXPECT_EQ(confirmation.calls(), 3);
}

TEST(Confirmation, OneThatIsAloneOwnsAll) {
  EXPECT_EQ(Confirmation(kSpace, 45, At(50)).OnRing({At(50), AtAll({50})}), (Range{50, 50}));
}

TEST(Confirmation, GoesNotRoundForEver) {
  Confirmation confirmation(kSpace, 20, At(50));
  int calls = 0;
  for (Id nearer = 49; !confirmation.exhausted(); --nearer, ++calls) {
    EXPECT_EQ(confirmation.OnRing({At(nearer), {}}), std::nullopt);
  }
  EXPECT_EQ(calls, Confirmation::kMaxCalls);
}

}  // namespace
}  // namespace concord::core
