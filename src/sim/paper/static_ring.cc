#include "sim/paper/static_ring.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sim/true_ring.h"

namespace concord::sim {

StaticRing::StaticRing(Prng& prng, std::size_t size, std::size_t successor_count)
    : successor_count_(successor_count), alive_(size, true), tables_(size) {
  std::vector<Id> ids;
  while (ids.size() < size) {
    while (ids.size() < size) ids.push_back(prng.Next());
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  }
  members_.reserve(size);
  for (const Id id : ids) members_.push_back({id, absl::StrCat("n", members_.size()), ""});
}

void StaticRing::Fail(Prng& prng, unsigned percent) {
  for (std::size_t i = 0; i < size(); ++i) alive_[i] = prng.Below(100) >= percent;
}

std::size_t StaticRing::OwnerPosition(Id id) const {
  const auto owner = std::lower_bound(members_.begin(), members_.end(), id,
                                      [](const Server& server, Id i) { return server.id < i; });
  return owner == members_.end() ? 0 : static_cast<std::size_t>(owner - members_.begin());
}

std::size_t StaticRing::LiveOwner(Id id) const {
  std::size_t owner = OwnerPosition(id);
  while (!alive_[owner]) owner = (owner + 1) % size();
  return owner;
}

const std::shared_ptr<const core::RoutingTable>& StaticRing::Table(std::size_t member) {
  std::shared_ptr<const core::RoutingTable>& table = tables_[member];
  if (table) return table;
  std::vector<Server> successors;
  for (std::size_t i = 1; i <= std::min(successor_count_, size() - 1); ++i) {
    successors.push_back(members_[(member + i) % size()]);
  }
  const Server& predecessor = members_[(member + size() - 1) % size()];
  core::MemberState state =
      IdealState(space_, members_[member], predecessor, successors,
                 [this](Id id) -> const Server& { return members_[OwnerPosition(id)]; });
  table = std::make_shared<const core::RoutingTable>(space_, members_[member], predecessor,
                                                     std::move(state.successors), state.fingers);
  return table;
}

StaticRing::Route StaticRing::Lookup(std::size_t from, Id id) {
  Route route;
  route.found = Visit(from, {.id = id}, route);
  return route;
}

bool StaticRing::Answers(std::size_t member, Route& route) const {
  if (alive_[member]) return true;
  ++route.timeouts;
  route.dead.insert(member);
  return false;
}

// As a member serves a lookup (src/sim/world_calls.cc), with a call for an event.
bool StaticRing::Visit(std::size_t member, core::FindRequest request, Route& route) {
  const Id id = request.id;
  const unsigned hops = request.hops;
  core::Lookup lookup(Table(member), std::move(request));
  if (lookup.known_owner() != nullptr) {
    route.hops = hops;
    if (Table(member)->Owns(id)) {
      route.owner = member;
      return true;
    }
    return FirstAliveFrom(member, *lookup.known_owner(), route);
  }
  if (lookup.hops_exhausted()) return false;
  while (lookup.has_next_hop()) {
    const std::size_t next = OwnerPosition(lookup.next_hop().id);
    if (!Answers(next, route)) {
      ++route.forward_timeouts;
      lookup.DropNextHop();
    } else if (Visit(next, lookup.Forwarded(), route)) {
      return true;
    } else {
      lookup.PassNextHop();
    }
  }
  if (lookup.owner_by_list() == nullptr) return false;
  route.hops = hops;
  return FirstAliveFrom(member, *lookup.owner_by_list(), route);
}

bool StaticRing::FirstAliveFrom(std::size_t member, const Server& first, Route& route) {
  const std::vector<Server>& list = Table(member)->successors();
  for (auto server = std::find(list.begin(), list.end(), first); server != list.end(); ++server) {
    route.owner = OwnerPosition(server->id);
    if (Answers(route.owner, route)) return true;
  }
  return false;
}

}  // namespace concord::sim
