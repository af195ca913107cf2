#include "core/routing_table.h"

#include <algorithm>
#include <utility>

namespace concord::core {

RoutingTable::RoutingTable(IdSpace space, Server self, Server predecessor, SuccessorList successors,
                           const FingerTable& fingers, std::uint64_t epoch)
    : space_(space),
      self_(std::move(self)),
      predecessor_(std::move(predecessor)),
      successors_(std::move(successors)),
      fingers_(fingers.Share()),
      epoch_(epoch) {
  const Id covered = successors_.empty() ? 0 : space_.Distance(self_.id, successors_.last().id);
  const auto within = [&](const FingerTable::Finger& finger) {
    return space_.Distance(self_.id, finger.server.id) <= covered;
  };
  first_finger_ =
      std::partition_point(fingers_->begin(), fingers_->end(), within) - fingers_->begin();
}

void RoutingTable::MarkLeaving(bool owns, std::optional<Server> heir) {
  member_ = false;
  owns_ = owns;
  heir_ = std::move(heir);
}

const Server* RoutingTable::KnownOwner(Id id) const {
  if (heir_ && space_.InArc(predecessor_.id, id, heir_->id)) return &*heir_;
  if (Owns(id)) return &self_;
  if (successors_.empty()) return nullptr;
  const Server& head = successors_.head();
  return space_.InArc(self_.id, id, head.id) ? &head : nullptr;
}

const Server* RoutingTable::OwnerByList(Id id) const {
  for (const Server& server : successors()) {
    if (!space_.Between(self_.id, server.id, id)) return &server;
  }
  return nullptr;
}

std::size_t RoutingTable::NextHops(Id id) const {
  const auto between = [&](const Server& server) {
    return space_.Between(self_.id, server.id, id);
  };
  const std::vector<Server>& near = successors();
  const std::size_t hops = std::partition_point(near.begin(), near.end(), between) - near.begin();
  if (hops < near.size()) return hops;
  const auto far = fingers_->begin() + static_cast<std::ptrdiff_t>(first_finger_);
  return hops + (std::partition_point(far, fingers_->end(),
                                      [&](const auto& finger) { return between(finger.server); }) -
                 far);
}

}  // namespace concord::core
