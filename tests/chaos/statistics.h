// Figures of samples.
#ifndef CONCORD_TESTS_CHAOS_STATISTICS_H_
#define CONCORD_TESTS_CHAOS_STATISTICS_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace concord::chaos {

// The smallest sample that at least `share` of them (0 to 1) do not exceed; 0 of none.
inline double Percentile(std::vector<double> samples, double share) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  const auto rank =
      static_cast<std::size_t>(std::ceil(share * static_cast<double>(samples.size())));
  return samples[std::clamp<std::size_t>(rank, 1, samples.size()) - 1];
}

}  // namespace concord::chaos

#endif  // CONCORD_TESTS_CHAOS_STATISTICS_H_
