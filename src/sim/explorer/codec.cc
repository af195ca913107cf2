#include "sim/explorer/codec.h"

#include <string>
#include <utility>
#include <vector>

namespace concord::sim {

using core::JoinOperation;
using core::Member;
using core::MemberState;
using core::Question;
using core::QuestionId;
using core::StabilizeOperation;

namespace {

JoinOperation::Phase JoinPhase(Phase phase) {
  switch (phase) {
    case Phase::kPausing:
      return JoinOperation::Phase::kPausing;
    case Phase::kAskingRing:
      return JoinOperation::Phase::kAskingRing;
    case Phase::kAskingPredecessor:
      return JoinOperation::Phase::kAskingPredecessor;
    case Phase::kAskingDuplicate:
      return JoinOperation::Phase::kAskingDuplicate;
    default:
      return JoinOperation::Phase::kAskingSeed;
  }
}

Phase PhaseOf(JoinOperation::Phase phase) {
  switch (phase) {
    case JoinOperation::Phase::kAskingSeed:
      return Phase::kAskingSeed;
    case JoinOperation::Phase::kAskingRing:
      return Phase::kAskingRing;
    case JoinOperation::Phase::kAskingPredecessor:
      return Phase::kAskingPredecessor;
    case JoinOperation::Phase::kAskingDuplicate:
      return Phase::kAskingDuplicate;
    case JoinOperation::Phase::kPausing:
      break;
  }
  return Phase::kPausing;
}

StabilizeOperation::Phase StabilizePhase(Phase phase) {
  switch (phase) {
    case Phase::kFromFallback:
      return StabilizeOperation::Phase::kFromFallback;
    case Phase::kFromPredecessor:
      return StabilizeOperation::Phase::kFromPredecessor;
    default:
      return StabilizeOperation::Phase::kFromSuccessor;
  }
}

Phase PhaseOf(StabilizeOperation::Phase phase) {
  switch (phase) {
    case StabilizeOperation::Phase::kFromSuccessor:
      return Phase::kFromSuccessor;
    case StabilizeOperation::Phase::kFromFallback:
      return Phase::kFromFallback;
    case StabilizeOperation::Phase::kFromPredecessor:
      break;
  }
  return Phase::kFromPredecessor;
}

JoinOperation DecodeJoin(const Codec& codec, const LocalState& state) {
  JoinOperation join;
  join.command = 1;
  join.seeds = {"seed"};
  join.last_errors = {""};
  join.phase = JoinPhase(state.phase);
  join.question.id = Codec::kQuestion;
  if (state.asked != kNobody) join.question.to = codec.server(state.asked);
  return join;
}

StabilizeOperation DecodeStabilize(const Codec& codec, const LocalState& state) {
  StabilizeOperation stabilize;
  stabilize.phase = StabilizePhase(state.phase);
  stabilize.question = {.id = Codec::kQuestion, .to = codec.server(state.asked)};
  for (Ref ref = 0; ref < 16; ++ref) {
    if (state.unreachable >> ref & 1) stabilize.unreachable.push_back(codec.server(ref));
  }
  return stabilize;
}

}  // namespace

Server ServerAt(unsigned place, unsigned life, unsigned nodes) {
  const std::string name(1, static_cast<char>('a' + place));
  return {IdOfPlace(place, nodes), name, name + static_cast<char>('0' + life)};
}

Codec::Codec(unsigned nodes, unsigned successor_count)
    : nodes_(nodes), successor_count_(successor_count) {
  for (unsigned life = 0; life < 2; ++life) {
    for (unsigned place = 0; place < nodes; ++place) {
      servers_[MakeRef(place, life)] = ServerAt(place, life, nodes);
    }
  }
}

Ref Codec::ref(const Server& server) const {
  return MakeRef(static_cast<unsigned>(server.name[0] - 'a'),
                 static_cast<unsigned>(server.address[1] - '0'));
}

Member Codec::Decode(const LocalState& state) const {
  core::MemberOptions options;
  options.self = server(MakeRef(0, state.life));
  options.space = kExplorerSpace;
  options.successor_count = successor_count_;
  MemberState member(options.space, options.self.id);
  member.last_question = kCheckQuestion;
  if (state.role == Role::kJoining) member.join = DecodeJoin(*this, state);
  if (state.role == Role::kMember) {
    member.joined = true;
    member.predecessor = server(state.predecessor);
    member.predecessor_dead = state.predecessor_dead;
    member.stabilize_pace.cooling = member.predecessor_pace.cooling = true;
    if (state.successors.size() > 0) {
      std::vector<Server> list;
      for (Ref ref : state.successors) list.push_back(server(ref));
      member.successors =
          core::SuccessorList(options.space, options.self.id, successor_count_, list.front(), list);
    }
    if (state.phase != Phase::kNone) member.stabilize = DecodeStabilize(*this, state);
    if (state.check != Travel::kNone) {
      member.predecessor_check.emplace();
      member.predecessor_check->question = {.id = kCheckQuestion, .to = server(state.checked)};
      if (state.notifier != kNobody) member.predecessor_check->notifier = server(state.notifier);
    }
  }
  return Member(std::move(options), std::move(member));
}

LocalState Codec::Encode(const Member& member, const LocalState& before) const {
  LocalState state;
  state.inbox = before.inbox;
  state.life = before.life;
  state.role = member.joined() ? Role::kMember : member.joining() ? Role::kJoining : Role::kOutside;
  if (member.joined()) {
    state.predecessor = ref(member.predecessor());
    state.predecessor_dead = member.predecessor_dead();
    for (const Server& server : member.successors().servers()) state.successors.Add(ref(server));
  }
  EncodeOperation(member.state(), before, state);
  return state;
}

void Codec::EncodeOperation(const MemberState& member, const LocalState& before,
                            LocalState& state) const {
  const Question* question = nullptr;
  if (member.join) {
    state.phase = PhaseOf(member.join->phase);
    if (state.phase != Phase::kPausing) question = &member.join->question;
  } else if (member.stabilize) {
    state.phase = PhaseOf(member.stabilize->phase);
    question = &member.stabilize->question;
    for (const Server& server : member.stabilize->unreachable) {
      state.unreachable = static_cast<std::uint16_t>(state.unreachable | 1 << ref(server));
    }
  }
  if (question != nullptr) {
    const bool same = question->id == kQuestion;
    state.travel = same ? before.travel : Travel::kOnItsWay;
    if (!question->to.name.empty()) state.asked = ref(question->to);
    if (same) state.answer_predecessor = before.answer_predecessor;
    if (same) state.answer_list = before.answer_list;
  }
  if (member.predecessor_check) {
    const bool same = member.predecessor_check->question.id == kCheckQuestion;
    state.check = same ? before.check : Travel::kOnItsWay;
    state.checked = ref(member.predecessor_check->question.to);
    if (member.predecessor_check->notifier)
      state.notifier = ref(*member.predecessor_check->notifier);
  }
}

}  // namespace concord::sim
