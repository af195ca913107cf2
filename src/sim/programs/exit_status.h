// How concord-sim ends. (The library that reads its flags ends it with 1 when it does not know
// one.)
#ifndef CONCORD_SIM_PROGRAMS_EXIT_STATUS_H_
#define CONCORD_SIM_PROGRAMS_EXIT_STATUS_H_

#include "sim/run.h"

namespace concord::sim {

inline constexpr int kPassed = 0;
inline constexpr int kUnsafe = 3;
inline constexpr int kWrongUsage = 2;
inline constexpr int kNotHealed = 4;
inline constexpr int kCrashed = 5;

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
