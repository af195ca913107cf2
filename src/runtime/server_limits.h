// What strangers may make a server keep, by gRPC's own means. docs/security.md has the table.
#ifndef CONCORD_RUNTIME_SERVER_LIMITS_H_
#define CONCORD_RUNTIME_SERVER_LIMITS_H_

#include "absl/time/time.h"

namespace grpc {
class ServerBuilder;
}  // namespace grpc

namespace concord::runtime {

// Calls on one connection, begun and not ended: more wait on the caller's side. One that is begun
// and never sent costs 8 KB.
inline constexpr int kMaxCallsOfConnection = 128;

// What a caller may say about a call besides its message.
inline constexpr int kMaxMetadataBytes = 8 << 10;

// A connection that is not ready by then is closed, and one without calls after the other time.
// (Members close theirs sooner: Config::channel_idle_timeout.)
inline constexpr absl::Duration kHandshakeTimeout = absl::Seconds(20);
inline constexpr absl::Duration kIdleConnection = absl::Minutes(10);

// More pings than that, without calls, and the connection is closed.
inline constexpr absl::Duration kLeastPingInterval = absl::Minutes(1);
inline constexpr int kPingStrikes = 2;

// `max_message`: of any service, bytes. `service_threads`: for the synchronous ones, at least 2.
void LimitServer(grpc::ServerBuilder& builder, int max_message, int service_threads);

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_SERVER_LIMITS_H_
