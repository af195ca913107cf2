// Leave, the part of Member that ends a membership in order. From its first step the leaver is
// no member any more: to whoever asks for its ring it is dead, so that what the protocol does about
// a failure is all that a leaver that dies half way needs. What it does beyond that is to say so at
// once, to those beside it: its successor takes its range before the leaver lets go of it, and its
// predecessor turns to who comes next. Lookups are answered throughout; who has left names its
// heir.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/member.h"

namespace concord::core {

// --- Who leaves -------------------------------------------------------------------------------

void Member::On(const Leave& event) {
  if (!joined()) {
    const char* const why = leaving()   ? "this node leaves already"
                            : joining() ? "this node is joining a ring"
                                        : "not a member of a ring";
    return Emit(CommandFinished{event.command,
                                absl::FailedPreconditionError(absl::StrCat("Leave: ", why))});
  }
  Note(Moment::kLeaving);
  EndOperations();
  state_.leave.emplace();
  state_.leave->command = event.command;
  routing_changed_ = true;
  Emit(SetTimer{Timer::kLeaveTimeout, event.timeout, /*jittered=*/false});
  if (alone()) return HandOver(std::nullopt);
  TellNextSuccessor();
}

void Member::SendFarewellTo(const Server& to) {
  const QuestionId id = ++state_.last_question;
  Question& question = state_.leave->question;
  question = {.id = id, .to = to, .timeouts = question.to == to ? question.timeouts : 0};
  Emit(SendFarewell{
      id,
      to,
      {options_.self, state_.predecessor, state_.successors.servers(), options_.incarnation}});
}

// The first successor that has not failed to answer.
void Member::TellNextSuccessor() {
  const std::vector<Server>& silent = state_.leave->silent;
  for (const Server& server : state_.successors.servers()) {
    if (std::find(silent.begin(), silent.end(), server) == silent.end()) {
      return SendFarewellTo(Server(server));
    }
  }
  HandOver(std::nullopt);
}

void Member::OnFarewellRing(const RingView& ring) {
  if (state_.leave->phase == LeaveOperation::Phase::kTellingPredecessor) {
    return FinishLeave(absl::OkStatus());
  }
  // Somebody may have joined between us and our successor: that is our successor then.
  const Server told = state_.leave->question.to;
  const std::vector<Server>& silent = state_.leave->silent;
  const Server& nearer = ring.predecessor;
  if (options_.space.Between(options_.self.id, nearer.id, told.id) &&
      std::find(silent.begin(), silent.end(), nearer) == silent.end()) {
    return SendFarewellTo(nearer);
  }
  HandOver(told);
}

void Member::OnFarewellFailure(Failure failure) {
  Question& question = state_.leave->question;
  if (failure == Failure::kTimeout && ++question.timeouts < 2) {
    return SendFarewellTo(Server(question.to));
  }
  if (state_.leave->phase == LeaveOperation::Phase::kTellingPredecessor) {
    return FinishLeave(absl::OkStatus());  // our successor knows, and will be asked
  }
  // It is there, and what it has not heard it will notice.
  if (failure == Failure::kUnsupported || failure == Failure::kBusy) {
    return HandOver(Server(question.to));
  }
  state_.leave->silent.push_back(question.to);
  TellNextSuccessor();
}

// Our range is not ours any more. `heir`: whose it is; nullopt: nobody has said so.
void Member::HandOver(std::optional<Server> heir) {
  LoseRange(heir);
  if (heir) Note(Moment::kHandedOver, *heir);
  state_.leave->phase = LeaveOperation::Phase::kTellingPredecessor;
  const bool told = state_.predecessor.id == options_.self.id || heir == state_.predecessor;
  if (!told) return SendFarewellTo(state_.predecessor);
  FinishLeave(absl::OkStatus());
}

void Member::LoseRange(std::optional<Server> heir) {
  const std::optional<Range> before = range();
  state_.leave->owns = false;
  state_.leave->heir = heir;
  routing_changed_ = true;
  TellRangeChange(before, std::move(heir));
}

void Member::OnLeaveTimeout() {
  if (state_.leave->phase != LeaveOperation::Phase::kTellingSuccessor) {
    return FinishLeave(absl::OkStatus());
  }
  const Server asked = state_.leave->question.to;
  LoseRange(std::nullopt);
  FinishLeave(absl::DeadlineExceededError(
      absl::StrCat("Leave: the time was up, and ", asked.name, " at ", asked.address,
                   " had not answered; the others will notice that this node is gone")));
}

void Member::FinishLeave(absl::Status status) {
  LeaveOperation& leave = *state_.leave;
  const auto before = std::exchange(leave.phase, LeaveOperation::Phase::kLeft);
  if (before == LeaveOperation::Phase::kLeft) return;
  leave.question = {};
  if (status.ok() && !leave.heir && !alone()) {
    status = absl::UnavailableError(
        "Leave: no successor answered; the others will notice that this node is gone");
  }
  if (!absl::IsCancelled(status)) Note(Moment::kLeft);
  Emit(CommandFinished{leave.command, std::move(status)});
}

// --- Who stays --------------------------------------------------------------------------------

void Member::On(const PeerLeaves& event) {
  if (!joined()) return Emit(AnswerRing{event.call, std::nullopt});
  if (event.farewell.from.id != options_.self.id) OnFarewell(event.farewell);
  AnswerWithRing(event.call);
}

// Dropped like the dead, and not remembered; and its predecessor is ours, if it was ours. It need
// not be alive, as ours need never be.
void Member::OnFarewell(const Farewell& farewell) {
  const Server& from = farewell.from;
  Note(Moment::kPeerLeft, from);
  state_.leaver = from;
  state_.leaver_incarnation = farewell.incarnation;
  DropFinger(from);
  SuccessorList rest = state_.successors;
  const bool was_successor = rest.Drop(from);
  SetSuccessors(std::move(rest));
  if (was_successor) state_.stabilize.reset();  // it may wait for who is gone
  if (state_.predecessor == from) {
    const Server& next = farewell.predecessor;
    const bool is_behind =
        next.id != from.id && !options_.space.Between(from.id, next.id, options_.self.id);
    const bool alone = state_.successors.empty() && !state_.stabilize;
    if (next.id == options_.self.id && alone) {
      SetPredecessor(options_.self);  // they were two
    } else if (next.id != options_.self.id && is_behind) {
      SetPredecessor(next);
    } else {
      state_.predecessor_dead = true;
    }
  }
  state_.remembered.Forget(from);
  if (!was_successor) return;
  std::vector<Server> hints = farewell.successors;
  std::erase_if(hints,
                [&](const Server& hint) { return hint.id == options_.self.id || hint == from; });
  Stabilize(std::move(hints));
}

}  // namespace concord::core
