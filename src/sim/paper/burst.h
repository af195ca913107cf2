// How long a ring takes to be ideal again after many members have failed at once.
#ifndef CONCORD_SIM_PAPER_BURST_H_
#define CONCORD_SIM_PAPER_BURST_H_

#include <cstddef>
#include <cstdint>

#include "sim/paper/recovery.h"
#include "sim/paper/section.h"

namespace concord::sim {

Periods PeriodsToIdeal(std::uint64_t seed, std::size_t size, std::size_t successor_count,
                       unsigned percent);

Section BurstSection(const Bench& bench);

}  // namespace concord::sim

#endif  // CONCORD_SIM_PAPER_BURST_H_
