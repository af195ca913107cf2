// Which step of the protocol each event belongs to. The steps are in the files beside this
// one: member_join.cc, member.cc, ...
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/member.h"

namespace concord::core {
namespace {

// A head that is busy so many times in a row is no use to the ring, whatever keeps it.
constexpr unsigned kMostBusy = 10;

}  // namespace

void Member::Deliver(const Event& event, Effects& effects) {
  effects.clear();
  effects_.swap(effects);
  std::visit([this](const auto& e) { On(e); }, event);
  if (std::exchange(routing_changed_, false)) {
    std::shared_ptr<RoutingTable> table;
    if (state_.joined) {
      table = std::make_shared<RoutingTable>(options_.space, options_.self, state_.predecessor,
                                             state_.successors, state_.fingers, state_.epoch);
      if (state_.leave) table->MarkLeaving(state_.leave->owns, state_.leave->heir);
    }
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
  const Question* const question = OpenQuestion(event.question);
  if (question == nullptr) return;
  if (!MayBeFrom(question->to, event.ring)) {
    state_.remembered.Forget(Server(question->to));
    return On(QuestionFailed{event.question, Failure::kUnreachable,
                             absl::StrCat("'", event.ring.self->name, "' is there now")});
  }
  if (WaitsFor(state_.join, event.question)) {
    if (state_.join->phase == JoinOperation::Phase::kAskingPredecessor) {
      OnJoinPredecessorRing(event.ring);
    } else if (state_.join->phase != JoinOperation::Phase::kAskingSeed) {
      OnJoinRing(event.ring);
    }
  } else if (WaitsFor(state_.stabilize, event.question)) {
    const Server asked = state_.stabilize->question.to;
    switch (state_.stabilize->phase) {
      case StabilizeOperation::Phase::kFromSuccessor:
      case StabilizeOperation::Phase::kFromFallback:
        return OnSuccessorRing(asked, event.ring);
      case StabilizeOperation::Phase::kFromPredecessor:
        return OnSuccessorsPredecessorRing(asked, event.ring);
    }
  } else if (WaitsFor(state_.predecessor_check, event.question)) {
    state_.predecessor_dead = false;
    state_.predecessor_incarnation = event.ring.incarnation;
    state_.predecessor_check.reset();
  } else if (WaitsFor(state_.finger_check, event.question)) {
    state_.finger_check.reset();
  } else if (WaitsFor(state_.probe, event.question)) {
    OnProbeRing(event.ring);
  } else if (WaitsFor(state_.rival_check, event.question)) {
    OnRivalRing(std::exchange(state_.rival_check, std::nullopt)->question.to, event.ring);
  } else if (WaitsFor(state_.leave, event.question)) {
    OnFarewellRing(event.ring);
  }
}

void Member::On(const MeetingAnswer& event) {
  if (WaitsFor(state_.bootstrap, event.question)) OnMeeting(event.meeting);
}

void Member::On(const QuestionFailed& event) {
  if (WaitsFor(state_.bootstrap, event.question)) {
    OnMeetingFailure(event.failure, event.reason);
  } else if (WaitsFor(state_.join, event.question)) {
    OnJoinFailure(event.failure, event.reason);
  } else if (WaitsFor(state_.stabilize, event.question)) {
    if (AskAgain(state_.stabilize->question, event.failure)) return;
    const auto phase = state_.stabilize->phase;
    if (phase == StabilizeOperation::Phase::kFromPredecessor) {
      FinishStabilize();
    } else if (phase == StabilizeOperation::Phase::kFromSuccessor &&
               event.failure == Failure::kBusy && ++state_.head_busy < kMostBusy) {
      state_.stabilize.reset();  // until the next period
    } else {
      OnSuccessorFailure(Server(state_.stabilize->question.to), event.reason);
    }
  } else if (WaitsFor(state_.predecessor_check, event.question)) {
    if (AskAgain(state_.predecessor_check->question, event.failure)) return;
    if (event.failure == Failure::kBusy) return state_.predecessor_check.reset();
    OnPredecessorFailure(event.reason);
  } else if (WaitsFor(state_.fix_finger, event.question)) {
    state_.fix_finger.reset();
    state_.fingers.NotFound();
  } else if (WaitsFor(state_.finger_check, event.question)) {
    if (AskAgain(state_.finger_check->question, event.failure)) return;
    if (event.failure != Failure::kBusy) DropFinger(Server(state_.finger_check->question.to));
    state_.finger_check.reset();
  } else if (WaitsFor(state_.probe, event.question)) {
    OnProbeFailure(event.failure);
  } else if (WaitsFor(state_.rival_check, event.question)) {
    if (!AskAgain(state_.rival_check->question, event.failure)) state_.rival_check.reset();
  } else if (WaitsFor(state_.leave, event.question)) {
    OnFarewellFailure(event.failure);
  }
}

void Member::On(const Evidence& event) {
  if (!joined() || event.failure == Failure::kBusy) return;
  if (event.failure == Failure::kTimeout) {
    CheckFinger(event.suspect);
  } else {
    DropFinger(event.suspect);
  }
  if (state_.successors.Has(event.suspect)) StabilizeSoon();
  if (state_.predecessor == event.suspect && !state_.predecessor_dead) CheckPredecessorSoon();
}

void Member::On(const GetRing& event) {
  if (!joined()) return Emit(AnswerRing{event.call, RingToBe()});
  AnswerWithRing(event.call);
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
      if (state_.bootstrap && state_.bootstrap->question.id == 0) return MeetInTurn();
      if (state_.join && state_.join->phase == JoinOperation::Phase::kPausing) AskSeedInTurn();
      return;
    case Timer::kJoinTimeout:
      if (state_.bootstrap) {
        return FinishBootstrap(state_.bootstrap->TimedOut(options_.self.address));
      }
      if (state_.join) FinishJoin(state_.join->TimedOut());
      return;
    case Timer::kFoundRing:
      return FoundRing();
    case Timer::kLeaveTimeout:
      if (state_.leave) OnLeaveTimeout();
      return;
  }
}

}  // namespace concord::core
