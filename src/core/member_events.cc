// Which step of the protocol each event belongs to. The steps are in member.cc.
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/member.h"

namespace concord::core {

void Member::Deliver(const Event& event, Effects& effects) {
  effects.clear();
  effects_.swap(effects);
  std::visit([this](const auto& e) { On(e); }, event);
  if (std::exchange(routing_changed_, false)) {
    auto table = state_.joined ? std::make_shared<const RoutingTable>(
                                     options_.space, options_.self, state_.predecessor,
                                     state_.successors, state_.fingers)
                               : nullptr;
    effects_.insert(effects_.begin(), PublishRouting{std::move(table)});
  }
  effects_.swap(effects);
}

// --- Answers and failures: each belongs to one open operation, or to none and is dropped ---------

void Member::On(const SuccessorAnswer& event) {
  if (WaitsFor(state_.join, event.question)) {
    if (state_.join->phase == JoinOperation::Phase::kAskingSeed) OnSeedAnswer(event.successor);
  } else if (WaitsFor(state_.fix_finger, event.question)) {
    state_.fix_finger.reset();
    FingerFound(event.successor);
  } else if (WaitsFor(state_.probe, event.question)) {
    if (state_.probe->phase == ProbeOperation::Phase::kAskingOwner) OnProbeAnswer(event.successor);
  }
}

void Member::On(const RingAnswer& event) {
  // At the address of a server that is gone somebody else may answer.
  const Question* const question = OpenQuestion(event.question);
  if (question == nullptr) return;
  const std::optional<Server>& self = event.ring.self;
  const bool known = self && !question->to.name.empty();
  if (known && (self->id != question->to.id || self->name != question->to.name)) {
    state_.remembered.Forget(Server(question->to));
    return On(QuestionFailed{event.question, Failure::kUnreachable,
                             absl::StrCat("'", self->name, "' is there now")});
  }
  if (WaitsFor(state_.join, event.question)) {
    if (state_.join->phase == JoinOperation::Phase::kAskingPredecessor) {
      OnJoinPredecessorRing(event.ring);
    } else if (state_.join->phase != JoinOperation::Phase::kAskingSeed) {
      OnJoinRing(event.ring);
    }
  } else if (WaitsFor(state_.stabilize, event.question)) {
    const Server asked = state_.stabilize->question.to;
    if (state_.stabilize->phase == StabilizeOperation::Phase::kFromPredecessor) {
      OnSuccessorsPredecessorRing(asked, event.ring);
    } else {
      OnSuccessorRing(asked, event.ring);
    }
  } else if (WaitsFor(state_.predecessor_check, event.question)) {
    state_.predecessor_dead = false;
    state_.predecessor_check.reset();
  } else if (WaitsFor(state_.finger_check, event.question)) {
    state_.finger_check.reset();
  } else if (WaitsFor(state_.probe, event.question)) {
    if (state_.probe->phase == ProbeOperation::Phase::kAskingCandidate) OnCandidateRing(event.ring);
  }
}

void Member::On(const QuestionFailed& event) {
  if (WaitsFor(state_.join, event.question)) {
    OnJoinFailure(event.failure, event.reason);
  } else if (WaitsFor(state_.stabilize, event.question)) {
    if (AskAgain(state_.stabilize->question, event.failure)) return;
    if (state_.stabilize->phase == StabilizeOperation::Phase::kFromPredecessor) {
      FinishStabilize();
    } else {
      OnSuccessorFailure(Server(state_.stabilize->question.to), event.reason);
    }
  } else if (WaitsFor(state_.predecessor_check, event.question)) {
    if (AskAgain(state_.predecessor_check->question, event.failure)) return;
    OnPredecessorFailure(event.reason);
  } else if (WaitsFor(state_.fix_finger, event.question)) {
    state_.fix_finger.reset();
    state_.fingers.NotFound();
  } else if (WaitsFor(state_.finger_check, event.question)) {
    if (AskAgain(state_.finger_check->question, event.failure)) return;
    DropFinger(Server(state_.finger_check->question.to));
    state_.finger_check.reset();
  } else if (WaitsFor(state_.probe, event.question)) {
    OnProbeFailure(event.failure);
  }
}

void Member::On(const Evidence& event) {
  if (!state_.joined) return;
  if (event.failure == Failure::kTimeout) {
    CheckFinger(event.suspect);
  } else {
    DropFinger(event.suspect);
  }
  if (state_.successors.Has(event.suspect)) StabilizeSoon();
  if (state_.predecessor == event.suspect && !state_.predecessor_dead) CheckPredecessorSoon();
}

void Member::On(const GetRing& event) {
  if (!state_.joined) return Emit(AnswerRing{event.call, std::nullopt});
  RingView ring{state_.predecessor, state_.successors.servers(), options_.self};
  if (ring.successors.empty()) ring.successors.push_back(options_.self);
  Emit(AnswerRing{event.call, std::move(ring)});
}

void Member::On(const TimerFired& event) {
  switch (event.timer) {
    case Timer::kStabilize:
      if (!BeginPeriod(event.timer)) return;
      if (alone()) Probe();  // there is nothing else to do, and nothing more urgent
      Stabilize();
      return;
    case Timer::kCheckPredecessor:
      if (BeginPeriod(event.timer)) CheckPredecessor();
      return;
    case Timer::kFixFinger:
      if (BeginPeriod(event.timer)) FixFinger();
      return;
    case Timer::kProbe:
      if (BeginPeriod(event.timer)) Probe();
      return;
    case Timer::kStabilizeCooldown:
      state_.stabilize_pace.cooling = false;
      if (!state_.stabilize && std::exchange(state_.stabilize_pace.again, false)) Stabilize();
      return;
    case Timer::kPredecessorCooldown:
      state_.predecessor_pace.cooling = false;
      if (std::exchange(state_.predecessor_pace.again, false)) CheckPredecessor();
      return;
    case Timer::kJoinRetry:
      if (state_.join && state_.join->phase == JoinOperation::Phase::kPausing) AskSeedInTurn();
      return;
    case Timer::kJoinTimeout:
      if (state_.join) FinishJoin(state_.join->TimedOut());
      return;
  }
}

}  // namespace concord::core
