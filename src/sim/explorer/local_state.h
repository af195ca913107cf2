// One node of a ring as the explorer keeps it: a few bytes, in which servers are named by how far
// clockwise of the node they are. Members compare identifiers by clockwise order alone, so what one
// node does is what any other would do in its place: turning the ring is a matter of reordering its
// nodes, and each step needs to be computed once, for all places.
//
// What is left out, and why nothing is lost by it:
// - Ids of questions: only whether an answer belongs to the open question matters. An answer that
//   belongs to none is dropped by Member, so it leaves the state with the question.
// - A second copy of a question or answer: the first answer closes the question.
// - Pace (`cooling`, `again`) and StabilizeOperation::changed: they decide whether Stabilize or
//   CheckPredecessor begins in the same event or only with the next tick. Here the tick may follow
//   at once, and `cooling` is always set, so that it has to.
// - Fingers: never refreshed here. They matter to lookups, of which a join here may get any
//   answer that some member believes in, and to a member that has lost its whole list, which
//   the operating assumption excludes.
// - Incarnations: without them a later life takes the place of an earlier one when that does not
//   answer, and not before. Leave: from its first step on it is a failure.
// - epoch, last_question, the timeout, pauses and errors of a join: nothing is decided by them.
#ifndef CONCORD_SIM_EXPLORER_LOCAL_STATE_H_
#define CONCORD_SIM_EXPLORER_LOCAL_STATE_H_

#include <array>
#include <cstdint>
#include <initializer_list>
#include <type_traits>

namespace concord::sim {

inline constexpr unsigned kMaxNodes = 8;
inline constexpr unsigned kMaxSuccessors = 4;

// A server seen from a node: how many places clockwise of it, and which life of that node.
using Ref = std::uint8_t;
inline constexpr Ref kNobody = 0xff;
constexpr Ref MakeRef(unsigned places, unsigned life) {
  return static_cast<Ref>(places | life << 3);
}
constexpr unsigned PlacesOf(Ref ref) { return ref & 7; }
constexpr unsigned LifeOf(Ref ref) { return ref >> 3; }

struct RefList {
  std::array<Ref, kMaxSuccessors> refs = {kNobody, kNobody, kNobody, kNobody};

  RefList() = default;
  RefList(std::initializer_list<Ref> list) {
    for (Ref ref : list) Add(ref);
  }
  unsigned size() const {
    unsigned n = 0;
    while (n < kMaxSuccessors && refs[n] != kNobody) ++n;
    return n;
  }
  void Add(Ref ref) { refs[size()] = ref; }  // there must be room
  const Ref* begin() const { return refs.data(); }
  const Ref* end() const { return refs.data() + size(); }
  friend bool operator==(const RefList&, const RefList&) = default;
};

enum class Role : std::uint8_t {
  kOutside,  // not a member, may join
  kJoining,
  kMember,
  kDead,
};

enum class Phase : std::uint8_t {  // of the open Join or Stabilize
  kNone,
  kAskingSeed,
  kPausing,
  kAskingRing,
  kAskingPredecessor,
  kAskingDuplicate,
  kFromSuccessor,
  kFromFallback,
  kFromPredecessor,
};

enum class Travel : std::uint8_t {  // where the question is that an operation waits for
  kNone,
  kOnItsWay,  // to the asked
  kAnswered,  // the answer is on its way back
  kFailed,    // the news that nobody answers is on its way back
};

struct LocalState {
  std::uint16_t inbox = 0;        // bit `ref`: a Notify from there may still arrive
  std::uint16_t unreachable = 0;  // bit `ref`: failed in the open Stabilize
  Role role = Role::kOutside;
  std::uint8_t life = 0;
  Ref predecessor = kNobody;
  bool predecessor_dead = false;
  RefList successors;
  // The open Join or Stabilize.
  Phase phase = Phase::kNone;
  Travel travel = Travel::kNone;
  Ref asked = kNobody;
  // The answer that is on its way, reduced to what its reader looks at unless ModelOptions::fine.
  Ref answer_predecessor = kNobody;
  RefList answer_list;
  // The open CheckPredecessor.
  Travel check = Travel::kNone;
  Ref checked = kNobody;
  Ref notifier = kNobody;
  std::uint8_t unused = 0;  // instead of padding

  friend bool operator==(const LocalState&, const LocalState&) = default;
};
static_assert(std::has_unique_object_representations_v<LocalState>);  // its bytes are hashed

}  // namespace concord::sim

#endif  // CONCORD_SIM_EXPLORER_LOCAL_STATE_H_
