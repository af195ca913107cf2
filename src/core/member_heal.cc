// Heal, the part of Member that finds a ring again. A ring that was split, that a member has
// lost, or that goes round in loops, becomes one again because every member asks servers that it
// has met and does not see any more, one a period, who comes next after it. Whoever is nearer than
// its head is asked itself, and adopted when it answers. (Any member between us and our head may
// be: our list skips no principal there.)
#include <algorithm>
#include <utility>

#include "core/member.h"

namespace concord::core {
namespace {

// How many are asked in one turn of Probe until one answers. Whoever is alone has as many tries as
// it remembers servers.
constexpr std::size_t kProbesInTurn = 4;

// A lone member that has found the others gives up joining them after so long, and looks again.
constexpr absl::Duration kRejoinTimeout = absl::Seconds(30);

}  // namespace

void Member::Probe() {
  if (!joined() || state_.probe || state_.join) return;
  state_.probe.emplace();
  state_.probe->left = alone() ? state_.remembered.size() : kProbesInTurn;
  AskRemembered();
}

void Member::AskRemembered() {
  const Server* const next = state_.probe->left > 0 ? NextToProbe() : nullptr;
  if (next == nullptr) return state_.probe.reset();
  --state_.probe->left;
  if (!next->name.empty() && IsNearerThanHead(*next)) return AskCandidate(*next);
  state_.probe->phase = ProbeOperation::Phase::kAskingOwner;
  state_.probe->question = {.id = ++state_.last_question, .to = *next};
  Emit(AskSeed{state_.last_question, next->address, options_.self.id, next->name});
}

// In turn, whom we remember and do not see. Fingers as well, and when there is nobody else our last
// successor: in a ring in loops, others know who comes next after us.
const Server* Member::NextToProbe() {
  const auto& fingers = state_.fingers.fingers();
  const std::size_t remembered = state_.remembered.size(), all = remembered + fingers.size();
  for (std::size_t tries = 0; tries < all; ++tries) {
    const std::size_t i = state_.probed++ % all;
    const Server& server = i < remembered ? state_.remembered[i] : fingers[i - remembered].server;
    const auto is_it = [&](const Server& seen) { return seen.address == server.address; };
    const std::vector<Server>& near = state_.successors.servers();
    const bool seen = is_it(options_.self) || is_it(state_.predecessor) ||
                      std::any_of(near.begin(), near.end(), is_it);
    if (!seen) return &server;
  }
  const bool first = state_.probe->left == kProbesInTurn;
  return first && !state_.successors.empty() ? &state_.successors.last() : nullptr;
}

// Who is asked does not know us if it believes somebody else to own our place. Then that server
// hears of us, so that whoever comes before us there does: what one member knows of another ring is
// enough for both.
void Member::OnProbeAnswer(const Server& successor) {
  if (IsRival(successor)) {
    state_.probe.reset();
    return CheckRival(successor);
  }
  const bool unknown =
      successor.id != options_.self.id && successor.address != options_.self.address;
  if (unknown && IsNearerThanHead(successor)) return AskCandidate(successor);
  state_.probe.reset();
  if (!unknown) return;
  if (alone()) return Rejoin(successor);
  Emit(SendNotify{successor});
}

// A lone member has heard who comes next after it: from there on it joins like anybody else.
void Member::Rejoin(const Server& successor) {
  state_.join.emplace();
  AskJoinRing(JoinOperation::Phase::kAskingRing, successor);
  Emit(SetTimer{Timer::kJoinTimeout, kRejoinTimeout, /*jittered=*/false});
}

void Member::AskCandidate(const Server& candidate) {
  state_.probe->phase = ProbeOperation::Phase::kAskingCandidate;
  state_.probe->question = Ask(candidate);
}

void Member::OnProbeFailure(Failure failure) {
  const Server asked = state_.probe->question.to;
  const bool seed = asked.name.empty();  // which stays
  if (failure == Failure::kStranger && !seed) state_.remembered.Forget(asked);
  const bool owner = state_.probe->phase == ProbeOperation::Phase::kAskingOwner;
  if (owner || !AskAgain(state_.probe->question, failure)) AskRemembered();
}

void Member::OnProbeRing(const RingView& ring) {
  if (state_.probe->phase == ProbeOperation::Phase::kAskingOwner) return;
  const ProbeOperation probe = *std::exchange(state_.probe, std::nullopt);
  OnCandidateRing(probe.question.to, ring);
}

void Member::OnCandidateRing(const Server& candidate, const RingView& ring) {
  if (!IsNearerThanHead(candidate)) return;
  Note(Moment::kNearerFound, candidate);
  state_.stabilize.reset();  // it has asked the head of before
  SetSuccessors(ListFrom(candidate, ring));
  Emit(SendNotify{candidate});
  StabilizeSoon();
}

// --- Rivals -----------------------------------------------------------------------------------
// A node that was taken for dead may have been started again elsewhere; then it turns out to be
// alive. Of two members with one identifier the later life stays, and the other finds out when
// somebody names its rival to it.

bool Member::IsRival(const Server& server) const {
  return options_.incarnation != 0 && server.id == options_.self.id &&
         server.address != options_.self.address;
}

// One at a time: whoever is passed over will be named again.
void Member::CheckRival(const Server& rival) {
  if (!state_.rival_check) state_.rival_check = RivalOperation{Ask(rival)};
}

void Member::OnRivalRing(const Server& rival, const RingView& ring) {
  if (!IsLater(rival, ring.incarnation, options_.self, options_.incarnation)) {
    return Emit(SendNotify{rival});  // so that it asks us
  }
  EndMembership(rival);
  Note(Moment::kReplaced, rival);
}

bool Member::IsNearerThanHead(const Server& server) const {
  return !state_.successors.empty() &&
         options_.space.Between(options_.self.id, server.id, state_.successors.head().id);
}

void Member::Remember(const Server& server) {
  if (server.address != options_.self.address) state_.remembered.Remember(server);
}

}  // namespace concord::core
