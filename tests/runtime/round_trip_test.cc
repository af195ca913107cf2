// How long to wait for a member's answer: the arithmetic of RFC 6298.
#include "runtime/round_trip.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace concord::runtime {
namespace {

using absl::Microseconds;
using absl::Milliseconds;
using absl::Seconds;

// So wide that only the estimate counts.
constexpr TimeoutLimits kWide{absl::Nanoseconds(1), absl::Hours(1)};
constexpr TimeoutLimits kNarrow{Milliseconds(250), Seconds(2)};

TEST(RoundTrip, WaitsForTheCeilingUntilSomethingWasMeasured) {
  RoundTrip trip;
  EXPECT_EQ(trip.Timeout(kNarrow), Seconds(2));
  trip.Missed();
  trip.Missed();
  EXPECT_EQ(trip.Timeout(kNarrow), Seconds(2));
}

// RFC 6298, (2.2): SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR.
TEST(RoundTrip, BeginsWithThreeTimesTheFirstMeasurement) {
  RoundTrip trip;
  trip.Answered(Milliseconds(100));
  EXPECT_EQ(trip.Timeout(kWide), Milliseconds(300));
}

// (2.3): RTTVAR = 3/4 RTTVAR + 1/4 |SRTT - R'|, then SRTT = 7/8 SRTT + 1/8 R'.
TEST(RoundTrip, GoesOnAsRfc6298Counts) {
  RoundTrip trip;
  trip.Answered(Milliseconds(100));
  trip.Answered(Milliseconds(200));  // RTTVAR 62.5, SRTT 112.5
  EXPECT_EQ(trip.Timeout(kWide), Microseconds(362'500));
  trip.Answered(Milliseconds(100));  // RTTVAR 50, SRTT 110.9375
  EXPECT_EQ(trip.Timeout(kWide), absl::Nanoseconds(310'937'500));
  trip.Answered(absl::ZeroDuration());  // RTTVAR 65.234375, SRTT 97.0703125
  EXPECT_EQ(trip.Timeout(kWide), absl::Nanoseconds(358'007'812) + absl::Nanoseconds(0.5));
}

TEST(RoundTrip, AgreesWithFloatingPointOverALongRun) {
  RoundTrip trip;
  double srtt = 0, rttvar = 0;
  std::uint64_t random = 1;
  for (int i = 0; i < 10'000; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    const auto took = static_cast<std::int64_t>(random >> 34) + 1;  // up to 1.07 s, in ns
    trip.Answered(absl::Nanoseconds(took));
    if (i == 0) {
      srtt = static_cast<double>(took);
      rttvar = srtt / 2;
    } else {
      rttvar = 0.75 * rttvar + 0.25 * std::abs(srtt - static_cast<double>(took));
      srtt = 0.875 * srtt + 0.125 * static_cast<double>(took);
    }
    ASSERT_NEAR(absl::ToDoubleNanoseconds(trip.Timeout(kWide)), srtt + 4 * rttvar, 100) << i;
  }
}

TEST(RoundTrip, SettlesOnASteadyRoundTrip) {
  RoundTrip trip;
  trip.Answered(Seconds(1));
  for (int i = 0; i < 200; ++i) trip.Answered(Milliseconds(40));
  EXPECT_GE(trip.Timeout(kWide), Milliseconds(40));
  EXPECT_LE(trip.Timeout(kWide), Milliseconds(41));
}

TEST(RoundTrip, StaysWithinFloorAndCeiling) {
  RoundTrip fast;
  fast.Answered(Milliseconds(1));
  EXPECT_EQ(fast.Timeout(kNarrow), Milliseconds(250));
  RoundTrip slow;
  slow.Answered(Seconds(1));
  EXPECT_EQ(slow.Timeout(kNarrow), Seconds(2));
}

TEST(RoundTrip, DoublesTheWaitWithEveryMissUpToTheCeiling) {
  RoundTrip trip;
  trip.Answered(Milliseconds(100));
  for (const absl::Duration expected : {Milliseconds(600), Milliseconds(1200), Seconds(2)}) {
    trip.Missed();
    EXPECT_EQ(trip.Timeout(kNarrow), expected);
  }
}

TEST(RoundTrip, DoublesFromTheFloor) {
  RoundTrip trip;
  trip.Answered(Milliseconds(1));
  trip.Missed();
  EXPECT_EQ(trip.Timeout(kNarrow), Milliseconds(500));
}

TEST(RoundTrip, ForgetsTheMissesWithTheNextAnswer) {
  RoundTrip trip;
  trip.Answered(Milliseconds(100));
  trip.Missed();
  trip.Missed();
  trip.Answered(Milliseconds(100));  // RTTVAR 37.5
  EXPECT_EQ(trip.Timeout(kNarrow), Milliseconds(250));
  EXPECT_EQ(trip.Timeout(kWide), Milliseconds(250));
}

TEST(RoundTrip, CountsAMissFromBeforeTheFirstMeasurementNoLonger) {
  RoundTrip trip;
  trip.Missed();
  trip.Answered(Milliseconds(100));
  EXPECT_EQ(trip.Timeout(kWide), Milliseconds(300));
}

TEST(RoundTrip, BearsAnyNumberOfMisses) {
  RoundTrip trip;
  trip.Answered(Milliseconds(100));
  absl::Duration last = trip.Timeout(kNarrow);
  for (int i = 0; i < 1000; ++i) {
    trip.Missed();
    const absl::Duration timeout = trip.Timeout(kNarrow);
    ASSERT_GE(timeout, last);
    ASSERT_LE(timeout, kNarrow.ceiling);
    last = timeout;
  }
  EXPECT_EQ(last, kNarrow.ceiling);
}

}  // namespace
}  // namespace concord::runtime
