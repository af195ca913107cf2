// What holds of a whole ring (Zave, "Reasoning about identifier spaces: how to make Chord
// correct"), over plain values: whoever runs a ring takes a picture of it and asks here.
#ifndef CONCORD_SIM_RING_INVARIANTS_H_
#define CONCORD_SIM_RING_INVARIANTS_H_

#include <cstddef>
#include <span>
#include <string>

#include "concord/types.h"
#include "core/id_space.h"

namespace concord::sim {

// One server of a successor list. `live`: it is a member now.
struct Entry {
  Id id = 0;
  bool live = false;
};

// What one live member points to. Without entries it is its own successor.
struct Pointers {
  Id self = 0;
  Id predecessor = 0;
  std::span<const Entry> entries;
};

// A list on its way to `reader`, as it will be held once it arrives: the server that answered, and
// what follows it, cut to the reader's measure. It counts as held already. That matters most of a
// node that joins, which is no member yet: whoever joins between it and its successor while the
// list is on its way is skipped as soon as the list arrives, and so is no principal before.
struct FlyingList {
  Id reader = 0;
  std::span<const Entry> entries;
};

struct RingPicture {
  core::IdSpace space;
  std::size_t successor_count = 0;
  // The ring began with more than successor_count members: Zave's proof speaks of it.
  bool began_large = false;
  std::span<const Pointers> members = {};  // all live members, in ascending order of `self`
  std::span<const FlyingList> flying = {};
};

// The first invariant that is broken, as "Name: what is wrong"; empty when all hold. Allocates
// nothing when all hold and there are at most 64 members. With N members and successor lists of r
// it takes some N² r steps.
std::string BrokenRingInvariant(const RingPicture& ring);

// A principal is a member that no list skips, held or on its way.
bool IsPrincipal(const RingPicture& ring, Id member);
std::size_t Principals(const RingPicture& ring);

// Whether owner :: entries steps over the live member `id`. An entry for an earlier life of it,
// dead and with the same identifier, does not lead to it either.
bool Skips(const core::IdSpace& space, Id owner, std::span<const Entry> entries, Id id);

// Each member's predecessor is the member before it, and its list the r members after it, fewer
// where the ring is smaller.
bool IsIdeal(const RingPicture& ring);

}  // namespace concord::sim

#endif  // CONCORD_SIM_RING_INVARIANTS_H_
