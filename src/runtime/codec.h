// Between the messages of the wire and the values of the core. Everything that arrives is checked
// here: what passes is well-formed, what does not is INVALID_ARGUMENT and says which field, its
// value, and the limit.
#ifndef CONCORD_RUNTIME_CODEC_H_
#define CONCORD_RUNTIME_CODEC_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "concord/types.h"
#include "concord_wire.pb.h"
#include "core/id_space.h"
#include "core/lookup.h"
#include "core/messages.h"
#include "core/ring_identity.h"

namespace concord::runtime {

inline constexpr std::size_t kMaxMessageBytes = 64 << 10;
inline constexpr std::size_t kMaxNameBytes = 255;
inline constexpr std::size_t kMaxClusterNameBytes = 255;
inline constexpr int kMaxListedSuccessors = 64;  // twice what a concord node sends

using core::FindRequest;
struct FindResponse {
  Server owner;
  unsigned hops = 0;
};

wire::Server ToWire(const Server& server);
wire::RingIdentity ToWire(const core::RingIdentity& identity);
wire::Ring ToWire(const core::RingView& ring);
wire::Farewell ToWire(const core::Farewell& farewell);
wire::Meeting ToWire(const core::Meeting& meeting);
wire::FindReq ToWire(const FindRequest& request);
wire::FindResp ToWire(const FindResponse& response);

// An identifier that is asked for is masked, since some nodes do not mask what they hash. The
// identifier of a server must lie on the circle. Of the servers that did not answer, which are a
// hint, the last kMaxUnanswered are taken.
FindRequest FromWire(const core::IdSpace& space, const wire::FindReq& request);
absl::StatusOr<core::RingIdentity> FromWire(const wire::RingIdentity& identity);
absl::StatusOr<Server> FromWire(const core::IdSpace& space, const wire::Server& server);
absl::StatusOr<core::RingView> FromWire(const core::IdSpace& space, const wire::Ring& ring);
absl::StatusOr<core::Farewell> FromWire(const core::IdSpace& space, const wire::Farewell& farewell);
absl::StatusOr<core::Meeting> FromWire(const core::IdSpace& space, const wire::Meeting& meeting);
absl::StatusOr<FindResponse> FromWire(const core::IdSpace& space, const wire::FindResp& response);

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_CODEC_H_
