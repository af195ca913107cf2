#include "rings.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "core/id_space.h"
#include "core/successor_list.h"

namespace concord::bench {
namespace {

constexpr core::IdSpace kSpace(64);
constexpr std::size_t kSuccessors = 3;

}  // namespace

std::uint64_t Prng::Next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::vector<Id> RandomIds(std::size_t count) {
  Prng prng(42);
  std::vector<Id> ids(count);
  for (Id& id : ids) id = prng.Next();
  return ids;
}

PaperRing::PaperRing(std::size_t size) {
  std::vector<Id> ids = RandomIds(size);
  std::sort(ids.begin(), ids.end());
  for (std::size_t i = 0; i < size; ++i) {
    members_.push_back({ids[i], absl::StrCat("node-", i), absl::StrCat("127.0.0.1:", 20000 + i)});
  }
}

std::vector<Server> PaperRing::Successors(std::size_t count) const {
  count = std::min(count, members_.size() - 1);
  return {members_.begin() + 1, members_.begin() + 1 + static_cast<std::ptrdiff_t>(count)};
}

const Server& PaperRing::OwnerOf(Id id) const {
  const auto at = std::lower_bound(members_.begin(), members_.end(), id,
                                   [](const Server& member, Id i) { return member.id < i; });
  return at == members_.end() ? members_.front() : *at;
}

core::RoutingTable PaperRing::Table() const {
  const std::vector<Server> successors = Successors(kSuccessors);
  const Id covered = kSpace.Distance(self().id, successors.back().id);
  core::FingerTable fingers(kSpace, self().id);
  // Once round, from the first finger that the successors do not cover to the last.
  Id last = 0;
  while (const std::optional<Id> target = fingers.NextTarget(covered)) {
    if (kSpace.Distance(self().id, *target) <= last) break;
    last = kSpace.Distance(self().id, *target);
    fingers.Found(OwnerOf(*target));
  }
  return core::RoutingTable(
      kSpace, self(), predecessor(),
      core::SuccessorList(kSpace, self().id, kSuccessors, successors.front(), successors), fingers);
}

core::Member PaperRing::Member() const {
  core::MemberOptions options;
  options.self = self();
  options.space = kSpace;
  options.successor_count = kSuccessors;
  core::Member member = core::Member::InRing(options, predecessor(), Successors(kSuccessors));
  // As many fingers as there are, learned as in life: one a period.
  for (unsigned i = 0; i < kSpace.bits(); ++i) {
    for (const core::Effect& effect : member.Deliver(core::TimerFired{core::Timer::kFixFinger})) {
      if (const auto* find = std::get_if<core::FindSuccessor>(&effect)) {
        member.Deliver(core::SuccessorAnswer{find->question, OwnerOf(find->id)});
      }
    }
  }
  return member;
}

}  // namespace concord::bench
