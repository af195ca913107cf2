// How long a ring takes to be ideal again, however it was disturbed.
#ifndef CONCORD_SIM_PAPER_RECOVERY_H_
#define CONCORD_SIM_PAPER_RECOVERY_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sim/world.h"

namespace concord::sim {

// In stabilize periods; nullopt: not within two minutes of virtual time.
using Periods = std::optional<double>;

// An ideal ring of so many members on the hosts of a world that had none.
std::vector<HostId> PlaceRing(World& world, std::size_t size);

// From now until the ring is ideal, which is looked at every 100 ms.
Periods PeriodsUntilIdeal(World& world);

// "12.4 ± 0.8", and in how many of the runs if not in all of them.
std::string Show(const std::vector<Periods>& runs);

}  // namespace concord::sim

#endif  // CONCORD_SIM_PAPER_RECOVERY_H_
