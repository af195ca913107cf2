// How concord-sim ends.
#ifndef CONCORD_SIM_PROGRAMS_EXIT_STATUS_H_
#define CONCORD_SIM_PROGRAMS_EXIT_STATUS_H_

#include "sim/run.h"

namespace concord::sim {

inline constexpr int kPassed = 0;
inline constexpr int kUnsafe = 1;
inline constexpr int kWrongUsage = 2;
inline constexpr int kNotHealed = 3;
inline constexpr int kCrashed = 4;

inline int ExitStatus(Verdict::Kind kind) {
  switch (kind) {
    case Verdict::Kind::kPassed:
      return kPassed;
    case Verdict::Kind::kUnsafe:
      return kUnsafe;
    case Verdict::Kind::kNotHealed:
      return kNotHealed;
  }
  return kCrashed;
}

}  // namespace concord::sim

#endif  // CONCORD_SIM_PROGRAMS_EXIT_STATUS_H_
