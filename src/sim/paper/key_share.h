// Figure 8 of the paper of 2001: how many keys a member owns.
#ifndef CONCORD_SIM_PAPER_KEY_SHARE_H_
#define CONCORD_SIM_PAPER_KEY_SHARE_H_

#include <cstddef>
#include <cstdint>

#include "sim/paper/section.h"

namespace concord::sim {

// How many of so many random keys each of `members` owns.
Sample KeysPerMember(std::uint64_t seed, std::size_t members, std::size_t keys);

Section KeyShareSection(const Bench& bench);

}  // namespace concord::sim

#endif  // CONCORD_SIM_PAPER_KEY_SHARE_H_
