#include "sim/explorer/search.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"

namespace concord::sim {
namespace {

constexpr char kNoStepSkips[] =
    "NoStepSkipsAPrincipal: nobody failed, and who was a principal is skipped now";

std::string_view NameOfInvariant(std::string_view broken) {
  return broken.substr(0, broken.find(':'));
}

}  // namespace

Search::Search(Model& model, SearchOptions options)
    : model_(model),
      options_(std::move(options)),
      frontier_(model.options().nodes()),
      progress_(model) {}

SearchEnd Search::Run(const std::vector<std::string>& layouts) {
  layouts_ = layouts;
  for (const std::string& layout : layouts) AddRoot(layout);
  for (std::uint64_t looked = 0; frontier_.size() > 0;) {
    std::uint64_t level = frontier_.size();
    for (; level > 0; --level) {
      if (!violations_.empty() && !options_.keep_going) return SearchEnd::kViolation;
      const bool room = MakeRoom();
      if (++looked % 4096 == 0 || !room) {
        UpdateTally();
        if (!room || !options_.go_on(tally_)) return SearchEnd::kLimit;
      }
      Look(frontier_.Pop());
    }
    ++tally_.depth;
  }
  UpdateTally();
  return violations_.empty() ? SearchEnd::kFinished : SearchEnd::kViolation;
}

void Search::AddRoot(const std::string& layout) {
  Ring ring = model_.Root(layout);
  model_.Canonicalize(ring);
  if (!visited_.Insert(model_.Fingerprint(ring), Visited::kNone)) return;
  frontier_.Push(ring);
  CheckState(ring, nullptr, {});
}

// One state has fewer than 256 successors, for which there is room afterwards.
bool Search::MakeRoom() {
  if (visited_.size() >= options_.max_states) return false;
  if (visited_.Crowded()) {
    UpdateTally();
    if (options_.may_take(2 * visited_.bytes())) visited_.Grow();
  }
  return !visited_.Full();
}

void Search::Look(const Ring& ring) {
  model_.Expand(ring, successors_);
  turned_.clear();
  fingerprints_.clear();
  for (const Successor& successor : successors_) {
    turned_.push_back(successor.ring);
    model_.Canonicalize(turned_.back());
    fingerprints_.push_back(model_.Fingerprint(turned_.back()));
    visited_.Prefetch(fingerprints_.back());
  }
  tally_.transitions += successors_.size();
  const unsigned principals = model_.Principals(ring);
  const Visited::Slot self = visited_.Find(model_.Fingerprint(ring));
  for (std::size_t i = 0; i < successors_.size(); ++i) {
    const Successor& successor = successors_[i];
    if (SkipsPrincipal(successor, principals)) {
      Violation(kNoStepSkips, &ring, successor.step, turned_[i]);
    }
    if (!visited_.Insert(fingerprints_[i], self)) continue;
    frontier_.Push(turned_[i]);
    CheckState(turned_[i], &ring, successor.step);
  }
}

// Zave proves that of all steps only a failure makes a list skip a principal. A list on its way
// counts as held, so that only the node that the step happens to can have a new one.
bool Search::SkipsPrincipal(const Successor& successor, unsigned principals) const {
  return model_.options().began_large() && successor.step.kind != StepKind::kFail &&
         (model_.SkippedBy(successor.ring, successor.step.node) & principals) != 0;
}

void Search::CheckState(const Ring& ring, const Ring* parent, const Step& step) {
  if (options_.on_state) options_.on_state(ring);
  model_.Take(ring, picture_);
  std::string broken = BrokenRingInvariant(picture_.ring());
  if (!broken.empty()) Violation(std::move(broken), parent, step, ring);
  if (!model_.Quiescent(ring)) return;
  ++tally_.quiescent;
  broken = progress_.Broken(ring);
  if (!broken.empty()) Violation(std::move(broken), parent, step, ring);
}

void Search::Violation(std::string broken, const Ring* parent, const Step& step, const Ring& ring) {
  const auto same = [&](const Schedule& known) {
    return NameOfInvariant(known.broken) == NameOfInvariant(broken);
  };
  if (std::any_of(violations_.begin(), violations_.end(), same)) return;
  const std::uint64_t wanted = model_.Fingerprint(ring);
  Schedule schedule = ScheduleTo(parent == nullptr ? wanted : model_.Fingerprint(*parent));
  schedule.broken = std::move(broken);
  if (parent != nullptr) {
    std::vector<Successor> last;
    model_.Expand(schedule.steps.empty() ? schedule.root : schedule.steps.back().ring, last);
    for (const Successor& successor : last) {
      Ring turned = successor.ring;
      model_.Canonicalize(turned);
      if (successor.step.kind == step.kind && model_.Fingerprint(turned) == wanted) {
        schedule.steps.push_back(successor);
        break;
      }
    }
    // In the words of the state as the schedule has it, not as it was turned.
    if (schedule.broken != kNoStepSkips && NameOfInvariant(schedule.broken) != "Progress") {
      model_.Take(schedule.steps.back().ring, picture_);
      std::string words = BrokenRingInvariant(picture_.ring());
      if (!words.empty()) schedule.broken = std::move(words);
    }
  }
  violations_.push_back(std::move(schedule));
}

// Walks the parents up to a root, and down again by trying which step leads to the next.
Schedule Search::ScheduleTo(std::uint64_t fingerprint) {
  std::vector<std::uint64_t> path;
  for (Visited::Slot slot = visited_.Find(fingerprint); slot != Visited::kNone;
       slot = visited_.parent(slot)) {
    path.push_back(visited_.fingerprint(slot));
  }
  const auto turned = [&](Ring ring) {
    model_.Canonicalize(ring);
    const std::uint64_t found = model_.Fingerprint(ring);
    return found == 0 ? 1 : found;
  };
  Schedule schedule;
  for (const std::string& layout : layouts_) {
    schedule.layout = layout;
    schedule.root = model_.Root(layout);
    if (turned(schedule.root) == path.back()) break;
  }
  Ring at = schedule.root;
  for (std::size_t i = path.size() - 1; i-- > 0;) {
    std::vector<Successor> next;
    model_.Expand(at, next);
    const auto found = std::find_if(next.begin(), next.end(), [&](const Successor& successor) {
      return turned(successor.ring) == path[i];
    });
    assert(found != next.end());
    schedule.steps.push_back(*found);
    at = found->ring;
  }
  return schedule;
}

void Search::UpdateTally() {
  tally_.states = visited_.size();
  tally_.frontier = frontier_.size();
  tally_.bytes = visited_.bytes() + frontier_.bytes() + model_.locals().bytes();
}

}  // namespace concord::sim
