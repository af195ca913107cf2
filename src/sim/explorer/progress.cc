#include "sim/explorer/progress.h"

#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"

namespace concord::sim {

std::string Progress::Broken(Ring ring) {
  for (unsigned node = 0; node < model_.options().nodes(); ++node) {
    LocalState state = model_.local(ring, node);
    state.inbox = 0;
    ring.nodes[node] = model_.locals().Intern(state);
  }
  // Each round at least one pointer of the many is put right, or none is wrong.
  const unsigned nodes = model_.options().nodes();
  const unsigned bound = 4 * nodes * (model_.options().successor_count + 1);
  std::vector<std::uint64_t> path;
  std::string broken = absl::StrCat("Progress: not ideal after ", bound, " fair rounds");
  for (unsigned round = 0; round <= bound; ++round) {
    model_.Canonicalize(ring);
    const std::uint64_t key = model_.Fingerprint(ring) >> 1;
    if (sound_.Find(key) != nullptr) {
      broken.clear();
      break;
    }
    path.push_back(key);
    Ring next = ring;
    if (!Round(next)) return "Progress: the members never stop asking";
    const bool still = next.nodes == ring.nodes;
    if (still && Ideal(ring)) {
      broken.clear();
      break;
    }
    if (still) return "Progress: not ideal, and no tick changes anything";
    if (Ideal(ring) && !Ideal(next)) return "Progress: ideal, and a fair round spoils it";
    ring = next;
  }
  if (!broken.empty()) return broken;
  for (std::uint64_t key : path) {
    if (sound_.Find(key) == nullptr) sound_.Insert(key, 1);
  }
  return "";
}

bool Progress::Ideal(const Ring& ring) {
  model_.Take(ring, picture_);
  return IsIdeal(picture_.ring());
}

bool Progress::Round(Ring& ring) {
  for (unsigned node = 0; node < model_.options().nodes(); ++node) {
    if (!model_.IsMember(ring, node)) continue;
    ring = model_.Apply(ring, node, StepKind::kStabilize);
    if (!Settle(ring)) return false;
    const LocalState state = model_.local(ring, node);
    if (PlacesOf(state.predecessor) == 0) continue;
    const bool answers = model_.Lives(ring, node, state.predecessor);
    ring = model_.Apply(ring, node, StepKind::kCheckPredecessor,
                        answers && !model_.options().fine ? LocalTable::kPredecessorAnswers : 0);
    if (!Settle(ring)) return false;
  }
  return true;
}

// Lets everything arrive. That ends, for every question is answered, and asks no more than a few
// others.
bool Progress::Settle(Ring& ring) {
  constexpr unsigned kMostSteps = 10'000;  // many times what rings of this size take
  unsigned steps = 0;
  for (bool moved = true; moved;) {
    moved = false;
    for (unsigned node = 0; node < model_.options().nodes(); ++node) {
      for (; SettleNode(ring, node); moved = true) {
        if (++steps > kMostSteps) return false;
      }
    }
  }
  return true;
}

// Moves on what `node` waits for, by one step. False if there is nothing.
bool Progress::SettleNode(Ring& ring, unsigned node) {
  const LocalState state = model_.local(ring, node);
  const auto apply = [&](StepKind kind, std::uint32_t arg = 0) {
    ring = model_.Apply(ring, node, kind, arg);
    return true;
  };
  if (state.travel == Travel::kAnswered) return apply(StepKind::kAnswerArrives);
  if (state.travel == Travel::kOnItsWay) {
    if (!model_.Lives(ring, node, state.asked)) return apply(StepKind::kQuestionFails);
    const LocalId asked = ring.nodes[model_.PlaceOf(node, state.asked)];
    return apply(StepKind::kQuestionArrives, model_.locals().ViewOf(asked));
  }
  const bool answers = state.role == Role::kMember && model_.Lives(ring, node, state.predecessor);
  if (state.check != Travel::kNone) {
    return apply(model_.Lives(ring, node, state.checked) ? StepKind::kCheckAnswered
                                                         : StepKind::kCheckFails);
  }
  if (state.role != Role::kMember || state.inbox == 0) return false;
  const auto from = static_cast<std::uint32_t>(__builtin_ctz(state.inbox));
  apply(StepKind::kNotified,
        from | (answers && !model_.options().fine ? LocalTable::kPredecessorAnswers : 0));
  return apply(StepKind::kNotifyLost, from);
}

}  // namespace concord::sim
