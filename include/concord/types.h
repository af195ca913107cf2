// The words of a ring: identifiers, servers, and the ranges of keys that they own.
//
// Everything here is a plain value: copy it, compare it, share it between threads like an int.
#ifndef CONCORD_TYPES_H_
#define CONCORD_TYPES_H_

#include <cstdint>
#include <optional>
#include <string>

namespace concord {

// A point of the identifier space: the integers modulo 2^hash_bits, laid out clockwise on a circle.
// Keys and node names are hashed to points; both live on the same circle.
using Id = std::uint64_t;

// One process of a ring, as the others know it.
struct Server {
  Id id = 0;            // hash of `name`, masked to hash_bits
  std::string name;     // unique in the ring
  std::string address;  // "host:port", where the others reach it

  friend bool operator==(const Server& a, const Server& b) {
    return a.id == b.id && a.name == b.name && a.address == b.address;
  }
  friend bool operator!=(const Server& a, const Server& b) { return !(a == b); }
};

// The identifiers met walking clockwise from `start` to `end`, `end` included, `start` not.
// start == end is the whole ring. A node owns the range (predecessor, itself].
struct Range {
  Id start = 0;
  Id end = 0;

  friend bool operator==(const Range& a, const Range& b) {
    return a.start == b.start && a.end == b.end;
  }
  friend bool operator!=(const Range& a, const Range& b) { return !(a == b); }
};

// True iff `id` lies in `range`. `id` is a masked hash: see Node::IdOf.
constexpr bool Contains(const Range& range, Id id) {
  if (range.start == range.end) return true;
  if (range.start < range.end) return range.start < id && id <= range.end;
  return range.start < id || id <= range.end;  // the range passes zero
}

// What a node is told when the range it owns changes. One change of predecessor moves one edge of
// one range, so a change gains at most one arc or loses at most one, never both.
struct RangeChange {
  std::uint64_t epoch = 0;      // grows by one with every change of this node; the first is 1
  std::optional<Range> before;  // what was owned; nullopt: nothing (not a member yet)
  std::optional<Range> after;   // what is owned now; nullopt: nothing (stopped)
  std::optional<Range> gained;  // after without before
  std::optional<Range> lost;    // before without after
  // Whom the gained keys come from, or the lost keys go to. For keys gained because a predecessor
  // died it names the dead. nullopt: there is nobody (a ring just created, a node that stopped).
  std::optional<Server> peer;

  friend bool operator==(const RangeChange& a, const RangeChange& b) {
    return a.epoch == b.epoch && a.before == b.before && a.after == b.after &&
           a.gained == b.gained && a.lost == b.lost && a.peer == b.peer;
  }
  friend bool operator!=(const RangeChange& a, const RangeChange& b) { return !(a == b); }
};

}  // namespace concord

#endif  // CONCORD_TYPES_H_
