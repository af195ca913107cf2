// LookupN in flight: asks one server after the other for its successors.
#ifndef CONCORD_RUNTIME_WALK_CALL_H_
#define CONCORD_RUNTIME_WALK_CALL_H_

#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "core/ring_walk.h"
#include "core/routing_table.h"
#include "runtime/lookup_call.h"
#include "runtime/peers.h"
#include "runtime/snapshot.h"

namespace concord::runtime {

// What it needs of the node; all of it must outlive the call.
struct WalkContext {
  Peers& peers;
  const OnSuspect& suspect;
  Snapshot<core::RoutingTable>& routing;
};

// Runs `walk` to its end. No thread waits for it. `done` runs exactly once, at once when no call is
// needed, else on the network thread.
//   UNAVAILABLE         somebody on the way did not answer; the message says who, and why
//   DEADLINE_EXCEEDED   the deadline passed
//   CANCELLED           the node was stopped
void RunWalk(const WalkContext& context, core::RingWalk walk, absl::Time deadline,
             absl::AnyInvocable<void(absl::StatusOr<std::vector<Server>>)> done);

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_WALK_CALL_H_
