// The walk from a key's owner along the ring: LookupN.
#ifndef CONCORD_CORE_RING_WALK_H_
#define CONCORD_CORE_RING_WALK_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "concord/types.h"
#include "core/id_space.h"

namespace concord::core {

// Collects `n` distinct members from the owner on, or all of a smaller ring, by the successor list
// of whoever was met last. Its shell asks last() for its successors until done().
class RingWalk {
 public:
  // Precondition: n is at least 1.
  RingWalk(IdSpace space, Server owner, std::size_t n)
      : space_(space), n_(n), servers_{std::move(owner)}, done_(n == 1) {}

  bool done() const { return done_; }
  std::size_t wanted() const { return n_; }
  const Server& last() const { return servers_.back(); }
  const std::vector<Server>& servers() const { return servers_; }

  void OnSuccessors(const std::vector<Server>& successors) {
    const std::size_t before = servers_.size();
    for (const Server& next : successors) {
      if (next.id == last().id) continue;
      if (!space_.Between(last().id, next.id, servers_.front().id)) {
        done_ = true;  // the walk has come round
        return;
      }
      servers_.push_back(next);
      if (servers_.size() == n_) break;
    }
    // Who has nobody after it closes the ring.
    done_ = servers_.size() == n_ || servers_.size() == before;
  }

 private:
  IdSpace space_;
  std::size_t n_;
  std::vector<Server> servers_;
  bool done_;
};

}  // namespace concord::core

#endif  // CONCORD_CORE_RING_WALK_H_
