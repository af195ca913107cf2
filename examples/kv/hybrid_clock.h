// Kulkarni et al., "Logical Physical Clocks" (OPODIS 2014): times that are near the wall clock's,
// and after every time that was seen before.
#ifndef CONCORD_EXAMPLES_KV_HYBRID_CLOCK_H_
#define CONCORD_EXAMPLES_KV_HYBRID_CLOCK_H_

#include <algorithm>
#include <cstdint>

#include "absl/time/time.h"

namespace kv {

// Not thread-safe.
class HybridClock {
 public:
  // Milliseconds of Unix time above, a counter below: 65,536 times a millisecond until it runs
  // ahead of the wall clock, to the year 10,889.
  static constexpr int kCounterBits = 16;

  // Later than every time before, and than all that were seen.
  std::uint64_t Next(absl::Time wall) {
    last_ = std::max(last_ + 1, FromWall(wall));
    return last_;
  }
  void See(std::uint64_t time) { last_ = std::max(last_, time); }

  static std::uint64_t FromWall(absl::Time wall) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(absl::ToUnixMillis(wall), 0))
           << kCounterBits;
  }

 private:
  std::uint64_t last_ = 0;
};

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_HYBRID_CLOCK_H_
