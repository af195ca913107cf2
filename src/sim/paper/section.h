// A part of docs/paper.md: one experiment, in words, numbers and plots.
#ifndef CONCORD_SIM_PAPER_SECTION_H_
#define CONCORD_SIM_PAPER_SECTION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sim/paper/statistics.h"

namespace concord::sim {

// A plot, as gnuplot draws it.
struct Plot {
  std::string file;    // its name, without a folder
  std::string title;   // what is to be seen, for those who do not see it
  std::string script;  // all but the terminal and the output
};

struct Section {
  std::string text;  // Markdown, with a heading
  std::vector<Plot> plots;
};

// How an experiment is made.
struct Bench {
  unsigned seeds = 10;
  unsigned jobs = 1;  // threads
  // Hears how far it is: what is done, of how much.
  std::function<void(std::size_t done, std::size_t of)> progress = [](std::size_t, std::size_t) {};

  // run(i) for every i below `runs`, on `jobs` threads; what it says comes back in their order.
  template <typename Result>
  std::vector<Result> Map(std::size_t runs, const std::function<Result(std::size_t)>& run) const;
  void Each(std::size_t runs, const std::function<void(std::size_t)>& run) const;
};

template <typename Result>
std::vector<Result> Bench::Map(std::size_t runs,
                               const std::function<Result(std::size_t)>& run) const {
  std::vector<Result> results(runs);
  Each(runs, [&](std::size_t i) { results[i] = run(i); });
  return results;
}

// 1234567 -> "1,234,567".
std::string Thousands(std::size_t number);
// "| 3.84 ± 0.02 | ..." is made of these.
std::string MeanAndSpread(const Sample& over_seeds, int digits = 2);
// A Markdown table.
std::string Table(const std::vector<std::string>& head,
                  const std::vector<std::vector<std::string>>& rows);
// The rows as data of a gnuplot script: $name.
std::string PlotData(const std::string& name, const std::vector<std::vector<double>>& rows);

}  // namespace concord::sim

#endif  // CONCORD_SIM_PAPER_SECTION_H_
