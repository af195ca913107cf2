#include "core/successor_list.h"

#include <algorithm>

namespace concord::core {

SuccessorList::SuccessorList(const IdSpace& space, Id self, std::size_t limit, const Server& head,
                             const std::vector<Server>& rest)
    : servers_{head} {
  for (const Server& next : rest) {
    if (servers_.size() >= limit || next.id == self) return;
    if (next.id == servers_.back().id) continue;
    const bool passed_owner =
        space.Distance(self, next.id) < space.Distance(self, servers_.back().id);
    if (passed_owner) return;
    servers_.push_back(next);
  }
}

bool SuccessorList::Has(const Server& server) const {
  return std::find(servers_.begin(), servers_.end(), server) != servers_.end();
}

}  // namespace concord::core
