#include "core/range_change.h"

namespace concord::core {

RangeChange ChangeOfRange(const IdSpace& space, Id self, const std::optional<Range>& before,
                          const std::optional<Range>& after) {
  RangeChange change;
  change.before = before;
  change.after = after;
  if (!before) {
    change.gained = after;
  } else if (!after) {
    change.lost = before;
  } else if (space.Between(before->start, after->start, self)) {
    change.lost = Range{before->start, after->start};
  } else {
    change.gained = Range{after->start, before->start};
  }
  return change;
}

}  // namespace concord::core
