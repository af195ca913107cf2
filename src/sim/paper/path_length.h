// Figures 10a and 10b of the paper of 2001: how many hops a lookup takes.
#ifndef CONCORD_SIM_PAPER_PATH_LENGTH_H_
#define CONCORD_SIM_PAPER_PATH_LENGTH_H_

#include <cstddef>
#include <cstdint>

#include "sim/paper/section.h"

namespace concord::sim {

// The hops of so many lookups of random keys from random members of an ideal ring.
Sample PathLengths(std::uint64_t seed, std::size_t size, std::size_t successor_count,
                   std::size_t lookups);

Section PathLengthSection(const Bench& bench);

}  // namespace concord::sim

#endif  // CONCORD_SIM_PAPER_PATH_LENGTH_H_
