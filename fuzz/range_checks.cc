#include "range_checks.h"

#include <optional>
#include <vector>

#include "check.h"

namespace concord::fuzz {
namespace {

bool Owns(const std::optional<Range>& range, Id key) { return range && Contains(*range, key); }

// Every arc has the same keys between two neighbours of these, so they stand for all keys.
std::vector<Id> TellingKeys(const core::IdSpace& space, const RangeChange& change) {
  std::vector<Id> keys;
  for (const auto& range : {change.before, change.after, change.gained, change.lost}) {
    if (!range) continue;
    for (const Id edge : {range->start, range->end}) {
      keys.push_back(edge);
      keys.push_back(space.Mask(edge + 1));
    }
  }
  return keys;
}

}  // namespace

void CheckRangeChange(const core::IdSpace& space, const RangeChange& change) {
  Check(change.before != change.after, "a change changes something");
  Check(change.gained.has_value() != change.lost.has_value(), "one arc is gained or lost");
  for (const Id key : TellingKeys(space, change)) {
    const int owned = Owns(change.before, key) + Owns(change.gained, key) - Owns(change.lost, key);
    Check(owned == Owns(change.after, key), "after is before with gained and without lost");
  }
  if (!change.after) return;  // whoever leaves may have an heir
  if (!change.before || !change.peer) {
    return Check(!change.before, "somebody stands at the edge that moved");
  }
  const Range& with_peer = change.gained ? *change.before : *change.after;
  Check(change.peer->id == with_peer.start, "the peer stands at the edge that moved");
}

}  // namespace concord::fuzz
