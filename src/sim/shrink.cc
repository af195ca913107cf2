#include "sim/shrink.h"

#include <algorithm>
#include <numeric>

namespace concord::sim {

Scenario WithActions(const Scenario& scenario, const std::vector<std::size_t>& kept) {
  Scenario shorter = scenario;
  shorter.actions.clear();
  for (const std::size_t number : kept) shorter.actions.push_back(scenario.actions[number]);
  return shorter;
}

std::vector<std::size_t> Shrink(const Scenario& scenario, Verdict::Kind failure, std::size_t runs) {
  std::vector<std::size_t> kept(scenario.actions.size());
  std::iota(kept.begin(), kept.end(), 0);
  for (std::size_t part = (kept.size() + 1) / 2; part > 0; part = part > 1 ? (part + 1) / 2 : 0) {
    for (std::size_t first = 0; first < kept.size() && runs > 0; --runs) {
      std::vector<std::size_t> fewer = kept;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(first),
                  fewer.begin() + static_cast<std::ptrdiff_t>(std::min(first + part, kept.size())));
      const Scenario shorter = WithActions(scenario, fewer);
      if (Run(shorter).Go().kind == failure) {
        kept = std::move(fewer);
      } else {
        first += part;
      }
    }
  }
  return kept;
}

}  // namespace concord::sim
