// The states of a whole small ring, and all that can happen in each of them.
//
// Steps that are one step here, or none, unless Options::fine takes them apart. None of it loses a
// state of the members' pointers; the tests compare both ways of counting.
// - A Notify that was sent stays on its way for ever. It may arrive never (lost), late, and again
//   and again; who has it on its way can do all that one can do who has not.
// - CheckPredecessor asks and learns in one step, and so does the question that a Notify leads to.
//   While such a question is open nobody but the member knows, and the Notify can as well arrive
//   at the moment of the answer, since it never goes away.
// - A joining node asks its seed and gets the answer in one step; while it waits or pauses it is as
//   if it had not asked. The answer may be what any member at all believes, so that it does not
//   matter who the seeds are.
// - A question that times out once is asked again. That is as if it had arrived later.
// - A question to somebody who is dead fails at once, unless Options::late_news. Where the dead do
//   not come back, they are as dead when the news arrives.
#ifndef CONCORD_SIM_EXPLORER_MODEL_H_
#define CONCORD_SIM_EXPLORER_MODEL_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/explorer/local_table.h"
#include "sim/explorer/step.h"
#include "sim/ring_invariants.h"

namespace concord::sim {

struct ModelOptions {
  unsigned successor_count = 2;
  unsigned members = 3;  // that the ring begins with
  unsigned joins = 0;    // nodes that may join, as often as they like until they are members
  // How often each of these may happen.
  unsigned failures = 0;
  unsigned restarts = 0;     // of nodes that failed: one join each
  unsigned suspicions = 0;   // that a living node is taken for dead
  bool new_address = false;  // a restarted node has another address; each restarts once at most
  // The news that a question has met nobody takes its time, and may come when the dead is back. To
  // the asker that is a false suspicion, outside of the proof.
  bool late_news = false;
  bool ghosts = true;  // a Notify may arrive after its sender has failed
  bool fine = false;   // one step for every event at every member and message
  bool assume = true;  // failures only within the operating assumption

  unsigned nodes() const { return members + joins; }
  bool began_large() const { return members > successor_count; }
};

// In words, what is wrong with `options`; empty when nothing is.
std::string InvalidOptions(const ModelOptions& options);

struct Ring {
  std::uint8_t failures = 0;
  std::uint8_t restarts = 0;
  std::uint8_t suspicions = 0;
  std::uint8_t padding = 0;
  std::array<LocalId, kMaxNodes> nodes = {};
};

struct Successor {
  Step step;
  Ring ring;
};

// The picture of a ring, and what it points into.
class Picture {
 public:
  const RingPicture& ring() const { return ring_; }

 private:
  friend class Model;
  RingPicture ring_{.space = kExplorerSpace};
  std::array<Pointers, kMaxNodes> members_;
  std::array<FlyingList, kMaxNodes> flying_;
  std::array<Entry, 2 * kMaxNodes * kMaxSuccessors> entries_;
};

class Model {
 public:
  explicit Model(const ModelOptions& options);

  const ModelOptions& options() const { return options_; }
  LocalTable& locals() { return locals_; }
  const LocalTable& locals() const { return locals_; }
  const LocalState& local(const Ring& ring, unsigned node) const {
    return locals_[ring.nodes[node]];
  }

  // A layout says who stands where: "mmj" is two members and then one that may join. All that
  // cannot be turned into each other.
  std::vector<std::string> Layouts() const;
  // The ideal ring of the members of `layout`.
  Ring Root(std::string_view layout);

  // Everything that can happen next and changes something.
  void Expand(const Ring& ring, std::vector<Successor>& successors);

  // The same ring turned to its canonical position; rings that can be turned into each other have
  // the same.
  void Canonicalize(Ring& ring) const;
  std::uint64_t Fingerprint(const Ring& canonical) const;

  // Bit `node`: it is a principal.
  unsigned Principals(const Ring& ring) const;
  // Bit `node`: the list of `node_with_list` skips it, or the list on its way there does.
  unsigned SkippedBy(const Ring& ring, unsigned node_with_list) const;
  void Take(const Ring& ring, Picture& picture) const;

  // Nobody waits for anything.
  bool Quiescent(const Ring& ring) const;
  bool IsMember(const Ring& ring, unsigned node) const {
    return local(ring, node).role == Role::kMember;
  }

  // Whether who is known to `node` as `ref` is a member now.
  bool Lives(const Ring& ring, unsigned node, Ref ref) const;
  unsigned PlaceOf(unsigned node, Ref ref) const { return (node + PlacesOf(ref)) % nodes_; }
  // Lets `kind` happen to `node`, and a Notify that it sends be on its way.
  Ring Apply(const Ring& ring, unsigned node, StepKind kind, std::uint32_t arg = 0);

  // One line: every node, what it points to and what it waits for.
  std::string Describe(const Ring& ring) const;

 private:
  unsigned EarlierLives(const Ring& ring, unsigned node) const;
  void ExpandJoin(unsigned node, StepKind kind);
  void ExpandQuestion(unsigned node);
  void ExpandCheck(unsigned node);
  void ExpandMember(unsigned node);
  void ExpandFailure(unsigned node);
  bool FailureIsAssumed(unsigned node) const;
  Successor& Emit(StepKind kind, unsigned node, std::uint32_t arg = 0, Ref peer = kNobody);

  ModelOptions options_;
  unsigned nodes_;
  LocalTable locals_;
  // While Expand runs.
  Ring ring_;
  std::vector<Successor>* out_ = nullptr;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_EXPLORER_MODEL_H_
