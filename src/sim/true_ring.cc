#include "sim/true_ring.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"

namespace concord::sim {

core::MemberState IdealState(const core::IdSpace& space, const Server& self,
                             const Server& predecessor, const std::vector<Server>& successors,
                             const std::function<const Server&(Id)>& owner) {
  core::MemberState state(space, self.id);
  state.joined = true;
  state.predecessor = predecessor;
  if (successors.empty()) return state;
  state.successors =
      core::SuccessorList(space, self.id, successors.size(), successors.front(), successors);
  // Each finger as FixFinger would find it, until it begins again with the first.
  const Id covered = space.Distance(self.id, successors.back().id);
  Id last = 0;
  while (const std::optional<Id> target = state.fingers.NextTarget(covered)) {
    if (space.Distance(self.id, *target) <= last) break;
    last = space.Distance(self.id, *target);
    state.fingers.Found(owner(*target));
  }
  return state;
}

TrueRing::TrueRing(const World& world, std::vector<HostId> members) : world_(world) {
  members_.reserve(members.size());
  for (const HostId host : members) members_.emplace_back(world.server(host).id, host);
  std::sort(members_.begin(), members_.end());
}

TrueRing TrueRing::Of(const World& world) {
  std::vector<HostId> members;
  for (HostId host = 0; host < world.hosts(); ++host) {
    if (world.up(host) && world.member(host).joined()) members.push_back(host);
  }
  return TrueRing(world, std::move(members));
}

std::size_t TrueRing::OwnerPosition(Id id) const {
  const auto owner = std::lower_bound(members_.begin(), members_.end(), std::pair(id, HostId{0}));
  return owner == members_.end() ? 0 : owner - members_.begin();
}

const Server& TrueRing::ServerAt(std::size_t position) const {
  return world_.server(members_[position % members_.size()].second);
}

const Server& TrueRing::PredecessorOf(std::size_t position) const {
  return ServerAt(position + size() - 1);
}

std::vector<Server> TrueRing::SuccessorsOf(std::size_t position) const {
  const std::size_t count = std::min(world_.options().member.successor_count, members_.size() - 1);
  std::vector<Server> successors;
  for (std::size_t i = 1; i <= count; ++i) successors.push_back(ServerAt(position + i));
  return successors;
}

core::MemberState TrueRing::IdealState(std::size_t position) const {
  return sim::IdealState(world_.space(), ServerAt(position), PredecessorOf(position),
                         SuccessorsOf(position),
                         [this](Id id) -> const Server& { return world_.server(Owner(id)); });
}

bool IsIdeal(const World& world) {
  const TrueRing ring = TrueRing::Of(world);
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const core::Member& member = world.member(ring.at(i));
    if (member.predecessor() != ring.PredecessorOf(i)) return false;
    if (member.successors().servers() != ring.SuccessorsOf(i)) return false;
  }
  return true;
}

bool FingersAreTrue(const World& world) {
  const TrueRing ring = TrueRing::Of(world);
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const core::MemberState ideal = ring.IdealState(i);
    if (world.member(ring.at(i)).fingers().fingers() != ideal.fingers.fingers()) return false;
  }
  return true;
}

std::string Explain(const World& world) {
  const TrueRing ring = TrueRing::Of(world);
  std::string text;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const core::Member& member = world.member(ring.at(i));
    const bool right = member.predecessor() == ring.PredecessorOf(i) &&
                       member.successors().servers() == ring.SuccessorsOf(i);
    absl::StrAppend(&text, right ? "  " : "! ", member.self().name, " at ", member.self().id,
                    ": predecessor ", member.predecessor().name,
                    member.predecessor_dead() ? " (known dead)" : "", ", successors");
    for (const Server& server : member.successors().servers()) {
      absl::StrAppend(&text, " ", server.name);
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

void PlaceIdealRing(World& world, const std::vector<HostId>& hosts) {
  const TrueRing ring(world, hosts);
  for (std::size_t i = 0; i < ring.size(); ++i) world.Place(ring.at(i), ring.IdealState(i));
}

}  // namespace concord::sim
