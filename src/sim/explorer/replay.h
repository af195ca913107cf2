// A schedule that the explorer found, on real members, one event after the other. Nothing here is
// taken from the explorer's tables: what a replay shows, core::Member does.
//
//   Replay ring({.layout = "jmmm", .successor_count = 2});
//   ring.Do(StepKind::kJoin, 'a', 'b');          // a joins: a lookup names b
//   ring.Do(StepKind::kQuestionArrives, 'a');    // b answers a
//   ring.Do(StepKind::kAnswerArrives, 'a');
//   EXPECT_EQ(ring.Broken(), "");
#ifndef CONCORD_SIM_EXPLORER_REPLAY_H_
#define CONCORD_SIM_EXPLORER_REPLAY_H_

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/effects.h"
#include "core/member.h"
#include "sim/explorer/step.h"
#include "sim/ring_invariants.h"

namespace concord::sim {

struct ReplayOptions {
  std::string layout;  // clockwise: 'm' a member of the ideal ring to begin with, 'j' may join
  std::size_t successor_count = 2;
  bool new_address = false;  // who joins after a failure does so at another address
  bool fine = false;         // steps as in ModelOptions::fine
};

class Replay {
 public:
  explicit Replay(ReplayOptions options);

  // Nodes are letters, 'a' the first of the layout; `peer` of a second life is a capital. Only
  // kJoin, kSeedAnswers, kNotified and kEvidence need a peer. A step that does not fit the state,
  // such as the answer to a question that nobody asked, changes nothing.
  void Do(StepKind kind, char node, char peer = 0);

  // The first invariant that was broken after some step so far; empty if there is none.
  const std::string& Broken() const { return broken_; }
  bool Ideal() const;
  // Faults stop: every member ticks in turn, and everything arrives at once. True when the ring is
  // ideal after at most `rounds` of that.
  bool BecomesIdeal(int rounds = 100);

  // Null: dead. One that is outside has not joined().
  const core::Member* member(char node) const;

 private:
  struct Node {
    Server self;
    std::optional<core::Member> member;
    // The answer on its way to the question of its Join or Stabilize.
    std::optional<std::pair<core::QuestionId, core::RingView>> answer;
  };
  struct Snapshot;

  Node& At(char letter) { return nodes_[static_cast<std::size_t>(letter - 'a')]; }
  Server ServerOf(char letter) const;
  bool Lives(const Server& server) const;
  void Join(Node& node, StepKind kind, const Server& owner);
  void Deliver(Node& node, const core::Event& event);
  void DeliverToMember(Node& node, StepKind kind, const Server& peer);
  void Ask(Node& node);
  void SettleCheck(Node& node);
  void Settle(char letter);
  Snapshot Take() const;
  void Check(StepKind kind);

  ReplayOptions options_;
  std::vector<Node> nodes_;
  std::set<std::pair<std::string, std::string>> notifies_;  // addresses: from, to
  std::set<Id> principals_;
  std::string broken_;
  int steps_ = 0;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_EXPLORER_REPLAY_H_
