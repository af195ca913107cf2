// What processes hold.
#ifndef CONCORD_TESTS_CHAOS_RESOURCES_H_
#define CONCORD_TESTS_CHAOS_RESOURCES_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace concord::chaos {

struct Held {
  double memory_kib = 0;  // resident
  double threads = 0;
  double descriptors = 0;
};

// nullopt: there is no such process.
std::optional<Held> HeldBy(pid_t pid);

// Medians of each.
Held MedianOf(const std::vector<Held>& processes);

// The median of the first quarter of `series`, and that of the last.
struct Drift {
  Held first, last;
};
Drift DriftOf(const std::vector<Held>& series);

// Whether nothing grew: memory by less than a tenth and 2 MiB, besides what is there to be filled,
// threads by less than 3, descriptors by less than 17. A full list of what did.
std::vector<std::string> WhatGrew(const Drift& drift, double memory_to_fill = 0);

}  // namespace concord::chaos

#endif  // CONCORD_TESTS_CHAOS_RESOURCES_H_
