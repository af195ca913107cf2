// One lookup at one member: whom to ask next, until somebody knows.
#ifndef CONCORD_CORE_LOOKUP_H_
#define CONCORD_CORE_LOOKUP_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "concord/types.h"
#include "core/digest.h"
#include "core/routing_table.h"

namespace concord::core {

// How often a lookup may be forwarded before it is given up. Distance shrinks with every forward,
// so only wrong identifiers could make a lookup go round; a ring that is so young that it has no
// fingers forwards along its successors.
inline constexpr unsigned kMaxHops = 128;

// How many servers that did not answer a lookup carries with it.
inline constexpr std::size_t kMaxUnanswered = 32;

// What a lookup asks of each member on its way.
struct FindRequest {
  Id id = 0;          // who owns it?
  unsigned hops = 0;  // how many times it was forwarded before
  // The servers that did not answer on the way here, the last of them last, each as DigestOf has
  // it. Whoever comes nearer to the key is likely to know the same ones, and need not wait for them
  // again; but one of them may live elsewhere by now, and is asked there.
  std::vector<std::uint64_t> unanswered = {};
};

// A lookup runs on the routing table of the moment it began. Its shell asks next_hop(), and when
// that does not answer, drops it and asks the next best, until one answers or none is left.
class Lookup {
 public:
  Lookup(std::shared_ptr<const RoutingTable> table, FindRequest request)
      : table_(std::move(table)),
        request_(std::move(request)),
        remaining_(table_->NextHops(request_.id)) {
    PassOverUnanswered();
  }

  // The owner, when no call is needed; else null.
  const Server* known_owner() const { return table_->KnownOwner(request_.id); }

  // Whether `server` cannot be the owner, since it comes before the key. A node of the Go library
  // names such a one when the key is the identifier of the one after it.
  bool Precedes(const Server& server) const { return table_->Precedes(server, request_.id); }

  // Already forwarded kMaxHops times: may be answered, not forwarded.
  bool hops_exhausted() const { return request_.hops >= kMaxHops; }
  // What a forward by us asks.
  FindRequest Forwarded() const { return {request_.id, request_.hops + 1, request_.unanswered}; }

  // Whether there is somebody to ask, and who is best.
  bool has_next_hop() const { return remaining_ > 0; }
  const Server& next_hop() const { return table_->next_hop(remaining_ - 1); }
  bool has_alternative() const { return remaining_ > 1 && NextFrom(remaining_ - 1) > 0; }
  // How much of the time that is left to us next_hop() may take. Where the lookup begins, half of
  // it is held back while there is somebody else to turn to: the way around may be as long. Further
  // on it is not, or the halves of halves would be too little for a lookup of many hops; but one
  // that was forwarded to us is to be answered, if only with a failure, before whoever waits for us
  // takes us for silent, so a sixteenth is left for the way back, as it is for our own list.
  absl::Duration TimeForNextHop(absl::Duration left) const {
    if (request_.hops == 0 && has_alternative()) return left / 2;
    return request_.hops > 0 || owner_by_list() != nullptr ? left - left / 16 : left;
  }
  // next_hop() did not answer: turn to the next best.
  void DropNextHop() {
    std::vector<std::uint64_t>& unanswered = request_.unanswered;
    if (unanswered.size() >= kMaxUnanswered) unanswered.erase(unanswered.begin());
    unanswered.push_back(DigestOf(next_hop()));
    PassOverUnanswered();
  }
  // The same, but it did answer: that those behind it do not.
  void PassNextHop() {
    passed_ = true;
    --remaining_;
    PassOverUnanswered();
  }
  // When there is nobody left to ask, the owner by our own list: all before it are dead, or we
  // would not be here. Null: the list does not reach so far, or one of them is alive and knows
  // better.
  const Server* owner_by_list() const {
    return passed_ ? nullptr : table_->OwnerByList(request_.id);
  }

 private:
  // Of the first so many next hops, how many are left down to the best that may answer.
  std::size_t NextFrom(std::size_t remaining) const {
    const std::vector<std::uint64_t>& unanswered = request_.unanswered;
    const auto did_not_answer = [&](const Server& server) {
      return !unanswered.empty() &&
             std::find(unanswered.begin(), unanswered.end(), DigestOf(server)) != unanswered.end();
    };
    while (remaining > 0 && did_not_answer(table_->next_hop(remaining - 1))) --remaining;
    return remaining;
  }
  void PassOverUnanswered() { remaining_ = NextFrom(remaining_); }

  std::shared_ptr<const RoutingTable> table_;
  FindRequest request_;
  bool passed_ = false;
  std::size_t remaining_;  // next hops not tried yet; the last of them is the best
};

}  // namespace concord::core

#endif  // CONCORD_CORE_LOOKUP_H_
