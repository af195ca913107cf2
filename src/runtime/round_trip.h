// How long to wait for a member's answer.
#ifndef CONCORD_RUNTIME_ROUND_TRIP_H_
#define CONCORD_RUNTIME_ROUND_TRIP_H_

#include "absl/time/time.h"

namespace concord::runtime {

struct TimeoutLimits {
  absl::Duration floor;
  absl::Duration ceiling;
};

// The running estimate of Jacobson (SIGCOMM 1988) as RFC 6298 writes it down: mean + 4 x deviation.
// Not thread-safe.
class RoundTrip {
 public:
  void Answered(absl::Duration took);
  void Missed();  // a deadline: the next wait is twice as long, until an answer comes

  // The ceiling until something was measured.
  absl::Duration Timeout(const TimeoutLimits& limits) const;

 private:
  bool measured_ = false;
  absl::Duration mean_;
  absl::Duration deviation_;
  int missed_ = 0;  // in a row
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_ROUND_TRIP_H_
