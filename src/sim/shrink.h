// Makes a run that fails as short as it can.
#ifndef CONCORD_SIM_SHRINK_H_
#define CONCORD_SIM_SHRINK_H_

#include <cstddef>
#include <vector>

#include "sim/run.h"
#include "sim/scenario.h"

namespace concord::sim {

// `scenario` with these of its actions alone, by their numbers.
Scenario WithActions(const Scenario& scenario, const std::vector<std::size_t>& kept);

// The numbers of the actions without which the scenario does not fail in the same way: drops parts
// of them, first large and then small, for as long as it still fails and at most `runs` runs.
std::vector<std::size_t> Shrink(const Scenario& scenario, Verdict::Kind failure, std::size_t runs);

}  // namespace concord::sim

#endif  // CONCORD_SIM_SHRINK_H_
