#include "sim/prng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace concord::sim {
namespace {

constexpr int kDraws = 200'000;

// The first outputs of SplitMix64 for the seed 1234567, from its reference implementation.
TEST(Prng, IsSplitMix64) {
  Prng prng(1234567);
  EXPECT_EQ(prng.Next(), 6457827717110365317u);
  EXPECT_EQ(prng.Next(), 3203168211198807973u);
  EXPECT_EQ(prng.Next(), 9817491932198370423u);
}

TEST(Prng, BetweenIncludesBothEnds) {
  Prng prng(1);
  std::vector<int> count(4);
  for (int i = 0; i < 1000; ++i) ++count[prng.Between(5, 8) - 5];
  EXPECT_GT(*std::min_element(count.begin(), count.end()), 150);
}

// Mean, and the parts beyond one and three means: 1/e and 1/e³.
TEST(Prng, ExponentialHasItsShape) {
  Prng prng(1);
  constexpr std::uint64_t kMean = 5'000'000;
  double sum = 0, beyond = 0, far_beyond = 0;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t drawn = prng.Exponential(kMean);
    sum += static_cast<double>(drawn);
    beyond += drawn > kMean ? 1 : 0;
    far_beyond += drawn > 3 * kMean ? 1 : 0;
  }
  EXPECT_NEAR(sum / kDraws, kMean, 0.01 * kMean);
  EXPECT_NEAR(beyond / kDraws, 0.3679, 0.005);
  EXPECT_NEAR(far_beyond / kDraws, 0.0498, 0.003);
}

// P(result > 8/5 least) is a half, and so on with every step.
TEST(Prng, HeavyTailHasItsShape) {
  Prng prng(1);
  constexpr std::uint64_t kLeast = 1'000'000;
  std::uint64_t largest = 0;
  double beyond = 0, far_beyond = 0;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t drawn = prng.HeavyTail(kLeast);
    ASSERT_GE(drawn, kLeast);
    largest = std::max(largest, drawn);
    beyond += drawn > kLeast * 8 / 5 ? 1 : 0;
    far_beyond += drawn > 10 * kLeast ? 1 : 0;
  }
  EXPECT_NEAR(beyond / kDraws, 0.5, 0.01);
  EXPECT_NEAR(far_beyond / kDraws, 0.033, 0.01);
  EXPECT_GT(largest, 100 * kLeast);
}

}  // namespace
}  // namespace concord::sim
