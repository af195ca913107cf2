#include "runtime/round_trip.h"

#include <algorithm>

namespace concord::runtime {

void RoundTrip::Answered(absl::Duration took) {
  missed_ = 0;
  if (!measured_) {
    measured_ = true;
    mean_ = took;
    deviation_ = took / 2;
    return;
  }
  const absl::Duration off = took - mean_;
  deviation_ += (absl::AbsDuration(off) - deviation_) / 4;
  mean_ += off / 8;
}

void RoundTrip::Missed() { missed_ = std::min(missed_ + 1, 16); }

absl::Duration RoundTrip::Timeout(const TimeoutLimits& limits) const {
  if (!measured_) return limits.ceiling;
  const absl::Duration estimate = std::max(mean_ + 4 * deviation_, limits.floor);
  return std::min(estimate * (1 << missed_), limits.ceiling);
}

}  // namespace concord::runtime
