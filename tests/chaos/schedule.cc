#include "schedule.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"

namespace concord::chaos {

std::string ToText(const Episode& episode) {
  return absl::StrFormat("%s x%d for %.1f s, draw %d", std::string(TraitsOf(episode.fault).name),
                         episode.count, absl::ToDoubleSeconds(episode.hold), episode.draw);
}

Episode Schedule::Next() {
  if (left_.empty()) Deal();
  const Fault fault = left_.back();
  left_.pop_back();
  return Draw(fault);
}

void Schedule::Deal() {
  left_ = options_.faults;
  if (++round_ > 1 && left_.size() > 1) std::erase(left_, Fault::kFull);
  for (std::size_t i = left_.size(); i > 1; --i) std::swap(left_[i - 1], left_[prng_.Below(i)]);
}

Episode Schedule::Draw(Fault fault) {
  const auto milliseconds = [this](absl::Duration first, absl::Duration last) {
    return absl::Milliseconds(prng_.Between(
        static_cast<std::uint64_t>(absl::ToInt64Milliseconds(first)),
        static_cast<std::uint64_t>(absl::ToInt64Milliseconds(std::max(first, last)))));
  };
  Episode episode{fault, 1, prng_.Below(1'000'000), absl::ZeroDuration()};
  switch (fault) {
    case Fault::kKill:
      episode.count = prng_.Between(1, options_.most_killed);
      break;
    case Fault::kLeave:
      episode.count = prng_.Between(1, options_.successors - 1);
      break;
    case Fault::kStorm:
      episode.count = std::max<std::size_t>(options_.nodes / 4, 1);
      break;
    case Fault::kRolling:
    case Fault::kFull:
      episode.count = options_.nodes;
      break;
    case Fault::kStop:
      episode.hold = milliseconds(absl::Seconds(1), options_.longest_stop);
      break;
    case Fault::kSuspicion:
      episode.hold = milliseconds(absl::Milliseconds(300), absl::Seconds(2));
      break;
    case Fault::kReset:
      episode.hold = absl::Milliseconds(300);
      break;
    case Fault::kSplit2:
    case Fault::kSplit3:
    case Fault::kOneWay:
    case Fault::kBlackHole:
    case Fault::kHalfOpen:
      episode.hold = milliseconds(5 * options_.interval, 20 * options_.interval);
      break;
    case Fault::kRestart:
    case Fault::kElsewhere:
      break;
  }
  return episode;
}

std::vector<std::size_t> PickNeighbours(const std::vector<bool>& may_die, std::size_t count,
                                        std::uint64_t draw) {
  const std::size_t n = may_die.size();
  sim::Prng prng(draw);
  for (; count > 0; --count) {
    std::vector<std::size_t> starts;
    for (std::size_t start = 0; start < n && count <= n; ++start) {
      bool all = true;
      for (std::size_t i = 0; i < count; ++i) all = all && may_die[(start + i) % n];
      if (all) starts.push_back(start);
    }
    if (starts.empty()) continue;
    const std::size_t start = starts[prng.Below(starts.size())];
    std::vector<std::size_t> picked;
    for (std::size_t i = 0; i < count; ++i) picked.push_back((start + i) % n);
    return picked;
  }
  return {};
}

std::vector<std::size_t> PickSides(std::size_t members, std::size_t sides, std::uint64_t draw) {
  sim::Prng prng(draw);
  std::vector<std::size_t> side_of(members);
  for (std::size_t i = 0; i < members; ++i) {
    side_of[i] = i < sides ? i : prng.Below(sides);
  }
  for (std::size_t i = members; i > 1; --i) std::swap(side_of[i - 1], side_of[prng.Below(i)]);
  return side_of;
}

}  // namespace concord::chaos
