#include "core/finger_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace concord::core {
namespace {

// How many of the first `bits` powers of two are at most `distance`.
unsigned StepsWithin(Id distance, unsigned bits) {
  unsigned steps = 0;
  while (steps < bits && (Id{1} << steps) <= distance) ++steps;
  return steps;
}

}  // namespace

FingerTable::FingerTable(IdSpace space, Id self) : space_(space), self_(self) {
  static const auto none = std::make_shared<const std::vector<Finger>>();
  fingers_ = none;
}

template <typename Predicate>
bool FingerTable::Forget(const Predicate& forget) {
  if (std::none_of(fingers_->begin(), fingers_->end(), forget)) return false;
  std::vector<Finger> kept;
  kept.reserve(fingers_->size());
  std::remove_copy_if(fingers_->begin(), fingers_->end(), std::back_inserter(kept), forget);
  fingers_ = std::make_shared<const std::vector<Finger>>(std::move(kept));
  return true;
}

std::optional<Id> FingerTable::NextTarget(Id covered) {
  const unsigned first = StepsWithin(covered, space_.bits());
  Forget([&](const Finger& finger) { return finger.step < first; });
  if (first >= space_.bits()) return std::nullopt;
  if (step_ < first || step_ >= space_.bits()) step_ = first;
  return space_.PowerStep(self_, step_);
}

bool FingerTable::Found(const Server& server) {
  const bool none_before_self = server.id == self_;
  const unsigned next =
      none_before_self
          ? space_.bits()
          : std::max(step_ + 1, StepsWithin(space_.Distance(self_, server.id), space_.bits()));
  const Finger found{step_, server};
  const unsigned step = std::exchange(step_, next);
  // What the answer replaces: the fingers that it speaks for, and others that are this server.
  const auto replaced = [&](const Finger& finger) {
    return (step <= finger.step && finger.step < next) || finger.server.id == server.id;
  };
  if (none_before_self) return Forget(replaced);

  std::vector<Finger> fingers;
  fingers.reserve(fingers_->size() + 1);
  std::remove_copy_if(fingers_->begin(), fingers_->end(), std::back_inserter(fingers), replaced);
  const auto nearer = [&](const Finger& a, const Finger& b) {
    return space_.Distance(self_, a.server.id) < space_.Distance(self_, b.server.id);
  };
  fingers.insert(std::lower_bound(fingers.begin(), fingers.end(), found, nearer), found);
  if (fingers == *fingers_) return false;
  fingers_ = std::make_shared<const std::vector<Finger>>(std::move(fingers));
  return true;
}

void FingerTable::NotFound() { ++step_; }

bool FingerTable::Has(const Server& server) const {
  return std::any_of(fingers_->begin(), fingers_->end(),
                     [&](const Finger& finger) { return finger.server == server; });
}

bool FingerTable::Drop(const Server& server) {
  return Forget([&](const Finger& finger) { return finger.server == server; });
}

}  // namespace concord::core
