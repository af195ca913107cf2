// One lookup at one member: whom to ask next, until somebody knows.
#ifndef CONCORD_CORE_LOOKUP_H_
#define CONCORD_CORE_LOOKUP_H_

#include <cstddef>
#include <memory>
#include <utility>

#include "absl/time/time.h"
#include "concord/types.h"
#include "core/routing_table.h"

namespace concord::core {

// How often a lookup may be forwarded before it is given up. Distance shrinks with every forward,
// so only wrong identifiers could make a lookup go round; a ring that is so young that it has no
// fingers forwards along its successors.
inline constexpr unsigned kMaxHops = 128;

// A lookup runs on the routing table of the moment it began. Its shell asks next_hop(), and when
// that does not answer, drops it and asks the next best, until one answers or none is left.
class Lookup {
 public:
  // `hops`: how many times the lookup was forwarded before it came here.
  Lookup(std::shared_ptr<const RoutingTable> table, Id id, unsigned hops)
      : table_(std::move(table)), id_(id), hops_(hops), remaining_(table_->NextHops(id)) {}

  // The owner, when no call is needed; else null.
  const Server* known_owner() const { return table_->KnownOwner(id_); }

  Id id() const { return id_; }
  // Already forwarded kMaxHops times: may be answered, not forwarded.
  bool hops_exhausted() const { return hops_ >= kMaxHops; }
  // What a forward by us carries.
  unsigned hops_after_forward() const { return hops_ + 1; }

  // Whether there is somebody to ask, and who is best.
  bool has_next_hop() const { return remaining_ > 0; }
  const Server& next_hop() const { return table_->next_hop(remaining_ - 1); }
  bool has_alternative() const { return remaining_ > 1; }
  // How much of the time that is left to us next_hop() may take. Where the lookup begins, half of
  // it is held back while there is somebody else to turn to: the way around may be as long. Further
  // on it is not, or the halves of halves would be too little for a lookup of many hops; but one
  // that was forwarded to us is to be answered, if only with a failure, before whoever waits for us
  // takes us for silent, so a sixteenth is left for the way back, as it is for our own list.
  absl::Duration TimeForNextHop(absl::Duration left) const {
    if (hops_ == 0 && has_alternative()) return left / 2;
    return hops_ > 0 || owner_by_list() != nullptr ? left - left / 16 : left;
  }
  // next_hop() did not answer: turn to the next best.
  void DropNextHop() { --remaining_; }
  // The same, but it did answer: that those behind it do not.
  void PassNextHop() {
    --remaining_;
    passed_ = true;
  }
  // When there is nobody left to ask, the owner by our own list: all before it are dead, or we
  // would not be here. Null: the list does not reach so far, or one of them is alive and knows
  // better.
  const Server* owner_by_list() const { return passed_ ? nullptr : table_->OwnerByList(id_); }

 private:
  std::shared_ptr<const RoutingTable> table_;
  Id id_;
  unsigned hops_;
  bool passed_ = false;
  std::size_t remaining_;  // next hops not tried yet; the last of them is the best
};

}  // namespace concord::core

#endif  // CONCORD_CORE_LOOKUP_H_
