// The classes of fault: what each one does, what it needs, and what has to hold after it.
#ifndef CONCORD_TESTS_CHAOS_FAULTS_H_
#define CONCORD_TESTS_CHAOS_FAULTS_H_

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace concord::chaos {

enum class Fault {
  kKill,
  kStop,
  kSuspicion,
  kRestart,
  kElsewhere,
  kLeave,
  kStorm,
  kSplit2,
  kSplit3,
  kOneWay,
  kBlackHole,
  kHalfOpen,
  kReset,
  kRolling,
  kFull,
};
inline constexpr std::size_t kFaults = 15;

struct FaultTraits {
  Fault fault;
  std::string_view name;
  std::string_view what;
  bool needs_network;  // packets have to be touched, not only processes
  bool few_down;       // fewer than r nodes are down meanwhile: lookups have to be answered
  std::optional<int> strike_bar;  // periods from the fault to an ideal ring of the others
  std::optional<int> mend_bar;    // periods from its end to an ideal ring of all
};

const FaultTraits& TraitsOf(Fault fault);

// In the order of the enumeration.
const std::vector<FaultTraits>& AllFaults();

// Names, separated by commas, or all if there are none. Without a `network` that can be disturbed,
// those that need one are left out.
//   INVALID_ARGUMENT  a name that is none, or nothing is left
absl::StatusOr<std::vector<Fault>> ParseFaults(std::string_view names, bool network);

}  // namespace concord::chaos

#endif  // CONCORD_TESTS_CHAOS_FAULTS_H_
