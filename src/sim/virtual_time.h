// Time in the simulator: nanoseconds since the run began. An integer, so that it is exact and
// cheap.
#ifndef CONCORD_SIM_VIRTUAL_TIME_H_
#define CONCORD_SIM_VIRTUAL_TIME_H_

#include <cstdint>
#include <limits>

#include "absl/time/time.h"

namespace concord::sim {

using Nanos = std::int64_t;

inline constexpr Nanos kNever = std::numeric_limits<Nanos>::max();

// A duration too long for the clock of a run (292 years) is kNever.
inline Nanos ToNanos(absl::Duration duration) {
  return duration >= absl::Nanoseconds(kNever) ? kNever : absl::ToInt64Nanoseconds(duration);
}

}  // namespace concord::sim

#endif  // CONCORD_SIM_VIRTUAL_TIME_H_
