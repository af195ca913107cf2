#include "core/member.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/range_change.h"

namespace concord::core {

Member::Member(MemberOptions options)
    : options_(std::move(options)), state_(options_.space, options_.self.id) {
  state_.epoch = options_.epoch;
}

Member::Member(MemberOptions options, MemberState state)
    : options_(std::move(options)), state_(std::move(state)) {}

Member Member::InRing(MemberOptions options, Server predecessor,
                      const std::vector<Server>& successors) {
  Member member(std::move(options));
  member.state_.joined = true;
  member.state_.predecessor = std::move(predecessor);
  if (!successors.empty()) {
    member.state_.successors = member.ListFrom(successors.front(), {{}, successors});
  }
  return member;
}

// --- Create, Stop -----------------------------------------------------------------------------

bool Member::Refuse(CommandId command, const char* name) {
  if (!state_.joined && !joining()) return false;
  const char* const what = leaving() ? "leaving" : joined() ? "a member of" : "joining";
  Emit(CommandFinished{command, absl::FailedPreconditionError(absl::StrCat(
                                    name, ": this node is ", what, " a ring already"))});
  return true;
}

void Member::On(const Create& event) {
  if (Refuse(event.command, "Create")) return;
  Note(Moment::kCreated);
  BecomeMember(options_.self, {}, std::nullopt);
  Emit(CommandFinished{event.command, absl::OkStatus()});
}

void Member::On(const Stop&) {
  if (state_.bootstrap) {
    FinishBootstrap(absl::CancelledError("Bootstrap: the node was stopped"));
  }
  if (state_.join) FinishJoin(absl::CancelledError("Join: the node was stopped"));
  if (!state_.joined) return;
  if (state_.leave) FinishLeave(absl::CancelledError("Leave: the node was stopped"));
  EndMembership(std::nullopt);
  Note(Moment::kStopped);
}

void Member::EndMembership(std::optional<Server> peer) {
  const std::optional<Range> before = range();
  state_.joined = false;
  routing_changed_ = true;
  EndOperations();
  state_.leave.reset();
  state_.founders = 0;
  const SuccessorList followed = std::exchange(state_.successors, {});
  TellRangeChange(before, std::move(peer));
  if (!followed.empty()) Emit(TellSuccessors{});
}

// Of a member: it does nothing more of itself.
void Member::EndOperations() {
  state_.join.reset();
  state_.stabilize.reset();
  state_.predecessor_check.reset();
  state_.fix_finger.reset();
  state_.finger_check.reset();
  state_.probe.reset();
  state_.rival_check.reset();
  state_.remembered = {};
}

// --- Becoming a member -------------------------------------------------------------------------

void Member::BecomeMember(const Server& predecessor, SuccessorList successors,
                          std::optional<Server> peer) {
  const std::optional<Range> before = range();
  state_.joined = true;
  routing_changed_ = true;
  state_.predecessor = predecessor;
  state_.predecessor_incarnation = 0;
  state_.predecessor_dead = false;
  state_.successors = std::move(successors);
  const auto fingers = state_.fingers.Share();
  state_.fingers = FingerTable(options_.space, options_.self.id);
  FingersChanged(*fingers, options_.self);
  state_.stabilize_pace = state_.predecessor_pace = {};
  TellRangeChange(before, std::move(peer));
  if (!state_.successors.empty()) Emit(TellSuccessors{state_.successors.servers()});
  state_.fix_finger.reset();
  state_.finger_check.reset();
  for (Timer t : {Timer::kStabilize, Timer::kCheckPredecessor, Timer::kFixFinger, Timer::kProbe}) {
    BeginPeriod(t);
  }
}

// --- Stabilize --------------------------------------------------------------------------------
// From successor: ask the head of succ for its ring; a head that does not answer is dropped.
// From predecessor: if the head's predecessor lies between us, ask it, and adopt it when it
// answers. Then notify whoever heads the list.

void Member::Stabilize(std::vector<Server> hints) {
  if (!joined() || state_.stabilize || alone()) return;
  state_.stabilize_pace = {.cooling = true, .again = false};
  Emit(SetTimer{Timer::kStabilizeCooldown, options_.evidence_cooldown});
  state_.stabilize.emplace();
  state_.stabilize->hints = std::move(hints);
  AskHead();
}

void Member::StabilizeSoon() {
  if (!state_.stabilize_pace.Defer(state_.stabilize.has_value())) Stabilize();
}

void Member::AskHead() {
  if (state_.successors.empty()) return AskFallback();
  state_.stabilize->phase = StabilizeOperation::Phase::kFromSuccessor;
  state_.stabilize->question = Ask(state_.successors.head());
  Note(Moment::kStabilizing, state_.successors.head());
}

// No successor is left: whoever else we know becomes the head if it answers, nearest first.
void Member::AskFallback() {
  std::optional<Server> nearest;
  const auto consider = [&](const Server& server) {
    const auto distance = [&](Id id) { return options_.space.Distance(options_.self.id, id); };
    if (state_.stabilize->HasFailed(server)) return;
    if (!nearest || distance(server.id) < distance(nearest->id)) nearest = server;
  };
  if (state_.predecessor.id != options_.self.id) consider(state_.predecessor);
  for (const FingerTable::Finger& finger : state_.fingers.fingers()) consider(finger.server);
  for (const Server& hint : state_.stabilize->hints) consider(hint);
  if (!nearest) return BecomeAlone();
  state_.stabilize->phase = StabilizeOperation::Phase::kFromFallback;
  state_.stabilize->question = Ask(*nearest);
  Note(Moment::kStabilizing, *nearest);
}

void Member::OnSuccessorRing(const Server& successor, const RingView& ring) {
  if (SetSuccessors(ListFrom(successor, ring))) state_.stabilize->changed = true;
  state_.head_busy = 0;
  // The successor may not know yet what we know: that who was between us has failed.
  if (state_.stabilize->HasFailed(ring.predecessor)) return FinishStabilize();
  if (IsRival(ring.predecessor)) CheckRival(ring.predecessor);
  if (options_.space.Between(options_.self.id, ring.predecessor.id, successor.id)) {
    state_.stabilize->phase = StabilizeOperation::Phase::kFromPredecessor;
    state_.stabilize->question = Ask(ring.predecessor);
  } else {
    FinishStabilize();
  }
}

void Member::OnSuccessorFailure(const Server& successor, const std::string& reason) {
  state_.head_busy = 0;
  Note(Moment::kSuccessorFailed, successor, {}, reason);
  Remember(successor);
  state_.stabilize->unreachable.push_back(successor);
  DropFinger(successor);
  if (!state_.successors.empty() && state_.successors.head() == successor) {
    SuccessorList rest = state_.successors;
    rest.DropHead();
    if (SetSuccessors(std::move(rest))) state_.stabilize->changed = true;
  }
  AskHead();
}

void Member::OnSuccessorsPredecessorRing(const Server& candidate, const RingView& ring) {
  if (SetSuccessors(ListFrom(candidate, ring))) state_.stabilize->changed = true;
  FinishStabilize();
}

void Member::FinishStabilize() {
  Emit(SendNotify{state_.successors.head()});
  const bool changed = std::exchange(state_.stabilize, std::nullopt)->changed;
  // A list that changed may have more to learn; and what was asked for meanwhile is still due.
  if (changed || std::exchange(state_.stabilize_pace.again, false)) StabilizeSoon();
}

void Member::BecomeAlone() {
  state_.stabilize.reset();
  Note(Moment::kAlone);
  SetPredecessor(options_.self);
}

// Whether that changes the list.
bool Member::SetSuccessors(SuccessorList successors) {
  if (successors == state_.successors) return false;
  const Server old = state_.successors.empty() ? Server{} : state_.successors.head();
  const SuccessorList before = std::exchange(state_.successors, std::move(successors));
  for (const Server& server : before.servers()) {
    if (!state_.successors.Has(server)) Remember(server);
  }
  for (const Server& server : state_.successors.servers()) state_.remembered.Forget(server);
  routing_changed_ = true;
  if (!state_.successors.empty() && state_.successors.head() != old) {
    Note(Moment::kSuccessorChanged, state_.successors.head(), old);
  }
  Emit(TellSuccessors{state_.successors.servers()});
  return true;
}

// --- Rectify, check predecessor ---------------------------------------------------------------
// On Notify(n): a notifier closer than prdc is adopted; any other when prdc is dead.

void Member::On(const Notify& event) {
  if (!joined()) return;
  if (IsRival(event.from)) return CheckRival(event.from);
  if (event.from.id == options_.self.id) return;
  const bool has_left = event.incarnation != 0 && event.incarnation == state_.leaver_incarnation &&
                        event.from == state_.leaver;
  if (has_left) return;  // it said so before it left
  Note(Moment::kNotified, event.from);
  Rectify(event.from, event.incarnation);
}

void Member::Rectify(const Server& notifier, std::uint64_t incarnation) {
  if (options_.space.Between(state_.predecessor.id, notifier.id, options_.self.id)) {
    SetPredecessor(notifier, incarnation);
    if (state_.successors.empty()) StabilizeSoon();  // we were alone, and now know somebody
  } else if (notifier == state_.predecessor) {
    state_.predecessor_dead = false;
    state_.predecessor_incarnation = incarnation;
  } else if (state_.predecessor_dead || IsLaterLife(notifier, incarnation)) {
    SetPredecessor(notifier, incarnation);
  } else {
    CheckPredecessor();
    std::optional<Server>& waiting = state_.predecessor_check->notifier;
    const auto distance = [this](const Server& server) {
      return options_.space.Distance(server.id, options_.self.id);
    };
    if (!waiting || distance(notifier) < distance(*waiting)) waiting = notifier;
  }
}

// Of two lives of our predecessor the later counts; it has just told us that it is alive.
bool Member::IsLaterLife(const Server& notifier, std::uint64_t incarnation) const {
  return notifier.id == state_.predecessor.id && state_.predecessor_incarnation != 0 &&
         incarnation != 0 &&
         IsLater(notifier, incarnation, state_.predecessor, state_.predecessor_incarnation);
}

void Member::CheckPredecessor() {
  const bool own_predecessor = state_.predecessor.id == options_.self.id;
  if (!joined() || state_.predecessor_check || own_predecessor) return;
  state_.predecessor_pace = {.cooling = true, .again = false};
  Emit(SetTimer{Timer::kPredecessorCooldown, options_.evidence_cooldown});
  state_.predecessor_check.emplace();
  state_.predecessor_check->question = Ask(state_.predecessor);
}

void Member::CheckPredecessorSoon() {
  if (!state_.predecessor_pace.Defer(state_.predecessor_check.has_value())) CheckPredecessor();
}

void Member::OnPredecessorFailure(const std::string& reason) {
  if (!state_.predecessor_dead) {
    Note(Moment::kPredecessorFailed, state_.predecessor, {}, reason);
  }
  state_.predecessor_dead = true;
  const std::optional<Server> notifier = std::move(state_.predecessor_check->notifier);
  state_.predecessor_check.reset();
  On(Evidence{state_.predecessor});
  if (notifier) SetPredecessor(*notifier);
}

void Member::SetPredecessor(const Server& predecessor, std::uint64_t incarnation) {
  const std::optional<Range> before = range();
  const Server old = std::exchange(state_.predecessor, predecessor);
  state_.predecessor_incarnation = incarnation;
  state_.predecessor_dead = false;
  Remember(old);
  state_.remembered.Forget(predecessor);
  state_.join.reset();               // we are not alone, or have just become so
  state_.predecessor_check.reset();  // it asked the old one
  routing_changed_ = true;
  Note(Moment::kPredecessorChanged, predecessor, old);
  const bool lost = options_.space.Between(old.id, predecessor.id, options_.self.id);
  TellRangeChange(before, lost ? predecessor : old);
}

// --- Fix fingers ------------------------------------------------------------------------------

void Member::FixFinger() {
  if (state_.fix_finger || alone()) return;
  const Id covered = state_.successors.empty()
                         ? 0
                         : options_.space.Distance(options_.self.id, state_.successors.last().id);
  const auto before = state_.fingers.Share();
  const std::optional<Id> target = state_.fingers.NextTarget(covered);
  FingersChanged(*before, options_.self);  // some may be covered now
  if (!target) return;
  state_.fix_finger.emplace();
  state_.fix_finger->question.id = ++state_.last_question;
  Emit(FindSuccessor{state_.last_question, *target});
}

void Member::FingerFound(const Server& server) {
  const auto before = state_.fingers.Share();
  if (state_.fingers.Found(server)) FingersChanged(*before, server);
}

// `newcomer`: of fingers behind it, one has given way to it.
void Member::FingersChanged(const std::vector<FingerTable::Finger>& before,
                            const Server& newcomer) {
  if (before == state_.fingers.fingers()) return;
  routing_changed_ = true;
  for (const FingerTable::Finger& finger : before) {
    const Server& server = finger.server;
    const bool gave_way = options_.space.Between(options_.self.id, newcomer.id, server.id);
    const bool seen = state_.fingers.Has(server) || state_.successors.Has(server);
    if (!gave_way && !seen) Remember(server);
  }
}

// A lookup that got no answer in time may have been slow behind the finger: it is asked itself.
void Member::CheckFinger(const Server& finger) {
  if (state_.finger_check || !state_.fingers.Has(finger)) return;
  state_.finger_check = FingerCheckOperation{Ask(finger)};
}

void Member::DropFinger(const Server& finger) {
  const auto before = state_.fingers.Share();
  if (!state_.fingers.Drop(finger)) return;
  Note(Moment::kFingerDropped, finger);
  FingersChanged(*before, options_.self);
}

// --- What all share ---------------------------------------------------------------------------

std::optional<Range> Member::range() const {
  if (!state_.joined || (state_.leave && !state_.leave->owns)) return std::nullopt;
  return Range{state_.predecessor.id, options_.self.id};
}

// The question of this id that an operation waits for; null: none does.
const Question* Member::OpenQuestion(QuestionId question) const {
  const Question* found = nullptr;
  const auto look_at = [&](const auto& operation) {
    if (WaitsFor(operation, question)) found = &operation->question;
  };
  look_at(state_.bootstrap);
  look_at(state_.join);
  look_at(state_.stabilize);
  look_at(state_.predecessor_check);
  look_at(state_.fix_finger);
  look_at(state_.finger_check);
  look_at(state_.probe);
  look_at(state_.rival_check);
  look_at(state_.leave);
  return found;
}

Question Member::Ask(const Server& to) {
  Emit(AskRing{++state_.last_question, to});
  return {.id = state_.last_question, .to = to};
}

// A missed deadline is a suspicion: the same question is asked once more before it is a failure.
bool Member::AskAgain(Question& question, Failure failure) {
  if (failure != Failure::kTimeout || ++question.timeouts >= 2) return false;
  question.id = ++state_.last_question;
  Emit(AskRing{question.id, question.to});
  return true;
}

SuccessorList Member::ListFrom(const Server& head, const RingView& ring) const {
  return {options_.space, options_.self.id, options_.successor_count, head, ring.successors};
}

void Member::AnswerWithRing(CallId call) {
  RingView ring{state_.predecessor, state_.successors.servers(), options_.self,
                options_.incarnation, state_.epoch};
  if (ring.successors.empty()) ring.successors.push_back(options_.self);
  Emit(AnswerRing{call, std::move(ring)});
}

void Member::TellRangeChange(const std::optional<Range>& before, std::optional<Server> peer) {
  if (before == range()) return;
  RangeChange change = ChangeOfRange(options_.space, options_.self.id, before, range());
  change.peer = std::move(peer);
  change.epoch = ++state_.epoch;
  Emit(TellRange{std::move(change)});
}

// False: we are no member, and nothing is periodic.
bool Member::BeginPeriod(Timer timer) {
  if (!joined()) return false;
  const absl::Duration period = timer == Timer::kStabilize   ? options_.stabilize_interval
                                : timer == Timer::kFixFinger ? options_.fix_finger_interval
                                : timer == Timer::kProbe     ? options_.probe_interval
                                                             : options_.check_predecessor_interval;
  Emit(SetTimer{timer, period});
  return true;
}

void Member::Note(Moment moment, Server server, Server old, std::string note) {
  Emit(Trace{moment, std::move(server), std::move(old), std::move(note)});
}

}  // namespace concord::core
