// Table II of the paper of 2003: lookups after many members have failed at once.
#ifndef CONCORD_SIM_PAPER_MASS_FAILURE_H_
#define CONCORD_SIM_PAPER_MASS_FAILURE_H_

#include <cstddef>
#include <cstdint>

#include "sim/paper/section.h"

namespace concord::sim {

struct MassFailure {
  // Of the lookups that found the owner, as StaticRing::Route has them. `dead` counts each dead
  // server once.
  Sample hops, forward_timeouts, timeouts, dead;
  std::size_t failed = 0;  // the others
};

// A ring of `size` of which each member fails with a probability of so many in a hundred, and
// lookups from those that are left before anybody has noticed.
MassFailure FailAtOnce(std::uint64_t seed, std::size_t size, std::size_t successor_count,
                       unsigned percent, std::size_t lookups);

Section MassFailureSection(const Bench& bench);

}  // namespace concord::sim

#endif  // CONCORD_SIM_PAPER_MASS_FAILURE_H_
