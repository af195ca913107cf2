#include "core/member.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace concord::core {

Member::Member(MemberOptions options)
    : options_(std::move(options)),
      fingers_(options_.space, options_.self.id),
      epoch_(options_.epoch) {}

Member Member::InRing(MemberOptions options, Server predecessor,
                      const std::vector<Server>& successors) {
  Member member(std::move(options));
  member.joined_ = true;
  member.predecessor_ = std::move(predecessor);
  if (!successors.empty()) {
    member.successors_ = member.ListFrom(successors.front(), {{}, successors});
  }
  return member;
}

Effects Member::Deliver(const Event& event) {
  std::visit([this](const auto& e) { On(e); }, event);
  if (std::exchange(routing_changed_, false)) {
    auto table = joined_ ? std::make_shared<const RoutingTable>(options_.space, options_.self,
                                                                predecessor_, successors_, fingers_)
                         : nullptr;
    effects_.insert(effects_.begin(), PublishRouting{std::move(table)});
  }
  return std::exchange(effects_, {});
}

// --- Create, Stop -----------------------------------------------------------------------------

void Member::On(const Create& event) {
  if (joined_ || join_) {
    Emit(CommandFinished{
        event.command,
        absl::FailedPreconditionError(joined_ ? "Create: this node is a member of a ring already"
                                              : "Create: this node is joining a ring")});
    return;
  }
  Note(Moment::kCreated);
  BecomeMember(options_.self, {}, std::nullopt);
  Emit(CommandFinished{event.command, absl::OkStatus()});
}

void Member::On(const Stop&) {
  if (join_) FinishJoin(absl::CancelledError("Join: the node was stopped"));
  if (!joined_) return;
  const std::optional<Range> before = range();
  joined_ = false;
  routing_changed_ = true;
  stabilize_.reset();
  predecessor_check_.reset();
  fix_finger_.reset();
  successors_ = {};
  TellRangeChange(before, std::nullopt);
  Note(Moment::kStopped);
}

// --- Join -------------------------------------------------------------------------------------
// s := FindSuccessor(self), asked of a seed; ring := GetRing(s); while somebody joined in between,
// s := ring.prdc and ask again; then succ := s :: ring.succ and prdc := ring.prdc.

void Member::On(const Join& event) {
  if (joined_ || join_) {
    Emit(CommandFinished{
        event.command,
        absl::FailedPreconditionError(joined_ ? "Join: this node is a member of a ring already"
                                              : "Join: this node is joining a ring already")});
    return;
  }
  join_.emplace();
  join_->command = event.command;
  join_->seeds = event.seeds;
  join_->last_errors.assign(event.seeds.size(), "not asked yet");
  join_->timeout = event.timeout;
  join_->pause = options_.join_retry_floor;
  Emit(SetTimer{Timer::kJoinTimeout, event.timeout, /*jittered=*/false});
  AskSeedInTurn();
}

void Member::AskSeedInTurn() {
  if (join_->seed == join_->seeds.size()) {
    join_->seed = 0;
    join_->phase = JoinOperation::Phase::kPausing;
    Emit(SetTimer{Timer::kJoinRetry, join_->pause});
    join_->pause = std::min(2 * join_->pause, options_.join_retry_ceiling);
    return;
  }
  join_->phase = JoinOperation::Phase::kAskingSeed;
  join_->question = {.id = ++last_question_, .to = {}};
  Emit(AskSeed{last_question_, join_->seeds[join_->seed], options_.self.id});
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
  join_->phase = phase;
  join_->question = Ask(server);
}

void Member::OnJoinRing(const RingView& ring) {
  const Server asked = join_->question.to;
  if (join_->phase == JoinOperation::Phase::kAskingDuplicate) {
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
    const CommandId command = join_->command;
    join_.reset();
    Note(Moment::kJoined, asked);
    BecomeMember(predecessor, ListFrom(asked, ring), asked);
    Stabilize();
    Emit(CommandFinished{command, absl::OkStatus()});
  }
}

void Member::OnJoinFailure(Failure failure, const std::string& reason) {
  if (join_->phase == JoinOperation::Phase::kAskingSeed) return SeedFailed(reason);
  if (AskAgain(join_->question, failure)) return;
  const Server& asked = join_->question.to;
  SeedFailed(absl::StrCat("it named ", asked.name, " at ", asked.address, ": ", reason));
}

void Member::SeedFailed(const std::string& reason) {
  Server seed;
  seed.address = join_->seeds[join_->seed];
  Note(Moment::kJoinRetry, std::move(seed), {}, reason);
  join_->last_errors[join_->seed] = reason;
  ++join_->seed;
  AskSeedInTurn();
}

void Member::FinishJoin(absl::Status status) {
  Emit(CommandFinished{join_->command, std::move(status)});
  join_.reset();
}

void Member::BecomeMember(const Server& predecessor, SuccessorList successors,
                          std::optional<Server> peer) {
  joined_ = true;
  routing_changed_ = true;
  predecessor_ = predecessor;
  predecessor_dead_ = false;
  successors_ = std::move(successors);
  fingers_ = FingerTable(options_.space, options_.self.id);
  stabilize_pace_ = predecessor_pace_ = {};
  TellRangeChange(std::nullopt, std::move(peer));
  for (Timer t : {Timer::kStabilize, Timer::kCheckPredecessor, Timer::kFixFinger}) StartTimer(t);
}

// --- Stabilize --------------------------------------------------------------------------------
// From successor: ask the head of succ for its ring; a head that does not answer is dropped.
// From predecessor: if the head's predecessor lies between us, ask it, and adopt it when it
// answers. Then notify whoever heads the list.

void Member::Stabilize() {
  if (!joined_ || stabilize_ || alone()) return;
  stabilize_pace_ = {.cooling = true, .again = false};
  Emit(SetTimer{Timer::kStabilizeCooldown, options_.evidence_cooldown});
  stabilize_.emplace();
  stabilize_->before = successors_;
  AskHead();
}

void Member::StabilizeSoon() {
  if (stabilize_ || stabilize_pace_.cooling) {
    stabilize_pace_.again = true;
  } else {
    Stabilize();
  }
}

void Member::AskHead() {
  if (successors_.empty()) return AskFallback();
  stabilize_->phase = StabilizeOperation::Phase::kFromSuccessor;
  stabilize_->question = Ask(successors_.head());
  Note(Moment::kStabilizing, successors_.head());
}

// No successor is left: whoever else we know becomes the head if it answers, nearest first.
void Member::AskFallback() {
  std::vector<Server> known;
  if (predecessor_.id != options_.self.id) known.push_back(predecessor_);
  for (const FingerTable::Finger& finger : fingers_.fingers()) known.push_back(finger.server);
  std::erase_if(known, [this](const Server& server) {
    const std::vector<Server>& failed = stabilize_->unreachable;
    return std::find(failed.begin(), failed.end(), server) != failed.end();
  });
  if (known.empty()) return BecomeAlone();

  const auto distance = [this](const Server& server) {
    return options_.space.Distance(options_.self.id, server.id);
  };
  const Server nearest = *std::min_element(
      known.begin(), known.end(),
      [&](const Server& a, const Server& b) { return distance(a) < distance(b); });
  stabilize_->phase = StabilizeOperation::Phase::kFromFallback;
  stabilize_->question = Ask(nearest);
  Note(Moment::kStabilizing, nearest);
}

void Member::OnSuccessorRing(const Server& successor, const RingView& ring) {
  SetSuccessors(ListFrom(successor, ring));
  if (options_.space.Between(options_.self.id, ring.predecessor.id, successor.id)) {
    stabilize_->phase = StabilizeOperation::Phase::kFromPredecessor;
    stabilize_->question = Ask(ring.predecessor);
  } else {
    FinishStabilize();
  }
}

void Member::OnSuccessorFailure(const Server& successor) {
  Note(Moment::kSuccessorFailed, successor);
  stabilize_->unreachable.push_back(successor);
  if (fingers_.Drop(successor)) routing_changed_ = true;
  if (!successors_.empty() && successors_.head() == successor) {
    SuccessorList rest = successors_;
    rest.DropHead();
    SetSuccessors(std::move(rest));
  }
  AskHead();
}

void Member::OnSuccessorsPredecessorRing(const Server& candidate, const RingView& ring) {
  SetSuccessors(ListFrom(candidate, ring));
  FinishStabilize();
}

void Member::FinishStabilize() {
  Emit(SendNotify{successors_.head()});
  const bool changed = stabilize_->before != successors_;
  stabilize_.reset();
  // A list that changed may have more to learn; and what was asked for meanwhile is still due.
  if (changed || std::exchange(stabilize_pace_.again, false)) StabilizeSoon();
}

void Member::BecomeAlone() {
  stabilize_.reset();
  Note(Moment::kAlone);
  SetPredecessor(options_.self);
}

void Member::SetSuccessors(SuccessorList successors) {
  if (successors == successors_) return;
  const Server old = successors_.empty() ? Server{} : successors_.head();
  successors_ = std::move(successors);
  routing_changed_ = true;
  if (!successors_.empty() && successors_.head() != old) {
    Note(Moment::kSuccessorChanged, successors_.head(), old);
  }
}

// --- Rectify, check predecessor ---------------------------------------------------------------
// On Notify(n): a notifier closer than prdc is adopted; any other when prdc is dead.

void Member::On(const Notify& event) {
  if (!joined_ || event.from.id == options_.self.id) return;
  Note(Moment::kNotified, event.from);
  Rectify(event.from);
}

void Member::Rectify(const Server& notifier) {
  if (options_.space.Between(predecessor_.id, notifier.id, options_.self.id)) {
    SetPredecessor(notifier);
    if (successors_.empty()) StabilizeSoon();  // we were alone, and now know somebody
  } else if (notifier == predecessor_) {
    predecessor_dead_ = false;
  } else if (predecessor_dead_) {
    SetPredecessor(notifier);
  } else {
    CheckPredecessor();
    std::optional<Server>& waiting = predecessor_check_->notifier;
    const auto distance = [this](const Server& server) {
      return options_.space.Distance(server.id, options_.self.id);
    };
    if (!waiting || distance(notifier) < distance(*waiting)) waiting = notifier;
  }
}

void Member::CheckPredecessor() {
  const bool own_predecessor = predecessor_.id == options_.self.id;
  if (!joined_ || predecessor_check_ || own_predecessor) return;
  predecessor_pace_ = {.cooling = true, .again = false};
  Emit(SetTimer{Timer::kPredecessorCooldown, options_.evidence_cooldown});
  predecessor_check_.emplace();
  predecessor_check_->question = Ask(predecessor_);
}

void Member::CheckPredecessorSoon() {
  if (predecessor_check_ || predecessor_pace_.cooling) {
    predecessor_pace_.again = true;
  } else {
    CheckPredecessor();
  }
}

void Member::OnPredecessorFailure() {
  if (!predecessor_dead_) Note(Moment::kPredecessorFailed, predecessor_);
  predecessor_dead_ = true;
  const std::optional<Server> notifier = std::move(predecessor_check_->notifier);
  predecessor_check_.reset();
  On(Evidence{predecessor_});
  if (notifier) SetPredecessor(*notifier);
}

void Member::SetPredecessor(const Server& predecessor) {
  const std::optional<Range> before = range();
  const Server old = std::exchange(predecessor_, predecessor);
  predecessor_dead_ = false;
  predecessor_check_.reset();  // it asked the old one
  routing_changed_ = true;
  Note(Moment::kPredecessorChanged, predecessor, old);
  const bool lost = options_.space.Between(old.id, predecessor.id, options_.self.id);
  TellRangeChange(before, lost ? predecessor : old);
}

// --- Fix fingers ------------------------------------------------------------------------------

void Member::FixFinger() {
  if (fix_finger_ || alone()) return;
  const Id covered =
      successors_.empty() ? 0 : options_.space.Distance(options_.self.id, successors_.last().id);
  const std::size_t known = fingers_.fingers().size();
  const std::optional<Id> target = fingers_.NextTarget(covered);
  if (fingers_.fingers().size() != known) routing_changed_ = true;  // some are covered now
  if (!target) return;
  fix_finger_ = FingerOperation{++last_question_};
  Emit(FindSuccessor{last_question_, *target});
}

// --- Answers and failures: each belongs to one open operation, or to none and is dropped ---------

void Member::On(const SuccessorAnswer& event) {
  const bool asking_seed = join_ && join_->phase == JoinOperation::Phase::kAskingSeed;
  if (asking_seed && join_->question.id == event.question) {
    OnSeedAnswer(event.successor);
  } else if (fix_finger_ && fix_finger_->question == event.question) {
    fix_finger_.reset();
    fingers_.Found(event.successor);
    routing_changed_ = true;
  }
}

void Member::On(const RingAnswer& event) {
  const bool asking_ring = join_ && (join_->phase == JoinOperation::Phase::kAskingRing ||
                                     join_->phase == JoinOperation::Phase::kAskingDuplicate);
  if (asking_ring && join_->question.id == event.question) {
    OnJoinRing(event.ring);
  } else if (stabilize_ && stabilize_->question.id == event.question) {
    const Server asked = stabilize_->question.to;
    if (stabilize_->phase == StabilizeOperation::Phase::kFromPredecessor) {
      OnSuccessorsPredecessorRing(asked, event.ring);
    } else {
      OnSuccessorRing(asked, event.ring);
    }
  } else if (predecessor_check_ && predecessor_check_->question.id == event.question) {
    predecessor_dead_ = false;
    predecessor_check_.reset();
  }
}

void Member::On(const QuestionFailed& event) {
  const bool asking = join_ && join_->phase != JoinOperation::Phase::kPausing;
  if (asking && join_->question.id == event.question) {
    OnJoinFailure(event.failure, event.reason);
  } else if (stabilize_ && stabilize_->question.id == event.question) {
    if (AskAgain(stabilize_->question, event.failure)) return;
    if (stabilize_->phase == StabilizeOperation::Phase::kFromPredecessor) {
      FinishStabilize();
    } else {
      OnSuccessorFailure(Server(stabilize_->question.to));
    }
  } else if (predecessor_check_ && predecessor_check_->question.id == event.question) {
    if (!AskAgain(predecessor_check_->question, event.failure)) OnPredecessorFailure();
  } else if (fix_finger_ && fix_finger_->question == event.question) {
    fix_finger_.reset();
    fingers_.NotFound();
  }
}

void Member::On(const Evidence& event) {
  if (!joined_) return;
  if (fingers_.Drop(event.suspect)) {
    routing_changed_ = true;
    Note(Moment::kFingerDropped, event.suspect);
  }
  if (successors_.Has(event.suspect)) StabilizeSoon();
  if (predecessor_ == event.suspect && !predecessor_dead_) CheckPredecessorSoon();
}

void Member::On(const GetRing& event) {
  if (!joined_) return Emit(AnswerRing{event.call, std::nullopt});
  RingView ring{predecessor_, successors_.servers()};
  if (ring.successors.empty()) ring.successors.push_back(options_.self);
  Emit(AnswerRing{event.call, std::move(ring)});
}

void Member::On(const TimerFired& event) {
  switch (event.timer) {
    case Timer::kStabilize:
      if (!joined_) return;
      StartTimer(event.timer);
      return Stabilize();
    case Timer::kCheckPredecessor:
      if (!joined_) return;
      StartTimer(event.timer);
      return CheckPredecessor();
    case Timer::kFixFinger:
      if (!joined_) return;
      StartTimer(event.timer);
      return FixFinger();
    case Timer::kStabilizeCooldown:
      stabilize_pace_.cooling = false;
      if (!stabilize_ && std::exchange(stabilize_pace_.again, false)) Stabilize();
      return;
    case Timer::kPredecessorCooldown:
      predecessor_pace_.cooling = false;
      if (std::exchange(predecessor_pace_.again, false)) CheckPredecessor();
      return;
    case Timer::kJoinRetry:
      if (join_ && join_->phase == JoinOperation::Phase::kPausing) AskSeedInTurn();
      return;
    case Timer::kJoinTimeout:
      if (join_) FinishJoin(join_->TimedOut());
      return;
  }
}

// --- What all share ---------------------------------------------------------------------------

std::optional<Range> Member::range() const {
  if (!joined_) return std::nullopt;
  return Range{predecessor_.id, options_.self.id};
}

Question Member::Ask(const Server& to) {
  Emit(AskRing{++last_question_, to});
  return {.id = last_question_, .to = to};
}

// A missed deadline is a suspicion: the same question is asked once more before it is a failure.
bool Member::AskAgain(Question& question, Failure failure) {
  if (failure != Failure::kTimeout || ++question.timeouts >= 2) return false;
  question.id = ++last_question_;
  Emit(AskRing{question.id, question.to});
  return true;
}

SuccessorList Member::ListFrom(const Server& head, const RingView& ring) const {
  return {options_.space, options_.self.id, options_.successor_count, head, ring.successors};
}

void Member::TellRangeChange(const std::optional<Range>& before, std::optional<Server> peer) {
  RangeChange change;
  change.before = before;
  change.after = range();
  change.peer = std::move(peer);
  if (change.before == change.after) return;
  if (!change.before) {
    change.gained = change.after;
  } else if (!change.after) {
    change.lost = change.before;
  } else if (options_.space.Between(before->start, change.after->start, options_.self.id)) {
    change.lost = Range{before->start, change.after->start};
  } else {
    change.gained = Range{change.after->start, before->start};
  }
  change.epoch = ++epoch_;
  Emit(TellRange{std::move(change)});
}

void Member::StartTimer(Timer timer) {
  const absl::Duration period = timer == Timer::kStabilize   ? options_.stabilize_interval
                                : timer == Timer::kFixFinger ? options_.fix_finger_interval
                                                             : options_.check_predecessor_interval;
  Emit(SetTimer{timer, period});
}

void Member::Note(Moment moment, Server server, Server old, std::string note) {
  Emit(Trace{moment, std::move(server), std::move(old), std::move(note)});
}

}  // namespace concord::core
