#include "sim/paper/section.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace concord::sim {

void Bench::Each(std::size_t runs, const std::function<void(std::size_t)>& run) const {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::size_t done = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < runs; i = next++) {
      run(i);
      const std::lock_guard lock(mutex);
      progress(++done, runs);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < std::max(jobs, 1u); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
}

std::string Thousands(std::size_t number) {
  std::string text = absl::StrCat(number);
  for (std::size_t digits = 3; digits < text.size(); digits += 4) {
    text.insert(text.size() - digits, 1, ',');
  }
  return text;
}

std::string MeanAndSpread(const Sample& over_seeds, int digits) {
  if (over_seeds.size() < 2) return absl::StrFormat("%.*f", digits, over_seeds.Mean());
  return absl::StrFormat("%.*f ± %.*f", digits, over_seeds.Mean(), digits, over_seeds.Deviation());
}

std::string Table(const std::vector<std::string>& head,
                  const std::vector<std::vector<std::string>>& rows) {
  std::string text = absl::StrCat("| ", absl::StrJoin(head, " | "), " |\n");
  for (std::size_t i = 0; i < head.size(); ++i) absl::StrAppend(&text, "|---");
  absl::StrAppend(&text, "|\n");
  for (const auto& row : rows) absl::StrAppend(&text, "| ", absl::StrJoin(row, " | "), " |\n");
  return text;
}

std::string PlotData(const std::string& name, const std::vector<std::vector<double>>& rows) {
  std::string text = absl::StrCat("$", name, " << END\n");
  for (const auto& row : rows) absl::StrAppend(&text, absl::StrJoin(row, " "), "\n");
  return absl::StrCat(text, "END\n");
}

}  // namespace concord::sim
