#include "resources.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "statistics.h"

namespace concord::chaos {

std::optional<Held> HeldBy(pid_t pid) {
  const std::string folder = absl::StrCat("/proc/", pid);
  std::ifstream status(folder + "/status");
  Held held;
  bool known = false;
  for (std::string word; status >> word;) {
    if (word == "VmRSS:") known = static_cast<bool>(status >> held.memory_kib);
    if (word == "Threads:") status >> held.threads;
  }
  std::error_code error;
  const std::filesystem::directory_iterator fds(folder + "/fd", error);
  if (!known || error) return std::nullopt;
  held.descriptors = static_cast<double>(std::distance(begin(fds), end(fds)));
  return held;
}

Held MedianOf(const std::vector<Held>& processes) {
  const auto median = [&](double Held::* field) {
    std::vector<double> values;
    for (const Held& held : processes) values.push_back(held.*field);
    return Percentile(std::move(values), 0.5);
  };
  return {median(&Held::memory_kib), median(&Held::threads), median(&Held::descriptors)};
}

Drift DriftOf(const std::vector<Held>& series) {
  const auto quarter = static_cast<std::ptrdiff_t>((series.size() + 3) / 4);
  return {MedianOf({series.begin(), series.begin() + quarter}),
          MedianOf({series.end() - quarter, series.end()})};
}

std::vector<std::string> WhatGrew(const Drift& drift, double memory_to_fill) {
  std::vector<std::string> grew;
  const auto check = [&](const char* what, double first, double last, double limit) {
    if (last <= limit) return;
    grew.push_back(
        absl::StrFormat("%s grew from %.0f to %.0f; the limit is %.0f", what, first, last, limit));
  };
  check("resident memory (KiB)", drift.first.memory_kib, drift.last.memory_kib,
        drift.first.memory_kib * 1.1 + 2048 + memory_to_fill);
  check("threads", drift.first.threads, drift.last.threads, drift.first.threads + 2);
  check("descriptors", drift.first.descriptors, drift.last.descriptors,
        drift.first.descriptors + 16);
  return grew;
}

}  // namespace concord::chaos
