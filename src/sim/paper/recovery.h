// How long a ring takes to be ideal again, however it was disturbed.
#ifndef CONCORD_SIM_PAPER_RECOVERY_H_
#define CONCORD_SIM_PAPER_RECOVERY_H_

#include <optional>
#include <string>
#include <vector>

#include "sim/world.h"

namespace concord::sim {

// In stabilize periods; nullopt: not within two minutes of virtual time.
using Periods = std::optional<double>;

// From now until the ring is ideal, which is looked at every 100 ms.
Periods PeriodsUntilIdeal(World& world);

// "12.4 ± 0.8", and in how many of the runs if not in all of them.
std::string Show(const std::vector<Periods>& runs);

}  // namespace concord::sim

#endif  // CONCORD_SIM_PAPER_RECOVERY_H_
