// One line a second, and the number of the others.
#include "runtime/line_limiter.h"

#include <gtest/gtest.h>

#include <optional>

#include "absl/time/time.h"

namespace concord::runtime {
namespace {

TEST(LineLimiter, PassesOneASecondAndCountsTheOthers) {
  const absl::Time start = absl::FromUnixSeconds(1'000'000);
  LineLimiter limiter;
  EXPECT_EQ(limiter.Pass(start), 0);
  EXPECT_EQ(limiter.Pass(start), std::nullopt);
  EXPECT_EQ(limiter.Pass(start + absl::Milliseconds(999)), std::nullopt);
  EXPECT_EQ(limiter.Pass(start + absl::Seconds(1)), 2);
  EXPECT_EQ(limiter.Pass(start + absl::Seconds(1)), std::nullopt);
  EXPECT_EQ(limiter.Pass(start + absl::Seconds(9)), 1);
  EXPECT_EQ(limiter.Pass(start + absl::Seconds(19)), 0);
}

}  // namespace
}  // namespace concord::runtime
