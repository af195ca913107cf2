#include "sim/ring_invariants.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"

namespace concord::sim {
namespace {

// A set of small numbers, which takes no memory from the heap while they are below 64.
class Marks {
 public:
  explicit Marks(std::size_t size) {
    if (size > 64) large_.resize(size);
  }
  bool Has(std::size_t i) const { return large_.empty() ? (small_ >> i & 1) != 0 : large_[i]; }
  void Add(std::size_t i) {
    if (large_.empty()) {
      small_ |= std::uint64_t{1} << i;
    } else {
      large_[i] = true;
    }
  }

 private:
  std::uint64_t small_ = 0;
  std::vector<bool> large_;
};

bool HasLive(std::span<const Entry> entries) {
  return std::any_of(entries.begin(), entries.end(), [](const Entry& e) { return e.live; });
}

// The place in ring.members of the member `id`, which there is.
std::size_t IndexOf(const RingPicture& ring, Id id) {
  const auto before = [](const Pointers& member, Id wanted) { return member.self < wanted; };
  return std::lower_bound(ring.members.begin(), ring.members.end(), id, before) -
         ring.members.begin();
}

// The member that `member` takes for the next: the first live entry, or itself when it has none.
std::size_t NextOf(const RingPicture& ring, std::size_t member) {
  for (const Entry& entry : ring.members[member].entries) {
    if (entry.live) return IndexOf(ring, entry.id);
  }
  return member;
}

std::string BrokenList(const RingPicture& ring, Id owner, std::span<const Entry> entries) {
  Id last = 0;
  for (const Entry& entry : entries) {
    const Id distance = ring.space.Distance(owner, entry.id);
    if (distance == 0) return absl::StrCat("OrderedLists: the list of ", owner, " holds itself");
    if (distance == last) {
      return absl::StrCat("OrderedLists: the list of ", owner, " holds ", entry.id, " twice");
    }
    if (distance < last) {
      return absl::StrCat("OrderedLists: in the list of ", owner, ", ", entry.id,
                          " is out of order");
    }
    last = distance;
  }
  return "";
}

std::string BrokenListOfAny(const RingPicture& ring) {
  for (const Pointers& member : ring.members) {
    std::string broken = BrokenList(ring, member.self, member.entries);
    if (!broken.empty()) return broken;
  }
  for (const FlyingList& list : ring.flying) {
    std::string broken = BrokenList(ring, list.reader, list.entries);
    if (!broken.empty()) return broken;
  }
  return "";
}

std::string BrokenLiveness(const RingPicture& ring) {
  for (const Pointers& member : ring.members) {
    if (!member.entries.empty() && !HasLive(member.entries)) {
      return absl::StrCat("OneLiveSuccessor: nobody in the list of ", member.self, " lives");
    }
  }
  return "";
}

// The rings are the cycles of NextOf. With somebody next to every member there is at least one, and
// every member leads to one: what is left to check is that all lead to the same.
std::string BrokenRing(const RingPicture& ring) {
  const std::size_t count = ring.members.size();
  std::size_t start = 0;
  for (std::size_t i = 0; i < count; ++i) start = NextOf(ring, start);  // is on a ring now

  Marks on_ring(count);
  std::size_t at = start;
  do {
    on_ring.Add(at);
    const std::size_t next = NextOf(ring, at);
    const auto from_start = [&](std::size_t member) {
      return ring.space.Distance(ring.members[start].self, ring.members[member].self);
    };
    if (next != start && from_start(next) < from_start(at)) {
      return absl::StrCat("OrderedRing: the ring passes ", ring.members[start].self,
                          " on the way from ", ring.members[at].self, " to ",
                          ring.members[next].self);
    }
    at = next;
  } while (at != start);

  Marks leads_there = on_ring;
  for (std::size_t member = 0; member < count; ++member) {
    std::size_t steps = 0;
    for (at = member; !leads_there.Has(at) && steps <= count; ++steps) at = NextOf(ring, at);
    if (!leads_there.Has(at)) {
      return absl::StrCat("AtMostOneRing: following the successors, ", ring.members[member].self,
                          " never meets ", ring.members[start].self);
    }
    leads_there.Add(member);
  }
  for (std::size_t member = 0; member < count; ++member) {
    if (ring.began_large && !on_ring.Has(member) && IsPrincipal(ring, ring.members[member].self)) {
      return absl::StrCat("PrincipalsOnRing: principal ", ring.members[member].self,
                          " is not on the ring");
    }
  }
  return "";
}

}  // namespace

bool Skips(const core::IdSpace& space, Id owner, std::span<const Entry> entries, Id id) {
  Id from = owner;
  for (const Entry& entry : entries) {
    if (space.Between(from, id, entry.id) || (entry.id == id && !entry.live)) return true;
    from = entry.id;
  }
  return false;
}

bool IsPrincipal(const RingPicture& ring, Id member) {
  for (const Pointers& other : ring.members) {
    if (Skips(ring.space, other.self, other.entries, member)) return false;
  }
  for (const FlyingList& list : ring.flying) {
    if (Skips(ring.space, list.reader, list.entries, member)) return false;
  }
  return true;
}

std::size_t Principals(const RingPicture& ring) {
  return std::count_if(ring.members.begin(), ring.members.end(),
                       [&](const Pointers& member) { return IsPrincipal(ring, member.self); });
}

std::string BrokenRingInvariant(const RingPicture& ring) {
  if (ring.members.empty()) return "AtLeastOneRing: no member is left";
  std::string broken = BrokenListOfAny(ring);
  if (broken.empty()) broken = BrokenLiveness(ring);
  if (broken.empty() && ring.began_large) {
    const std::size_t principals = Principals(ring);
    if (principals <= ring.successor_count) {
      broken = absl::StrCat("SufficientPrincipals: ", principals, " of at least ",
                            ring.successor_count + 1);
    }
  }
  if (broken.empty()) broken = BrokenRing(ring);
  return broken;
}

bool IsIdeal(const RingPicture& ring) {
  const std::size_t count = ring.members.size();
  const std::size_t full = std::min(ring.successor_count, count - 1);
  for (std::size_t i = 0; i < count; ++i) {
    const Pointers& member = ring.members[i];
    if (member.predecessor != ring.members[(i + count - 1) % count].self) return false;
    if (member.entries.size() != full) return false;
    for (std::size_t k = 0; k < full; ++k) {
      const Entry& entry = member.entries[k];
      if (!entry.live || entry.id != ring.members[(i + 1 + k) % count].self) return false;
    }
  }
  return count > 0;
}

}  // namespace concord::sim
