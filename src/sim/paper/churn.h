// Table III of the paper of 2003: lookups in a ring that members join and leave all the time.
#ifndef CONCORD_SIM_PAPER_CHURN_H_
#define CONCORD_SIM_PAPER_CHURN_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "sim/paper/section.h"

namespace concord::sim {

struct ChurnOptions {
  std::uint64_t seed = 1;
  std::size_t size = 1'000;  // at first
  std::size_t successor_count = 20;
  double rate = 0.05;  // joins a second, and as many leaves; Poisson
  absl::Duration period = absl::Seconds(30);
  bool in_order = true;          // who leaves says so; else it dies
  std::size_t lookups = 10'000;  // one a second; Poisson
};

struct Churn {
  // Of the lookups that reached the owner: forwards, and servers that did not answer.
  Sample hops, dead;
  std::size_t failed = 0;
  std::size_t stale = 0;  // first named somebody who was not the owner of that moment, or was dead
};

// A lookup here ends at its owner: who is named is asked for its ring. If it is dead, the next of
// the list of the member that named it is asked; if it has a predecessor at or after the key by
// now, that one is.
Churn LookUpDuringChurn(const ChurnOptions& options);

Section ChurnSection(const Bench& bench);

}  // namespace concord::sim

#endif  // CONCORD_SIM_PAPER_CHURN_H_
