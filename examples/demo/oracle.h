// What must be true of a ring, from nothing but a sorted list of who is alive.
#ifndef CONCORD_EXAMPLES_DEMO_ORACLE_H_
#define CONCORD_EXAMPLES_DEMO_ORACLE_H_

#include <cstddef>
#include <vector>

#include "concord/types.h"

namespace concord::example {

// What GetRing tells of one member.
struct Neighbours {
  Server predecessor;
  std::vector<Server> successors;

  friend bool operator==(const Neighbours&, const Neighbours&) = default;
};

class Oracle {
 public:
  // At least one member.
  explicit Oracle(std::vector<Server> members);

  // By identifier.
  const std::vector<Server>& members() const { return members_; }

  // The first member at or after `id`, clockwise.
  const Server& OwnerOf(Id id) const;

  // Those who own a part of `range`, clockwise.
  std::vector<Server> OwnersWithin(const Range& range) const;

  // Of a member that has `id`:
  Range RangeOf(Id id) const;
  double ShareOf(Id id) const;  // of the identifier space, 0 to 1
  // In an ideal ring: the true predecessor and the `count` true successors, fewer in a ring of
  // fewer; who is alone names itself as both.
  Neighbours NeighboursOf(Id id, std::size_t count) const;

 private:
  std::size_t IndexOf(Id id) const;

  std::vector<Server> members_;
};

// The one of `rings` that has a member at `id`. Precondition: one has.
const Oracle& RingOf(Id id, const std::vector<Oracle>& rings);

// The part of the identifier space (2^64) that `range` covers, 0 to 1.
double ShareOf(const Range& range);

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_DEMO_ORACLE_H_
