// A member's successors.
#ifndef CONCORD_CORE_SUCCESSOR_LIST_H_
#define CONCORD_CORE_SUCCESSOR_LIST_H_

#include <cstddef>
#include <vector>

#include "concord/types.h"
#include "core/id_space.h"

namespace concord::core {

// At most `limit` distinct servers in ring order after the owner of the list, never the owner.
// Empty means that the owner knows nobody after itself. A list can only be made whole, from another
// member's answer, or shortened: it is ordered by construction.
class SuccessorList {
 public:
  SuccessorList() = default;

  // `head`, which must not be `self`, and what follows of the list that it answered with. `rest` is
  // what a stranger said: repeats are passed over, and the list ends where it reaches or passes the
  // owner, and at `limit` servers.
  SuccessorList(const IdSpace& space, Id self, std::size_t limit, const Server& head,
                const std::vector<Server>& rest);

  const std::vector<Server>& servers() const { return servers_; }
  bool empty() const { return servers_.empty(); }
  std::size_t size() const { return servers_.size(); }
  const Server& head() const { return servers_.front(); }
  const Server& last() const { return servers_.back(); }
  bool Has(const Server& server) const;

  // Precondition: not empty.
  void DropHead() { servers_.erase(servers_.begin()); }
  // Whether it was there.
  bool Drop(const Server& server) { return std::erase(servers_, server) > 0; }

  friend bool operator==(const SuccessorList&, const SuccessorList&) = default;

 private:
  std::vector<Server> servers_;
};

}  // namespace concord::core

#endif  // CONCORD_CORE_SUCCESSOR_LIST_H_
