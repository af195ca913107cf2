#include "core/routing_table.h"

#include <algorithm>
#include <utility>

namespace concord::core {

RoutingTable::RoutingTable(IdSpace space, Server self, Server predecessor, SuccessorList successors,
                           const FingerTable& fingers)
    : space_(space),
      self_(std::move(self)),
      predecessor_(std::move(predecessor)),
      successors_(std::move(successors)),
      known_(successors_.servers()) {
  for (const FingerTable::Finger& finger : fingers.fingers()) {
    const auto same_id = [&](const Server& server) { return server.id == finger.server.id; };
    if (std::none_of(known_.begin(), known_.end(), same_id)) known_.push_back(finger.server);
  }
  std::sort(known_.begin(), known_.end(), [this](const Server& a, const Server& b) {
    return space_.Distance(self_.id, a.id) < space_.Distance(self_.id, b.id);
  });
}

const Server* RoutingTable::KnownOwner(Id id) const {
  if (Owns(id)) return &self_;
  if (successors_.empty()) return nullptr;
  const Server& head = successors_.head();
  return space_.InArc(self_.id, id, head.id) ? &head : nullptr;
}

std::size_t RoutingTable::NextHops(Id id) const {
  const auto between = [&](const Server& server) {
    return space_.Between(self_.id, server.id, id);
  };
  return std::partition_point(known_.begin(), known_.end(), between) - known_.begin();
}

}  // namespace concord::core
