#include "sim/explorer/local_table.h"

#include <array>
#include <cassert>
#include <cstring>
#include <optional>
#include <utility>

#include "core/routing_table.h"
#include "sim/ring_invariants.h"

namespace concord::sim {

using core::Failure;
using core::Member;
using core::Timer;

namespace {

// Keys of outcomes_ that are no StepKind.
constexpr unsigned kWithNotify = 29;
constexpr unsigned kView = 30;
constexpr unsigned kOwner = 31;

// Below 2^28 local states and 2^24 views.
std::uint64_t Key(LocalId id, unsigned kind, std::uint32_t arg) {
  assert(id < 1u << 28 && kind < 32 && arg < 1u << 24);
  return std::uint64_t{id} << 32 | std::uint64_t{kind} << 24 | arg;
}

std::uint64_t HashOf(const LocalState& state) {
  std::array<std::uint64_t, (sizeof(LocalState) + 7) / 8> words{};
  std::memcpy(words.data(), &state, sizeof state);
  std::uint64_t hash = 0;
  for (std::uint64_t word : words) hash = MixBits(hash + 0x9e3779b97f4a7c15 + MixBits(word));
  return hash >> 1;
}

}  // namespace

LocalTable::LocalTable(const Options& options)
    : options_(options), codec_(options.nodes, options.successor_count) {}

std::size_t LocalTable::bytes() const {
  return states_.capacity() * sizeof(LocalState) + skips_.capacity() +
         flying_.capacity() * sizeof(RefList) + views_.capacity() * sizeof(View) + ids_.bytes() +
         view_ids_.bytes() + outcomes_.bytes();
}

LocalId LocalTable::Intern(const LocalState& state) {
  std::uint64_t hash = HashOf(state);
  for (;; ++hash) {  // two states with one hash: the second is found a little further on
    const std::uint64_t* id = ids_.Find(hash);
    if (id == nullptr) break;
    if (states_[*id] == state) return static_cast<LocalId>(*id);
  }
  const auto id = static_cast<LocalId>(states_.size());
  ids_.Insert(hash, id);
  states_.push_back(state);
  flying_.push_back(ComputeFlying(state));
  skips_.push_back(ComputeSkips(state, flying_.back()));
  return id;
}

core::Event LocalTable::AnswerTo(const LocalState& state) const {
  core::RingView ring{codec_.server(state.answer_predecessor), {}};
  for (Ref ref : state.answer_list) ring.successors.push_back(codec_.server(ref));
  return core::RingAnswer{Codec::kQuestion, std::move(ring)};
}

// What the node makes of the answer is best asked of itself.
RefList LocalTable::ComputeFlying(const LocalState& state) const {
  RefList list;
  if (state.travel != Travel::kAnswered) return list;
  Member member = codec_.Decode(state);
  member.Deliver(AnswerTo(state));
  for (const Server& server : member.successors().servers()) list.Add(codec_.ref(server));
  return list;
}

std::uint8_t LocalTable::ComputeSkips(const LocalState& state, const RefList& flying) const {
  const unsigned nodes = codec_.nodes();
  unsigned skipped = 0;
  const auto add = [&](const RefList& list) {
    std::array<Entry, kMaxSuccessors> entries;
    std::size_t count = 0;
    for (Ref ref : list) entries[count++] = {codec_.server(ref).id, /*live=*/true};
    for (unsigned place = 0; place < nodes; ++place) {
      if (sim::Skips(kExplorerSpace, codec_.server(0).id, {entries.data(), count},
                     IdOfPlace(place, nodes))) {
        skipped |= 1u << place;
      }
    }
  };
  add(state.successors);
  add(flying);
  return static_cast<std::uint8_t>(skipped);
}

LocalTable::Outcome LocalTable::After(LocalId id, StepKind kind, std::uint32_t arg) {
  const std::uint64_t key = Key(id, static_cast<unsigned>(kind), arg);
  if (const std::uint64_t* known = outcomes_.Find(key)) {
    return {static_cast<LocalId>(*known >> 8), static_cast<Ref>(*known & 0xff)};
  }
  const Outcome outcome = Compute(id, kind, arg);
  outcomes_.Insert(key, std::uint64_t{outcome.next} << 8 | outcome.notify);
  return outcome;
}

LocalTable::Outcome LocalTable::Compute(LocalId id, StepKind kind, std::uint32_t arg) {
  LocalState state = states_[id];
  switch (kind) {  // what happens in the network alone
    case StepKind::kFail:
      return {Intern(Fail(state))};
    case StepKind::kQuestionArrives:
      return {Intern(Answered(state, views_[arg]))};
    case StepKind::kQuestionRefused:
      state.travel = Travel::kFailed;
      return {Intern(state)};
    case StepKind::kCheckArrives:
      state.check = Travel::kAnswered;
      return {Intern(state)};
    case StepKind::kCheckRefused:
      state.check = Travel::kFailed;
      return {Intern(state)};
    case StepKind::kNotifyLost:
      state.inbox = static_cast<std::uint16_t>(state.inbox & ~(1u << arg));
      return {Intern(state)};
    default:
      return Run(state, kind, arg);
  }
}

LocalId LocalTable::WithNotify(LocalId id, Ref from) {
  LocalState state = states_[id];
  if (state.inbox >> from & 1) return id;
  const std::uint64_t key = Key(id, kWithNotify, from);
  if (const std::uint64_t* known = outcomes_.Find(key)) return static_cast<LocalId>(*known);
  // What is sent to an address where nobody will ever be again need not be remembered.
  const bool matters = state.role != Role::kDead || (options_.restarts && !options_.new_address);
  if (matters) state.inbox = static_cast<std::uint16_t>(state.inbox | 1u << from);
  const LocalId next = Intern(state);
  outcomes_.Insert(key, next);
  return next;
}

LocalState LocalTable::Fail(const LocalState& state) const {
  LocalState dead;
  dead.role = Role::kDead;
  dead.life = state.life;
  if (options_.restarts && !options_.new_address) dead.inbox = state.inbox;
  return dead;
}

// `ref` as seen by a node from which the one that knows it so is `places` clockwise.
Ref LocalTable::Turn(Ref ref, unsigned places) const {
  return MakeRef((PlacesOf(ref) + places) % codec_.nodes(), LifeOf(ref));
}

LocalState LocalTable::Answered(const LocalState& state, const View& view) const {
  LocalState next = state;
  const unsigned places = PlacesOf(state.asked);
  next.travel = Travel::kAnswered;
  next.answer_predecessor = Turn(view.predecessor, places);
  next.answer_list = {};
  for (Ref ref : view.successors) next.answer_list.Add(Turn(ref, places));
  const bool joins = state.role == Role::kJoining;
  if (options_.fine || joins) return next;

  // Stabilize looks at the predecessor only when that is a better head, and at no more of the list
  // than it takes.
  const Ref self = MakeRef(0, state.life);
  const Server& head = codec_.server(state.asked);
  const Id self_id = codec_.server(self).id;
  const Id predecessor_id = codec_.server(next.answer_predecessor).id;
  if (state.phase == Phase::kFromPredecessor ||
      !kExplorerSpace.Between(self_id, predecessor_id, head.id)) {
    next.answer_predecessor = self;
  }
  std::vector<Server> rest;
  for (Ref ref : next.answer_list) rest.push_back(codec_.server(ref));
  const core::SuccessorList list(kExplorerSpace, self_id, codec_.successor_count(), head, rest);
  next.answer_list = {};
  for (std::size_t i = 1; i < list.size(); ++i) {
    next.answer_list.Add(codec_.ref(list.servers()[i]));
  }
  return next;
}

LocalTable::Outcome LocalTable::Run(const LocalState& state, StepKind kind, std::uint32_t arg) {
  LocalState before = state;
  if (state.role == Role::kDead && options_.new_address) before.life = 1;
  Member member = codec_.Decode(before);
  notify_ = kNobody;
  DeliverAll(member, before, kind, arg);
  LocalState next = codec_.Encode(member, before);
  // A seed is asked and answers in one step, so waiting for it is the same as not having asked.
  if (!options_.fine && (next.phase == Phase::kAskingSeed || next.phase == Phase::kPausing)) {
    next = {};
    next.life = before.life;
    next.inbox = before.inbox;
  }
  return {Intern(next), notify_};
}

void LocalTable::DeliverAll(Member& member, const LocalState& state, StepKind kind,
                            std::uint32_t arg) {
  const core::MemberState& now = member.state();
  const core::QuestionFailed failed{Codec::kQuestion, Failure::kUnreachable, ""};
  const core::QuestionFailed late{Codec::kQuestion, Failure::kTimeout, ""};
  switch (kind) {
    case StepKind::kJoin:
    case StepKind::kStartJoin:
      Deliver(member, core::Join{1, {"seed"}, absl::Seconds(1)});
      if (kind == StepKind::kStartJoin) return;
      return Deliver(member, core::SuccessorAnswer{now.join->question.id,
                                                   codec_.server(static_cast<Ref>(arg))});
    case StepKind::kSeedAnswers:
      return Deliver(member,
                     core::SuccessorAnswer{Codec::kQuestion, codec_.server(static_cast<Ref>(arg))});
    case StepKind::kSeedFails:
    case StepKind::kQuestionFails:
      return Deliver(member, failed);
    case StepKind::kJoinRetry:
      return Deliver(member, core::TimerFired{Timer::kJoinRetry});
    case StepKind::kGiveUp:
      return Deliver(member, core::TimerFired{Timer::kJoinTimeout});
    case StepKind::kStabilize:
      return Deliver(member, core::TimerFired{Timer::kStabilize});
    case StepKind::kAnswerArrives:
      return Deliver(member, AnswerTo(state));
    case StepKind::kTimeout:
      return Deliver(member, late);
    case StepKind::kSuspect:
      return TimeOutTwice(member, now.stabilize->question);
    case StepKind::kCheckPredecessor:
      Deliver(member, core::TimerFired{Timer::kCheckPredecessor});
      if (!options_.fine) SettleCheck(member, arg != 0);
      return;
    case StepKind::kCheckAnswered:
      return SettleCheck(member, true);
    case StepKind::kCheckFails:
      return SettleCheck(member, false);
    case StepKind::kCheckTimeout:
      return Deliver(member, core::QuestionFailed{Codec::kCheckQuestion, Failure::kTimeout, ""});
    case StepKind::kCheckSuspect:
      if (!options_.fine) Deliver(member, core::TimerFired{Timer::kCheckPredecessor});
      return TimeOutTwice(member, now.predecessor_check->question);
    case StepKind::kNotified:
      Deliver(member, core::Notify{codec_.server(static_cast<Ref>(arg & 0xf))});
      if (!options_.fine) SettleCheck(member, (arg & kPredecessorAnswers) != 0);
      return;
    case StepKind::kEvidence:
      return Deliver(member, core::Evidence{codec_.server(static_cast<Ref>(arg))});
    default:
      assert(false);
  }
}

void LocalTable::Deliver(Member& member, const core::Event& event) {
  ++deliveries_;
  member.Deliver(event, effects_);
  for (const core::Effect& effect : effects_) {
    if (const auto* notify = std::get_if<core::SendNotify>(&effect)) {
      assert(notify_ == kNobody);
      notify_ = codec_.ref(notify->to);
    }
  }
}

void LocalTable::TimeOutTwice(Member& member, const core::Question& question) {
  Deliver(member, core::QuestionFailed{question.id, Failure::kTimeout, ""});
  Deliver(member, core::QuestionFailed{question.id, Failure::kTimeout, ""});  // a new id by now
}

// The predecessor is asked, if it is: it answers, or is dead.
void LocalTable::SettleCheck(Member& member, bool answers) {
  if (!member.state().predecessor_check) return;
  const core::QuestionId question = member.state().predecessor_check->question.id;
  if (answers) return Deliver(member, core::RingAnswer{question, {}});
  Deliver(member, core::QuestionFailed{question, Failure::kUnreachable, ""});
}

ViewId LocalTable::ViewOf(LocalId id) {
  const std::uint64_t key = Key(id, kView, 0);
  if (const std::uint64_t* known = outcomes_.Find(key)) return static_cast<ViewId>(*known);
  Member member = codec_.Decode(states_[id]);
  ++deliveries_;
  member.Deliver(core::GetRing{1}, effects_);
  View view;
  std::uint64_t content = 0;
  for (const core::Effect& effect : effects_) {
    const auto* answer = std::get_if<core::AnswerRing>(&effect);
    if (answer == nullptr) continue;
    content = view.predecessor = codec_.ref(answer->ring->predecessor);
    for (const Server& server : answer->ring->successors) {
      view.successors.Add(codec_.ref(server));
      content = content << 8 | view.successors.refs[view.successors.size() - 1];
    }
    content = content << 4 | view.successors.size();
  }
  const std::uint64_t* known = view_ids_.Find(content);
  const ViewId view_id =
      known != nullptr ? static_cast<ViewId>(*known) : static_cast<ViewId>(views_.size());
  if (known == nullptr) {
    view_ids_.Insert(content, view_id);
    views_.push_back(view);
  }
  outcomes_.Insert(key, view_id);
  return view_id;
}

Ref LocalTable::KnownOwner(LocalId id, unsigned places) {
  const std::uint64_t key = Key(id, kOwner, places);
  if (const std::uint64_t* known = outcomes_.Find(key)) return static_cast<Ref>(*known);
  const Member member = codec_.Decode(states_[id]);
  const core::RoutingTable table(kExplorerSpace, member.self(), member.predecessor(),
                                 member.successors(), member.fingers());
  const Server* owner = table.KnownOwner(IdOfPlace(places, codec_.nodes()));
  const Ref ref = owner == nullptr ? kNobody : codec_.ref(*owner);
  outcomes_.Insert(key, ref);
  return ref;
}

}  // namespace concord::sim
