// What holds of a single member after every event, whatever its peers say.
#ifndef CONCORD_CORE_INVARIANTS_H_
#define CONCORD_CORE_INVARIANTS_H_

#include <string>

#include "core/member.h"

namespace concord::core {

// The first invariant that `member` breaks, in words; empty when all hold.
std::string BrokenInvariant(const Member& member);

}  // namespace concord::core

#endif  // CONCORD_CORE_INVARIANTS_H_
