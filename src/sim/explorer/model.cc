#include "sim/explorer/model.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace concord::sim {
namespace {

// `mask`, whose bits are places clockwise of `node`, as a mask of nodes.
unsigned Turned(unsigned mask, unsigned node, unsigned nodes) {
  return (mask << node | mask >> (nodes - node)) & ((1u << nodes) - 1);
}

LocalTable::Options TableOptions(const ModelOptions& options) {
  return {.nodes = options.nodes(),
          .successor_count = options.successor_count,
          .fine = options.fine,
          .restarts = options.restarts > 0,
          .new_address = options.new_address};
}

}  // namespace

std::string InvalidOptions(const ModelOptions& options) {
  if (options.successor_count < 1 || options.successor_count > kMaxSuccessors) {
    return absl::StrCat("successors is ", options.successor_count, "; it must be 1 to ",
                        kMaxSuccessors);
  }
  if (options.members < 1) return "members is 0; a ring begins with at least 1";
  if (options.nodes() > kMaxNodes) {
    return absl::StrCat("members and joins are ", options.nodes(), " together; at most ", kMaxNodes,
                        " nodes are explored");
  }
  if (options.failures > 255 || options.restarts > 255 || options.suspicions > 255) {
    return "failures, restarts and suspicions are at most 255";
  }
  return "";
}

Model::Model(const ModelOptions& options)
    : options_(options), nodes_(options.nodes()), locals_(TableOptions(options)) {}

std::vector<std::string> Model::Layouts() const {
  std::vector<std::string> layouts;
  std::string layout = std::string(options_.joins, 'j') + std::string(options_.members, 'm');
  do {  // all orders, ascending; of those that can be turned into each other, the smallest
    std::string turned = layout;
    bool smallest = true;
    for (unsigned i = 1; i < nodes_ && smallest; ++i) {
      std::rotate(turned.begin(), turned.begin() + 1, turned.end());
      smallest = layout <= turned;
    }
    if (smallest) layouts.push_back(layout);
  } while (std::next_permutation(layout.begin(), layout.end()));
  return layouts;
}

Ring Model::Root(std::string_view layout) {
  std::vector<unsigned> members;
  for (unsigned node = 0; node < nodes_; ++node) {
    if (layout[node] == 'm') members.push_back(node);
  }
  Ring ring;
  const LocalId outside = locals_.Intern({});
  ring.nodes.fill(0);
  for (unsigned node = 0; node < nodes_; ++node) ring.nodes[node] = outside;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto ref = [&](std::size_t ahead) {
      const unsigned other = members[(i + ahead) % members.size()];
      return MakeRef((other + nodes_ - members[i]) % nodes_, 0);
    };
    LocalState state;
    state.role = Role::kMember;
    state.predecessor = ref(members.size() - 1);
    for (std::size_t k = 1; k < members.size() && k <= options_.successor_count; ++k) {
      state.successors.Add(ref(k));
    }
    ring.nodes[members[i]] = locals_.Intern(state);
  }
  return ring;
}

bool Model::Lives(const Ring& ring, unsigned node, Ref ref) const {
  const LocalState& other = local(ring, PlaceOf(node, ref));
  return other.role == Role::kMember && other.life == LifeOf(ref);
}

// --- Everything that can happen ------------------------------------------------------------------

Ring Model::Apply(const Ring& ring, unsigned node, StepKind kind, std::uint32_t arg) {
  Ring next = ring;
  const LocalTable::Outcome outcome = locals_.After(ring.nodes[node], kind, arg);
  next.nodes[node] = outcome.next;
  if (outcome.notify != kNobody) {
    const unsigned to = PlaceOf(node, outcome.notify);
    // Sent to an address where nobody is any more, it goes nowhere.
    if (local(ring, to).life == LifeOf(outcome.notify)) {
      const Ref from = MakeRef((node + nodes_ - to) % nodes_, locals_[outcome.next].life);
      next.nodes[to] = locals_.WithNotify(next.nodes[to], from);
    }
  }
  return next;
}

Successor& Model::Emit(StepKind kind, unsigned node, std::uint32_t arg, Ref peer) {
  Successor successor{{kind, static_cast<std::uint8_t>(node)}, Apply(ring_, node, kind, arg)};
  if (peer != kNobody) {
    successor.step.peer = static_cast<std::uint8_t>(PlaceOf(node, peer));
    successor.step.peer_life = static_cast<std::uint8_t>(LifeOf(peer));
  }
  out_->push_back(successor);
  return out_->back();
}

void Model::Expand(const Ring& ring, std::vector<Successor>& successors) {
  ring_ = ring;
  out_ = &successors;
  successors.clear();
  for (unsigned node = 0; node < nodes_; ++node) {
    const LocalState state = local(ring_, node);
    switch (state.role) {
      case Role::kDead: {
        if (ring_.restarts >= options_.restarts) break;
        if (options_.new_address && state.life > 0) break;
        const std::size_t first = successors.size();
        ExpandJoin(node, StepKind::kJoin);
        for (std::size_t i = first; i < successors.size(); ++i) ++successors[i].ring.restarts;
        break;
      }
      case Role::kOutside:
        ExpandJoin(node, StepKind::kJoin);
        break;
      case Role::kJoining:
        Emit(StepKind::kGiveUp, node);
        if (state.phase == Phase::kAskingSeed) {
          ExpandJoin(node, StepKind::kSeedAnswers);
          Emit(StepKind::kSeedFails, node);
        } else if (state.phase == Phase::kPausing) {
          Emit(StepKind::kJoinRetry, node);
        } else {
          ExpandQuestion(node);
        }
        break;
      case Role::kMember:
        ExpandMember(node);
        break;
    }
  }
  std::erase_if(successors, [&](const Successor& s) {
    return s.step.kind != StepKind::kFail && s.ring.nodes == ring.nodes;
  });
}

// One step for each owner of its identifier that a lookup can come to name.
void Model::ExpandJoin(unsigned node, StepKind kind) {
  if (options_.fine && kind == StepKind::kJoin) {
    Emit(StepKind::kStartJoin, node);
    return;
  }
  unsigned seen = 0;
  for (unsigned other = 0; other < nodes_; ++other) {
    if (other == node || !IsMember(ring_, other)) continue;
    const unsigned ahead = (other + nodes_ - node) % nodes_;
    const Ref known = locals_.KnownOwner(ring_.nodes[other], nodes_ - ahead);
    if (known == kNobody) continue;
    const Ref owner = MakeRef((PlacesOf(known) + ahead) % nodes_, LifeOf(known));
    if ((seen >> owner & 1) != 0) continue;
    seen |= 1u << owner;
    Emit(kind, node, owner, owner);
  }
}

void Model::ExpandQuestion(unsigned node) {
  const LocalState state = local(ring_, node);
  const bool lives = Lives(ring_, node, state.asked);
  switch (state.travel) {
    case Travel::kNone:
      return;
    case Travel::kOnItsWay:
      if (lives) {
        const LocalId asked = ring_.nodes[PlaceOf(node, state.asked)];
        Emit(StepKind::kQuestionArrives, node, locals_.ViewOf(asked), state.asked);
      } else {
        Emit(options_.late_news ? StepKind::kQuestionRefused : StepKind::kQuestionFails, node, 0,
             state.asked);
      }
      break;
    case Travel::kAnswered:
      Emit(StepKind::kAnswerArrives, node, 0, state.asked);
      if (options_.fine) Emit(StepKind::kTimeout, node, 0, state.asked);
      break;
    case Travel::kFailed:
      Emit(StepKind::kQuestionFails, node, 0, state.asked);
      if (options_.fine) Emit(StepKind::kTimeout, node, 0, state.asked);
      break;
  }
  const bool may_suspect = lives && state.role == Role::kMember;
  if (may_suspect && ring_.suspicions < options_.suspicions) {
    ++Emit(StepKind::kSuspect, node, 0, state.asked).ring.suspicions;
  }
}

void Model::ExpandMember(unsigned node) {
  const LocalState state = local(ring_, node);
  if (state.phase == Phase::kNone) {
    Emit(StepKind::kStabilize, node);
  } else {
    ExpandQuestion(node);
  }
  ExpandCheck(node);
  const bool answers = Lives(ring_, node, state.predecessor);
  for (Ref from = 0; from < 16; ++from) {
    if ((state.inbox >> from & 1) == 0) continue;
    if (!options_.ghosts && !Lives(ring_, node, from)) continue;
    const std::uint32_t result = answers ? LocalTable::kPredecessorAnswers : 0;
    Emit(StepKind::kNotified, node, options_.fine ? from : from | result, from);
    if (options_.fine) Emit(StepKind::kNotifyLost, node, from, from);
  }
  if (options_.fine) {
    for (unsigned places = 1; places < nodes_; ++places) {
      for (unsigned life = 0; life <= (options_.new_address ? 1u : 0u); ++life) {
        const Ref suspect = MakeRef(places, life);
        if (!Lives(ring_, node, suspect)) Emit(StepKind::kEvidence, node, suspect, suspect);
      }
    }
  }
  if (ring_.failures < options_.failures) ExpandFailure(node);
}

void Model::ExpandCheck(unsigned node) {
  const LocalState state = local(ring_, node);
  const bool open = state.check != Travel::kNone;
  const Ref asked = open ? state.checked : state.predecessor;
  const bool lives = Lives(ring_, node, asked);
  if (PlacesOf(asked) == 0) return;  // nobody is asked
  switch (state.check) {
    case Travel::kNone:
      Emit(StepKind::kCheckPredecessor, node,
           lives && !options_.fine ? LocalTable::kPredecessorAnswers : 0, asked);
      break;
    case Travel::kOnItsWay:
      Emit(lives                ? StepKind::kCheckArrives
           : options_.late_news ? StepKind::kCheckRefused
                                : StepKind::kCheckFails,
           node, 0, asked);
      break;
    case Travel::kAnswered:
      Emit(StepKind::kCheckAnswered, node, 0, asked);
      Emit(StepKind::kCheckTimeout, node, 0, asked);
      break;
    case Travel::kFailed:
      Emit(StepKind::kCheckFails, node, 0, asked);
      Emit(StepKind::kCheckTimeout, node, 0, asked);
      break;
  }
  const bool asking = !options_.fine || open;
  if (asking && lives && ring_.suspicions < options_.suspicions) {
    ++Emit(StepKind::kCheckSuspect, node, 0, asked).ring.suspicions;
  }
}

void Model::ExpandFailure(unsigned node) {
  if (options_.assume && !FailureIsAssumed(node)) return;
  ++Emit(StepKind::kFail, node).ring.failures;
}

// Zave's operating assumption: a failure leaves every member somebody alive in its list, held or on
// its way, and in a ring that began large enough it leaves r + 1 principals.
bool Model::FailureIsAssumed(unsigned failing) const {
  unsigned left = 0;
  unsigned skipped = 0;
  for (unsigned node = 0; node < nodes_; ++node) {
    if (node == failing) continue;
    const LocalState& state = local(ring_, node);
    const auto lives = [&](Ref ref) {
      return PlaceOf(node, ref) != failing && Lives(ring_, node, ref);
    };
    skipped |= SkippedBy(ring_, node);
    if (state.role == Role::kMember) left |= 1u << node;
    for (const RefList& list : {state.successors, locals_.FlyingTo(ring_.nodes[node])}) {
      if (list.size() > 0 && std::none_of(list.begin(), list.end(), lives)) return false;
    }
  }
  if (left == 0) return false;
  const unsigned principals = left & ~skipped;
  return !options_.began_large() ||
         static_cast<unsigned>(__builtin_popcount(principals)) > options_.successor_count;
}

// --- Of one state --------------------------------------------------------------------------------

unsigned Model::SkippedBy(const Ring& ring, unsigned node) const {
  const unsigned stepped_over = Turned(locals_.Skips(ring.nodes[node]), node, nodes_);
  return options_.new_address ? stepped_over | EarlierLives(ring, node) : stepped_over;
}

// Whom the list of `node`, or the one on its way there, knows by the address of an earlier life.
unsigned Model::EarlierLives(const Ring& ring, unsigned node) const {
  unsigned found = 0;
  const LocalState& state = local(ring, node);
  for (const RefList& list : {state.successors, locals_.FlyingTo(ring.nodes[node])}) {
    for (Ref ref : list) {
      const unsigned place = PlaceOf(node, ref);
      if (local(ring, place).life != LifeOf(ref)) found |= 1u << place;
    }
  }
  return found;
}

unsigned Model::Principals(const Ring& ring) const {
  unsigned members = 0;
  unsigned skipped = 0;
  for (unsigned node = 0; node < nodes_; ++node) {
    if (IsMember(ring, node)) members |= 1u << node;
    skipped |= SkippedBy(ring, node);
  }
  return members & ~skipped;
}

void Model::Canonicalize(Ring& ring) const {
  unsigned best = 0;
  for (unsigned start = 1; start < nodes_; ++start) {
    for (unsigned i = 0; i < nodes_; ++i) {
      const LocalId a = ring.nodes[(start + i) % nodes_];
      const LocalId b = ring.nodes[(best + i) % nodes_];
      if (a == b) continue;
      if (a < b) best = start;
      break;
    }
  }
  if (best != 0)
    std::rotate(ring.nodes.begin(), ring.nodes.begin() + best, ring.nodes.begin() + nodes_);
}

std::uint64_t Model::Fingerprint(const Ring& ring) const {
  std::uint64_t hash =
      std::uint64_t{ring.failures} << 16 | std::uint64_t{ring.restarts} << 8 | ring.suspicions;
  for (unsigned i = 0; i < nodes_; i += 2) {
    const std::uint64_t second = i + 1 < nodes_ ? ring.nodes[i + 1] : 0;
    hash = MixBits(hash + 0x9e3779b97f4a7c15) ^ (std::uint64_t{ring.nodes[i]} << 32 | second);
  }
  return MixBits(hash + 0x9e3779b97f4a7c15);
}

bool Model::Quiescent(const Ring& ring) const {
  for (unsigned node = 0; node < nodes_; ++node) {
    const LocalState& state = local(ring, node);
    if (state.phase != Phase::kNone || state.check != Travel::kNone) return false;
  }
  return true;
}

void Model::Take(const Ring& ring, Picture& picture) const {
  std::size_t members = 0;
  std::size_t flying = 0;
  std::size_t used = 0;
  const auto entries = [&](unsigned node, const RefList& list) {
    const std::size_t first = used;
    for (Ref ref : list) {
      picture.entries_[used++] = {IdOfPlace(PlaceOf(node, ref), nodes_), Lives(ring, node, ref)};
    }
    return std::span<const Entry>(picture.entries_.data() + first, used - first);
  };
  for (unsigned node = 0; node < nodes_; ++node) {
    const LocalState& state = local(ring, node);
    if (state.role == Role::kMember) {
      picture.members_[members++] = {IdOfPlace(node, nodes_),
                                     IdOfPlace(PlaceOf(node, state.predecessor), nodes_),
                                     entries(node, state.successors)};
    }
    if (state.travel == Travel::kAnswered) {
      picture.flying_[flying++] = {IdOfPlace(node, nodes_),
                                   entries(node, locals_.FlyingTo(ring.nodes[node]))};
    }
  }
  picture.ring_.successor_count = options_.successor_count;
  picture.ring_.began_large = options_.began_large();
  picture.ring_.members = {picture.members_.data(), members};
  picture.ring_.flying = {picture.flying_.data(), flying};
}

std::string Model::Describe(const Ring& ring) const {
  std::string line;
  for (unsigned node = 0; node < nodes_; ++node) {
    const LocalState& state = local(ring, node);
    const auto name = [&](Ref ref) {
      return std::string(1, static_cast<char>('a' + PlaceOf(node, ref))) +
             (LifeOf(ref) > 0 ? "'" : "");
    };
    const auto names = [&](const RefList& list) {
      std::string text;
      for (Ref ref : list) text += name(ref);
      return text;
    };
    absl::StrAppend(&line, node == 0 ? "" : "  ", name(MakeRef(0, state.life)));
    if (state.role == Role::kDead) absl::StrAppend(&line, ":dead");
    if (state.role == Role::kOutside) absl::StrAppend(&line, ":out");
    if (state.role == Role::kJoining) absl::StrAppend(&line, ":joining");
    if (state.role == Role::kMember) {
      absl::StrAppend(&line, ":[", names(state.successors), "] p=", name(state.predecessor),
                      state.predecessor_dead ? "(dead)" : "");
    }
    if (state.asked != kNobody) absl::StrAppend(&line, " ?", name(state.asked));
    if (state.travel == Travel::kAnswered) {
      absl::StrAppend(&line, "<[", names(state.answer_list), "] p=", name(state.answer_predecessor),
                      ">");
    }
    if (state.travel == Travel::kFailed) absl::StrAppend(&line, "<dead>");
    if (state.check != Travel::kNone) absl::StrAppend(&line, " checks");
  }
  return line;
}

}  // namespace concord::sim
