#include "core/finger_table.h"

#include <algorithm>

namespace concord::core {
namespace {

// How many of the first `bits` powers of two are at most `distance`.
unsigned StepsWithin(Id distance, unsigned bits) {
  unsigned steps = 0;
  while (steps < bits && (Id{1} << steps) <= distance) ++steps;
  return steps;
}

}  // namespace

std::optional<Id> FingerTable::NextTarget(Id covered) {
  const unsigned first = StepsWithin(covered, space_.bits());
  std::erase_if(fingers_, [&](const Finger& finger) { return finger.step < first; });
  if (first >= space_.bits()) return std::nullopt;
  if (step_ < first || step_ >= space_.bits()) step_ = first;
  return space_.PowerStep(self_, step_);
}

void FingerTable::Found(const Server& server) {
  const bool none_before_self = server.id == self_;
  const unsigned next =
      none_before_self
          ? space_.bits()
          : std::max(step_ + 1, StepsWithin(space_.Distance(self_, server.id), space_.bits()));
  std::erase_if(fingers_, [&](const Finger& finger) {
    return (step_ <= finger.step && finger.step < next) || finger.server.id == server.id;
  });
  if (!none_before_self) {
    const auto nearer = [&](const Finger& a, const Finger& b) {
      return space_.Distance(self_, a.server.id) < space_.Distance(self_, b.server.id);
    };
    const Finger finger{step_, server};
    fingers_.insert(std::lower_bound(fingers_.begin(), fingers_.end(), finger, nearer), finger);
  }
  step_ = next;
}

void FingerTable::NotFound() { ++step_; }

bool FingerTable::Drop(const Server& server) {
  return std::erase_if(fingers_, [&](const Finger& f) { return f.server == server; }) > 0;
}

}  // namespace concord::core
