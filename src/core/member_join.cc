// Join, the part of Member that enters a ring.
//   s := FindSuccessor(self), asked of a seed; p := GetRing(s).prdc; while somebody joined in
// between, s := p and ask again. Then p's list becomes ours, as in Zave's Join: ring := GetRing(p);
// while its head is still before us, p := head and ask again; then succ := ring.succ and prdc := p.
// A list of s and what follows it could skip a principal that p knows and s does not; that of p
// skips nobody new.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/member.h"

namespace concord::core {

void Member::On(const Join& event) {
  if (Refuse(event.command, "Join")) return;
  Emit(SetTimer{Timer::kJoinTimeout, event.timeout, /*jittered=*/false});
  if (event.founds) Emit(SetTimer{Timer::kFoundRing, TurnToFound(event), /*jittered=*/false});
  JoinOperation join;
  join.command = event.command;
  join.seeds = event.seeds;
  join.timeout = event.timeout;
  join.pause = options_.join_retry_floor;
  join.founds = event.founds;
  BeginJoin(std::move(join));
}

void Member::BeginJoin(JoinOperation join) {
  join.last_errors.assign(join.seeds.size(), "not asked yet");
  state_.join = std::move(join);
  AskSeedInTurn();
}

// One after the other of those who may have been stopped at once. Many may be gone for good: our
// turn comes while half of the time is left. (Two whose turns meet begin two rings, which heal.)
absl::Duration Member::TurnToFound(const Join& event) const {
  const auto before_us =
      std::count_if(event.seeds.begin(), event.seeds.end(),
                    [&](const std::string& seed) { return seed < options_.self.address; });
  const auto turns = static_cast<std::int64_t>(event.seeds.size()) + 1;
  return (before_us + 1) * std::min(4 * options_.stabilize_interval, event.timeout / (2 * turns));
}

// All members may have been stopped at once: then nobody is left to join, and somebody has to be
// the first again. Were there others after all, the seeds are probed, and the rings become one.
void Member::FoundRing() {
  if (!state_.join || !state_.join->founds) return;  // (the timer may be that of an earlier Join)
  state_.remembered.RememberSeeds(state_.join->seeds);
  Note(Moment::kCreated);
  FinishJoin(absl::OkStatus());
  BecomeMember(options_.self, {}, std::nullopt);
}

void Member::AskSeedInTurn() {
  if (state_.join->seed == state_.join->seeds.size()) {
    if (state_.join->bootstraps) return MeetAgain();
    if (std::exchange(state_.join->strangers, 0) == state_.join->seeds.size()) {
      return FinishJoin(state_.join->AllStrangers());
    }
    state_.join->seed = 0;
    state_.join->phase = JoinOperation::Phase::kPausing;
    state_.join->question = {};
    Emit(SetTimer{Timer::kJoinRetry, state_.join->pause});
    state_.join->pause = std::min(2 * state_.join->pause, options_.join_retry_ceiling);
    return;
  }
  state_.join->phase = JoinOperation::Phase::kAskingSeed;
  state_.join->question = {.id = ++state_.last_question, .to = {}};
  Emit(AskSeed{state_.last_question, state_.join->seeds[state_.join->seed], options_.self.id});
}

void Member::OnSeedAnswer(const Server& successor) {
  if (successor.id != options_.self.id) {
    AskJoinRing(JoinOperation::Phase::kAskingRing, successor);
  } else if (successor.address == options_.self.address) {
    SeedFailed("the ring still remembers an earlier life of this node");
  } else {
    AskJoinRing(JoinOperation::Phase::kAskingDuplicate, successor);
  }
}

void Member::AskJoinRing(JoinOperation::Phase phase, const Server& server) {
  state_.join->phase = phase;
  state_.join->question = Ask(server);
}

void Member::OnJoinRing(const RingView& ring) {
  const Server asked = state_.join->question.to;
  if (state_.join->phase == JoinOperation::Phase::kAskingDuplicate) {
    FinishJoin(absl::AlreadyExistsError(
        absl::StrCat("Join: identifier ", options_.self.id, " of '", options_.self.name,
                     "' is alive in the ring as '", asked.name, "' at ", asked.address)));
    return;
  }
  const Server& predecessor = ring.predecessor;
  if (predecessor.id == options_.self.id) {
    OnSeedAnswer(predecessor);  // the same identifier: an earlier life, or somebody else's
  } else if (options_.space.Between(options_.self.id, predecessor.id, asked.id)) {
    AskJoinRing(JoinOperation::Phase::kAskingRing, predecessor);
  } else {
    state_.join->successor = asked;
    AskJoinRing(JoinOperation::Phase::kAskingPredecessor, predecessor);
  }
}

void Member::OnJoinPredecessorRing(const RingView& ring) {
  const Server predecessor = state_.join->question.to;
  if (ring.successors.empty()) return OnJoinFailure(Failure::kUnreachable, "has no successor");
  const Server& head = ring.successors.front();
  if (head.id == options_.self.id) {
    OnSeedAnswer(head);  // the same identifier: an earlier life, or somebody else's
  } else if (!options_.space.Between(predecessor.id, options_.self.id, head.id)) {
    AskJoinRing(JoinOperation::Phase::kAskingPredecessor, head);
  } else {
    // A lone member gives away what it does not own any more.
    const Server peer = joined() ? predecessor : state_.join->successor;
    if (!joined()) state_.remembered.RememberSeeds(state_.join->seeds);
    Note(Moment::kJoined, head);
    BecomeMember(predecessor, ListFrom(head, ring), peer);
    Stabilize();
    FinishJoin(absl::OkStatus());
  }
}

void Member::OnJoinFailure(Failure failure, const std::string& reason) {
  if (failure == Failure::kStranger) ++state_.join->strangers;
  if (state_.join->phase == JoinOperation::Phase::kAskingSeed) return SeedFailed(reason);
  if (AskAgain(state_.join->question, failure)) return;
  const Server& asked = state_.join->question.to;
  SeedFailed(absl::StrCat("it named ", asked.name, " at ", asked.address, ": ", reason));
}

void Member::SeedFailed(const std::string& reason) {
  if (!state_.join->command) return FinishJoin(absl::UnavailableError(reason));
  Server seed;
  seed.address = state_.join->seeds[state_.join->seed];
  Note(Moment::kJoinRetry, std::move(seed), {}, reason);
  state_.join->last_errors[state_.join->seed] = reason;
  ++state_.join->seed;
  AskSeedInTurn();
}

void Member::FinishJoin(absl::Status status) {
  const JoinOperation join = *std::exchange(state_.join, std::nullopt);
  if (join.command) return Emit(CommandFinished{*join.command, std::move(status)});
  if (!status.ok()) {
    Note(Moment::kJoinRetry, join.question.to, {}, std::string(status.message()));
  }
}

}  // namespace concord::core
