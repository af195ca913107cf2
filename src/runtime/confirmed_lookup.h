// A lookup that ends with the word of the owner itself.
#ifndef CONCORD_RUNTIME_CONFIRMED_LOOKUP_H_
#define CONCORD_RUNTIME_CONFIRMED_LOOKUP_H_

#include <cstdint>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "core/routing_table.h"
#include "runtime/lookup_call.h"
#include "runtime/loop.h"
#include "runtime/peers.h"
#include "runtime/snapshot.h"

namespace concord::runtime {

struct ConfirmedOwner {
  Server owner;
  Range range;
  std::uint64_t epoch = 0;
  unsigned hops = 0;  // calls of the lookups and to those who were asked
};

// What it needs of the node; all of it must outlive the call.
struct ConfirmationContext {
  core::IdSpace space;
  Peers& peers;
  const OnSuspect& suspect;
  Snapshot<core::RoutingTable>& routing;
  Loop& loop;  // on which it waits before it looks up again
};

// `done` runs exactly once, on the network thread, on that of the loop, or at once.
//   UNAVAILABLE         not a member
//   DEADLINE_EXCEEDED   nobody confirmed before the deadline; the message has the last reason
//   OUT_OF_RANGE        the hop budget of a lookup is used up
//   CANCELLED           the node was stopped
void RunConfirmedLookup(const ConfirmationContext& context, Id id, absl::Time deadline,
                        absl::AnyInvocable<void(absl::StatusOr<ConfirmedOwner>)> done);

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_CONFIRMED_LOOKUP_H_
