// Between the explorer's bytes and the real core::Member.
#ifndef CONCORD_SIM_EXPLORER_CODEC_H_
#define CONCORD_SIM_EXPLORER_CODEC_H_

#include <array>

#include "concord/types.h"
#include "core/id_space.h"
#include "core/member.h"
#include "sim/explorer/local_state.h"

namespace concord::sim {

inline constexpr core::IdSpace kExplorerSpace{8};

// The identifier of place `place` of `nodes`, spread evenly over the circle.
constexpr Id IdOfPlace(unsigned place, unsigned nodes) {
  return (Id{place} << kExplorerSpace.bits()) / nodes;
}
// The server there in its `life`: named by a letter, its address by letter and life.
Server ServerAt(unsigned place, unsigned life, unsigned nodes);

class Codec {
 public:
  // Ids of the question that a decoded member waits for in Join or Stabilize, and in
  // CheckPredecessor. Questions that it asks later get higher ones.
  static constexpr core::QuestionId kQuestion = 1;
  static constexpr core::QuestionId kCheckQuestion = 2;

  Codec(unsigned nodes, unsigned successor_count);

  unsigned nodes() const { return nodes_; }
  unsigned successor_count() const { return successor_count_; }
  // The server that the node at place 0 knows as `ref`.
  const Server& server(Ref ref) const { return servers_[ref]; }
  Ref ref(const Server& server) const;

  // The member, as if its node stood at place 0. One that is dead or outside is a fresh Member.
  core::Member Decode(const LocalState& state) const;

  // The state of `member`, which Decode made of `before` and which events were delivered to since.
  // A question that it asked since is on its way; one that it still waits for is where it was.
  LocalState Encode(const core::Member& member, const LocalState& before) const;

 private:
  void EncodeOperation(const core::MemberState& member, const LocalState& before,
                       LocalState& state) const;

  unsigned nodes_;
  unsigned successor_count_;
  std::array<Server, 16> servers_;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_EXPLORER_CODEC_H_
