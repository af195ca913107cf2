// What holds of a single range change.
#ifndef CONCORD_FUZZ_RANGE_CHECKS_H_
#define CONCORD_FUZZ_RANGE_CHECKS_H_

#include "concord/types.h"
#include "core/id_space.h"

namespace concord::fuzz {

// The change says either gained or lost, after is before with gained and without lost, key by key,
// and the peer is who stands at the edge that moved.
void CheckRangeChange(const core::IdSpace& space, const RangeChange& change);

}  // namespace concord::fuzz

#endif  // CONCORD_FUZZ_RANGE_CHECKS_H_
