// Ordinary life is written down whole, a flood is counted.
#include "runtime/line_budget.h"

#include <gtest/gtest.h>

#include <optional>

#include "absl/time/time.h"

namespace concord::runtime {
namespace {

TEST(LineBudget, PassesManyAtOnceThenFewASecondAndCountsTheOthers) {
  const absl::Time start = absl::FromUnixSeconds(1'000'000);
  LineBudget budget;
  for (int i = 0; i < LineBudget::kAtOnce; ++i) EXPECT_EQ(budget.Pass(start), 0);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(budget.Pass(start), std::nullopt);
  EXPECT_EQ(budget.Pass(start + absl::Milliseconds(100)), 5);
  EXPECT_EQ(budget.Pass(start + absl::Milliseconds(100)), std::nullopt);
  int passed = 0;
  for (int ms = 100; ms <= 10100; ++ms) {
    passed += budget.Pass(start + absl::Milliseconds(ms)).has_value() ? 1 : 0;
  }
  EXPECT_NEAR(passed, 10 * LineBudget::kPerSecond, 1);
}

}  // namespace
}  // namespace concord::runtime
