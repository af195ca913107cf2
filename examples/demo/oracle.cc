#include "examples/demo/oracle.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace concord::example {

Oracle::Oracle(std::vector<Server> members) : members_(std::move(members)) {
  std::sort(members_.begin(), members_.end(),
            [](const Server& a, const Server& b) { return a.id < b.id; });
}

const Server& Oracle::OwnerOf(Id id) const { return members_[IndexOf(id)]; }

std::vector<Server> Oracle::OwnersWithin(const Range& range) const {
  std::vector<Server> owners = {OwnerOf(range.start + 1)};
  while (Contains(range, owners.back().id) && owners.back().id != range.end &&
         owners.size() < members_.size()) {
    owners.push_back(OwnerOf(owners.back().id + 1));
  }
  return owners;
}

Range Oracle::RangeOf(Id id) const {
  const std::size_t i = IndexOf(id);
  return {members_[(i + members_.size() - 1) % members_.size()].id, members_[i].id};
}

double Oracle::ShareOf(Id id) const { return example::ShareOf(RangeOf(id)); }

Neighbours Oracle::NeighboursOf(Id id, std::size_t count) const {
  const std::size_t i = IndexOf(id), n = members_.size();
  if (n == 1) return {members_[0], {members_[0]}};

  Neighbours neighbours{members_[(i + n - 1) % n], {}};
  for (std::size_t k = 1; k <= std::min(count, n - 1); ++k) {
    neighbours.successors.push_back(members_[(i + k) % n]);
  }
  return neighbours;
}

std::size_t Oracle::IndexOf(Id id) const {
  const auto at = std::lower_bound(members_.begin(), members_.end(), id,
                                   [](const Server& member, Id i) { return member.id < i; });
  return at == members_.end() ? 0 : static_cast<std::size_t>(at - members_.begin());
}

const Oracle& RingOf(Id id, const std::vector<Oracle>& rings) {
  return *std::find_if(rings.begin(), rings.end(),
                       [&](const Oracle& ring) { return ring.OwnerOf(id).id == id; });
}

double ShareOf(const Range& range) {
  if (range.start == range.end) return 1;
  return std::ldexp(static_cast<double>(range.end - range.start), -64);
}

}  // namespace concord::example
