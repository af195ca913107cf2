// Who could find whom: what no protocol can mend is a ring that nobody alive remembers.
#ifndef CONCORD_SIM_ACQUAINTANCE_H_
#define CONCORD_SIM_ACQUAINTANCE_H_

#include <vector>

#include "sim/network.h"
#include "sim/world.h"

namespace concord::sim {

// The members in groups, the largest first: in a group, each knows of another an address at which
// it is now, or is known so. Between groups nobody knows of anybody.
std::vector<std::vector<HostId>> Acquainted(const World& world);

}  // namespace concord::sim

#endif  // CONCORD_SIM_ACQUAINTANCE_H_
