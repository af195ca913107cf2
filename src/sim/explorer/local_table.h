// All local states met so far, each with a number, and what every event makes of them. The real
// core::Member runs once for each pair of local state and event; after that the result is known.
#ifndef CONCORD_SIM_EXPLORER_LOCAL_TABLE_H_
#define CONCORD_SIM_EXPLORER_LOCAL_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/effects.h"
#include "core/member.h"
#include "sim/explorer/codec.h"
#include "sim/explorer/flat_map.h"
#include "sim/explorer/local_state.h"
#include "sim/explorer/step.h"

namespace concord::sim {

using LocalId = std::uint32_t;
using ViewId = std::uint32_t;  // of an answer to GetRing

class LocalTable {
 public:
  struct Options {
    unsigned nodes = 3;
    unsigned successor_count = 2;
    // Take apart what is one step otherwise, see Model.
    bool fine = false;
    // A dead node may come back, and then where it was or at another address.
    bool restarts = false;
    bool new_address = false;
  };
  struct Outcome {
    LocalId next = 0;
    Ref notify = kNobody;  // whom the node has sent a Notify
  };

  explicit LocalTable(const Options& options);

  const Codec& codec() const { return codec_; }
  LocalId Intern(const LocalState& state);
  const LocalState& operator[](LocalId id) const { return states_[id]; }
  std::size_t size() const { return states_.size(); }
  std::size_t bytes() const;
  std::size_t deliveries() const { return deliveries_; }  // times that a Member ran

  // The list on its way to the node, as it will hold it; empty if there is none, or if the node
  // will not take it.
  const RefList& FlyingTo(LocalId id) const { return flying_[id]; }
  // The places, clockwise of the node, of whom its list skips, or the list on its way to it.
  std::uint8_t Skips(LocalId id) const { return skips_[id]; }

  // What the event `kind` makes of the node. `arg` is
  //   kJoin, kSeedAnswers      the Ref that the lookup names
  //   kNotified                the Ref of the notifier, plus kPredecessorAnswers if it would
  //   kCheckPredecessor        kPredecessorAnswers if it would, else 0
  //   kNotifyLost, kEvidence   the Ref
  //   kQuestionArrives         the ViewId that is answered
  Outcome After(LocalId id, StepKind kind, std::uint32_t arg = 0);
  static constexpr std::uint32_t kPredecessorAnswers = 0x10;

  // The node with a Notify from `from` on its way to it.
  LocalId WithNotify(LocalId id, Ref from);
  // What the node, a member, answers to GetRing.
  ViewId ViewOf(LocalId id);
  // Who it says owns the identifier of the node `places` clockwise; kNobody: it has to ask others.
  Ref KnownOwner(LocalId id, unsigned places);

 private:
  struct View {
    Ref predecessor = kNobody;
    RefList successors;
  };

  Outcome Compute(LocalId id, StepKind kind, std::uint32_t arg);
  LocalState Fail(const LocalState& state) const;
  LocalState Answered(const LocalState& state, const View& view) const;
  Ref Turn(Ref ref, unsigned places) const;
  Outcome Run(const LocalState& state, StepKind kind, std::uint32_t arg);
  void DeliverAll(core::Member& member, const LocalState& state, StepKind kind, std::uint32_t arg);
  void Deliver(core::Member& member, const core::Event& event);
  void TimeOutTwice(core::Member& member, const core::Question& question);
  void SettleCheck(core::Member& member, bool answers);
  core::Event AnswerTo(const LocalState& state) const;
  RefList ComputeFlying(const LocalState& state) const;
  std::uint8_t ComputeSkips(const LocalState& state, const RefList& flying) const;

  Options options_;
  Codec codec_;
  std::vector<LocalState> states_;
  std::vector<RefList> flying_;
  std::vector<std::uint8_t> skips_;
  std::vector<View> views_;
  FlatMap ids_;       // by hash
  FlatMap view_ids_;  // by content
  FlatMap outcomes_;  // by LocalId, StepKind, argument
  std::size_t deliveries_ = 0;
  core::Effects effects_;
  Ref notify_ = kNobody;  // of the event in hand
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_EXPLORER_LOCAL_TABLE_H_
