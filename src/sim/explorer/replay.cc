#include "sim/explorer/replay.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/str_cat.h"
#include "sim/explorer/codec.h"

namespace concord::sim {

using core::Failure;
using core::Member;
using core::Question;
using core::Timer;

namespace {

// What the open Join or Stabilize waits for; null if nothing.
const Question* OpenQuestion(const Member& member) {
  const core::MemberState& state = member.state();
  if (state.stabilize) return &state.stabilize->question;
  const bool asking = state.join && state.join->phase != core::JoinOperation::Phase::kPausing;
  return asking ? &state.join->question : nullptr;
}

core::MemberOptions OptionsOf(const ReplayOptions& options, const Server& self) {
  core::MemberOptions member;
  member.self = self;
  member.space = kExplorerSpace;
  member.successor_count = options.successor_count;
  return member;
}

}  // namespace

// A RingPicture and what it points into.
struct Replay::Snapshot {
  std::vector<std::vector<Entry>> lists;  // never moved once `picture` points into them
  std::vector<Pointers> members;
  std::vector<FlyingList> flying;
  RingPicture picture{.space = kExplorerSpace};
};

Replay::Replay(ReplayOptions options) : options_(std::move(options)) {
  const auto count = static_cast<unsigned>(options_.layout.size());
  std::vector<Server> members;
  for (unsigned place = 0; place < count; ++place) {
    nodes_.push_back({ServerAt(place, 0, count), std::nullopt, std::nullopt});
    if (options_.layout[place] == 'm') members.push_back(nodes_.back().self);
  }
  for (Node& node : nodes_) {
    const core::MemberOptions member = OptionsOf(options_, node.self);
    const auto at = std::find(members.begin(), members.end(), node.self);
    if (at == members.end()) {
      node.member.emplace(member);
      continue;
    }
    std::vector<Server> others = members;  // the next first, the predecessor last
    std::rotate(others.begin(), others.begin() + (at - members.begin()) + 1, others.end());
    const Server predecessor = others.size() > 1 ? others[others.size() - 2] : node.self;
    others.pop_back();
    core::MemberState state = Member::InRing(member, predecessor, others).state();
    state.stabilize_pace.cooling = state.predecessor_pace.cooling = true;  // ticks alone begin
    node.member.emplace(member, std::move(state));
  }
  Check(StepKind::kFail);
}

const Member* Replay::member(char node) const {
  const Node& found = nodes_[static_cast<std::size_t>(node - 'a')];
  return found.member ? &*found.member : nullptr;
}

Server Replay::ServerOf(char letter) const {
  const bool again = std::isupper(static_cast<unsigned char>(letter)) != 0;
  const auto place = static_cast<unsigned>(std::tolower(static_cast<unsigned char>(letter)) - 'a');
  return ServerAt(place, again ? 1 : 0, static_cast<unsigned>(nodes_.size()));
}

bool Replay::Lives(const Server& server) const {
  return std::any_of(nodes_.begin(), nodes_.end(), [&](const Node& node) {
    return node.self == server && node.member && node.member->joined();
  });
}

void Replay::Do(StepKind kind, char letter, char peer) {
  Node& node = At(letter);
  const Server server = peer == 0 ? Server{} : ServerOf(peer);
  if (kind == StepKind::kJoin || kind == StepKind::kStartJoin) {
    Join(node, kind, server);
  } else if (kind == StepKind::kFail) {
    node.member.reset();
    node.answer.reset();
  } else if (node.member) {
    DeliverToMember(node, kind, server);
  }
  ++steps_;
  Check(kind);
}

void Replay::Join(Node& node, StepKind kind, const Server& owner) {
  if (!node.member) {
    if (options_.new_address) node.self.address.back() = '1';
    node.member.emplace(OptionsOf(options_, node.self));
  }
  if (node.member->joining()) {
    Deliver(node, core::TimerFired{Timer::kJoinRetry});  // it pauses: it asks its seed again
  } else {
    Deliver(node, core::Join{1, {"seed"}, absl::Seconds(1)});
  }
  if (kind == StepKind::kStartJoin || !node.member->joining()) return;
  Deliver(node, core::SuccessorAnswer{node.member->state().join->question.id, owner});
}

void Replay::DeliverToMember(Node& node, StepKind kind, const Server& peer) {
  const Question* const question = OpenQuestion(*node.member);
  const core::QuestionId id = question == nullptr ? 0 : question->id;
  const auto& check = node.member->state().predecessor_check;
  const core::QuestionId check_id = check ? check->question.id : 0;
  switch (kind) {
    case StepKind::kSeedAnswers:
      return Deliver(node, core::SuccessorAnswer{id, peer});
    case StepKind::kJoinRetry:
      return Deliver(node, core::TimerFired{Timer::kJoinRetry});
    case StepKind::kGiveUp:
      return Deliver(node, core::TimerFired{Timer::kJoinTimeout});
    case StepKind::kStabilize:
      return Deliver(node, core::TimerFired{Timer::kStabilize});
    case StepKind::kQuestionArrives:
      return Ask(node);
    case StepKind::kAnswerArrives:
      if (!node.answer) return;
      return Deliver(node, core::RingAnswer{node.answer->first, node.answer->second});
    case StepKind::kSeedFails:
    case StepKind::kQuestionFails:
      return Deliver(node, core::QuestionFailed{id, Failure::kUnreachable, "refused"});
    case StepKind::kSuspect:
    case StepKind::kTimeout:
      Deliver(node, core::QuestionFailed{id, Failure::kTimeout, "late"});
      if (kind == StepKind::kTimeout || OpenQuestion(*node.member) == nullptr) return;
      return Deliver(
          node, core::QuestionFailed{OpenQuestion(*node.member)->id, Failure::kTimeout, "late"});
    case StepKind::kCheckPredecessor:
      Deliver(node, core::TimerFired{Timer::kCheckPredecessor});
      return options_.fine ? void() : SettleCheck(node);
    case StepKind::kCheckAnswered:
      return Deliver(node, core::RingAnswer{check_id, {}});
    case StepKind::kCheckFails:
      return Deliver(node, core::QuestionFailed{check_id, Failure::kUnreachable, "refused"});
    case StepKind::kCheckTimeout:
    case StepKind::kCheckSuspect:
      if (!options_.fine) Deliver(node, core::TimerFired{Timer::kCheckPredecessor});
      for (int i = kind == StepKind::kCheckTimeout ? 1 : 2; check && i > 0; --i) {
        Deliver(node, core::QuestionFailed{check->question.id, Failure::kTimeout, "late"});
      }
      return;
    case StepKind::kNotified:
      Deliver(node, core::Notify{peer});
      return options_.fine ? void() : SettleCheck(node);
    case StepKind::kEvidence:
      return Deliver(node, core::Evidence{peer});
    default:
      return;  // in the network alone
  }
}

void Replay::Deliver(Node& node, const core::Event& event) {
  for (const core::Effect& effect : node.member->Deliver(event)) {
    if (const auto* notify = std::get_if<core::SendNotify>(&effect)) {
      notifies_.insert({node.self.address, notify->to.address});
    }
  }
  const Question* const question = OpenQuestion(*node.member);
  if (node.answer && (question == nullptr || question->id != node.answer->first)) {
    node.answer.reset();  // the answer to a question that is closed; it would be dropped
  }
}

// The question of `node` arrives at whom it asks, who answers it.
void Replay::Ask(Node& node) {
  const Question* const question = OpenQuestion(*node.member);
  if (question == nullptr || !Lives(question->to)) return;
  Node& asked = *std::find_if(nodes_.begin(), nodes_.end(),
                              [&](const Node& other) { return other.self == question->to; });
  for (const core::Effect& effect : asked.member->Deliver(core::GetRing{1})) {
    const auto* answer = std::get_if<core::AnswerRing>(&effect);
    if (answer != nullptr) node.answer.emplace(question->id, *answer->ring);
  }
}

// The predecessor that is being asked, if one is, answers or is found dead.
void Replay::SettleCheck(Node& node) {
  const auto& check = node.member->state().predecessor_check;
  if (!check) return;
  if (Lives(check->question.to)) return Deliver(node, core::RingAnswer{check->question.id, {}});
  Deliver(node, core::QuestionFailed{check->question.id, Failure::kUnreachable, "refused"});
}

// --- Looking at it -------------------------------------------------------------------------------

Replay::Snapshot Replay::Take() const {
  Snapshot snapshot;
  snapshot.lists.reserve(2 * nodes_.size());
  const auto keep = [&](const std::vector<Server>& servers) {
    std::vector<Entry> entries;
    for (const Server& server : servers) entries.push_back({server.id, Lives(server)});
    snapshot.lists.push_back(std::move(entries));
    return std::span<const Entry>(snapshot.lists.back());
  };
  for (const Node& node : nodes_) {
    if (!node.member) continue;
    const Member& member = *node.member;
    if (member.joined()) {
      snapshot.members.push_back(
          {node.self.id, member.predecessor().id, keep(member.successors().servers())});
    }
    if (!node.answer) continue;
    Member later = member;  // when the answer has arrived
    later.Deliver(core::RingAnswer{node.answer->first, node.answer->second});
    if (later.successors().empty()) continue;
    snapshot.flying.push_back({node.self.id, keep(later.successors().servers())});
  }
  const auto members = std::count(options_.layout.begin(), options_.layout.end(), 'm');
  snapshot.picture.successor_count = options_.successor_count;
  snapshot.picture.began_large = static_cast<std::size_t>(members) > options_.successor_count;
  snapshot.picture.members = snapshot.members;
  snapshot.picture.flying = snapshot.flying;
  return snapshot;
}

void Replay::Check(StepKind kind) {
  const Snapshot now = Take();
  const std::set<Id> before = std::move(principals_);
  principals_.clear();
  for (const Pointers& member : now.members) {
    if (IsPrincipal(now.picture, member.self)) principals_.insert(member.self);
  }
  if (!broken_.empty()) return;
  std::string broken = BrokenRingInvariant(now.picture);
  if (kind != StepKind::kFail && now.picture.began_large && broken.empty() &&
      !std::includes(principals_.begin(), principals_.end(), before.begin(), before.end())) {
    broken = "NoStepSkipsAPrincipal: nobody failed, and who was a principal is skipped now";
  }
  if (!broken.empty()) broken_ = absl::StrCat("after step ", steps_, ": ", broken);
}

bool Replay::Ideal() const {
  const Snapshot snapshot = Take();
  return IsIdeal(snapshot.picture);
}

bool Replay::BecomesIdeal(int rounds) {
  notifies_.clear();
  for (int round = 0; round < rounds && !Ideal(); ++round) {
    for (std::size_t place = 0; place < nodes_.size(); ++place) {
      const auto letter = static_cast<char>('a' + place);
      if (member(letter) == nullptr || !member(letter)->joined()) continue;
      Do(StepKind::kStabilize, letter);
      Settle(letter);
      Do(StepKind::kCheckPredecessor, letter);
      SettleCheck(At(letter));
    }
  }
  return Ideal();
}

// Lets everything arrive that `letter` waits for, and then every Notify.
void Replay::Settle(char letter) {
  while (const Question* question = OpenQuestion(*member(letter))) {
    const bool lives = Lives(question->to);
    if (lives) Do(StepKind::kQuestionArrives, letter);
    Do(lives ? StepKind::kAnswerArrives : StepKind::kQuestionFails, letter);
  }
  for (const auto& [from, to] : std::exchange(notifies_, {})) {
    const Node& target = At(to[0]);
    if (target.self.address != to || !target.member) continue;
    Do(StepKind::kNotified, to[0], from[1] == '0' ? from[0] : static_cast<char>(from[0] - 32));
    SettleCheck(At(to[0]));
  }
}

}  // namespace concord::sim
