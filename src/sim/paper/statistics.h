// Means, percentiles, and how much they differ from seed to seed.
#ifndef CONCORD_SIM_PAPER_STATISTICS_H_
#define CONCORD_SIM_PAPER_STATISTICS_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace concord::sim {

// The measurements of one run.
class Sample {
 public:
  void Add(double value) { values_.push_back(value); }
  std::size_t size() const { return values_.size(); }
  const std::vector<double>& values() const { return values_; }

  // These are 0 without a measurement.
  double Mean() const {
    double sum = 0;
    for (const double value : values_) sum += value;
    return values_.empty() ? 0 : sum / static_cast<double>(values_.size());
  }
  double Deviation() const {  // the standard deviation of the measurements
    double squares = 0;
    for (const double value : values_) squares += (value - Mean()) * (value - Mean());
    return values_.size() < 2 ? 0 : std::sqrt(squares / static_cast<double>(values_.size() - 1));
  }
  // The least value that so many in a hundred are not above.
  double Percentile(double percent) const {
    if (values_.empty()) return 0;
    std::vector<double> sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    const double rank = std::ceil(percent / 100 * static_cast<double>(sorted.size()));
    return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
  }

 private:
  std::vector<double> values_;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_PAPER_STATISTICS_H_
