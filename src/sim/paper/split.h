// How long a ring that was split takes to be one again.
#ifndef CONCORD_SIM_PAPER_SPLIT_H_
#define CONCORD_SIM_PAPER_SPLIT_H_

#include <cstddef>
#include <cstdint>

#include "sim/paper/recovery.h"
#include "sim/paper/section.h"

namespace concord::sim {

// From when an ideal ring of `size`, that was in so many parts for ten minutes, can hear each
// other.
Periods PeriodsToBeOne(std::uint64_t seed, std::size_t size, std::size_t parts);

Section SplitSection(const Bench& bench);

}  // namespace concord::sim

#endif  // CONCORD_SIM_PAPER_SPLIT_H_
