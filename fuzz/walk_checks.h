// A walk along a ring whose members may lie.
#ifndef CONCORD_FUZZ_WALK_CHECKS_H_
#define CONCORD_FUZZ_WALK_CHECKS_H_

#include "input.h"

namespace concord::fuzz {

// The input: hash_bits - 1, how many are wanted - 1, a chunk that is a wire::FindResp, and chunks
// that are a wire::Ring each.
void CheckWalk(Input& input);

}  // namespace concord::fuzz

#endif  // CONCORD_FUZZ_WALK_CHECKS_H_
