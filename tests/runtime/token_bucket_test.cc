// So much at once, and so much a second.
#include "runtime/token_bucket.h"

#include <gtest/gtest.h>

#include "absl/time/time.h"

namespace concord::runtime {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'000'000);

int TakeAll(TokenBucket& bucket, absl::Time now) {
  int taken = 0;
  while (bucket.Take(now)) ++taken;
  return taken;
}

TEST(TokenBucket, IsFullAtFirst) {
  TokenBucket bucket(2, 10);
  EXPECT_EQ(TakeAll(bucket, kStart), 10);
}

TEST(TokenBucket, FillsAtItsPace) {
  TokenBucket bucket(2, 10);
  TakeAll(bucket, kStart);
  EXPECT_EQ(TakeAll(bucket, kStart + absl::Milliseconds(400)), 0);
  EXPECT_EQ(TakeAll(bucket, kStart + absl::Milliseconds(500)), 1);
  EXPECT_EQ(TakeAll(bucket, kStart + absl::Milliseconds(3500)), 6);
}

TEST(TokenBucket, NeverHoldsMoreThanAtFirst) {
  TokenBucket bucket(2, 10);
  TakeAll(bucket, kStart);
  EXPECT_EQ(TakeAll(bucket, kStart + absl::Hours(1)), 10);
}

TEST(TokenBucket, OutlivesAClockThatIsSetBack) {
  TokenBucket bucket(2, 10);
  TakeAll(bucket, kStart);
  EXPECT_EQ(TakeAll(bucket, kStart - absl::Hours(1)), 0);
  EXPECT_EQ(TakeAll(bucket, kStart - absl::Hours(1) + absl::Seconds(1)), 2);
}

}  // namespace
}  // namespace concord::runtime
