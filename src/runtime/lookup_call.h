// A lookup in flight: asks one next hop after the other until one answers.
#ifndef CONCORD_RUNTIME_LOOKUP_CALL_H_
#define CONCORD_RUNTIME_LOOKUP_CALL_H_

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "core/lookup.h"
#include "runtime/codec.h"
#include "runtime/peers.h"

namespace concord::runtime {

// Takes what a lookup found out about a server: a call to it failed. Any thread; must not block.
using OnSuspect = absl::AnyInvocable<void(const Server&, core::Failure) const>;

// Runs `lookup` to its end, within `deadline`. No thread waits for it. `done` runs exactly once, at
// once when no call is needed, else on the network thread; FindResponse::hops counts our own
// forward and those behind it.
//   UNAVAILABLE         no next hop answered; the message has the last one's reason
//   DEADLINE_EXCEEDED   the deadline passed
//   OUT_OF_RANGE        the hop budget is used up
//   CANCELLED           the node was stopped
// `peers` and `suspect` must outlive the call.
void RunLookup(Peers& peers, const OnSuspect& suspect, core::Lookup lookup, absl::Time deadline,
               absl::AnyInvocable<void(absl::StatusOr<FindResponse>)> done);

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_LOOKUP_CALL_H_
