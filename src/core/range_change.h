// What the application is told when a member's range has changed.
#ifndef CONCORD_CORE_RANGE_CHANGE_H_
#define CONCORD_CORE_RANGE_CHANGE_H_

#include <optional>

#include "concord/types.h"
#include "core/id_space.h"

namespace concord::core {

// The change of member `self` from `before` to `after`, which must differ; peer and epoch are left
// to the caller.
RangeChange ChangeOfRange(const IdSpace& space, Id self, const std::optional<Range>& before,
                          const std::optional<Range>& after);

}  // namespace concord::core

#endif  // CONCORD_CORE_RANGE_CHANGE_H_
