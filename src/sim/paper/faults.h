// The faults of docs/resilience.md, on a ring of the same size.
#ifndef CONCORD_SIM_PAPER_FAULTS_H_
#define CONCORD_SIM_PAPER_FAULTS_H_

#include <cstdint>

#include "sim/paper/recovery.h"
#include "sim/paper/section.h"

namespace concord::sim {

enum class RingFault {
  kKill,       // two neighbours die: until the others are an ideal ring
  kLeave,      // two neighbours leave in order: the same
  kSilence,    // one dies without a word: the same
  kReturn,     // the two that were killed have started again: until they are in the ring
  kElsewhere,  // one dies and starts again at once at another address: the same
  kSplit2,     // two sides that did not hear each other do again: until they are one ring
  kSplit3,     // three
};

// 16 members that know three successors, as there.
Periods PeriodsAfter(RingFault fault, std::uint64_t seed);

Section FaultsSection(const Bench& bench);

}  // namespace concord::sim

#endif  // CONCORD_SIM_PAPER_FAULTS_H_
