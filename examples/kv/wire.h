// Between the messages of kv.proto and the values that the store works with.
#ifndef CONCORD_EXAMPLES_KV_WIRE_H_
#define CONCORD_EXAMPLES_KV_WIRE_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "concord/types.h"
#include "examples/kv/digest_tree.h"
#include "examples/kv/entry.h"
#include "kv.pb.h"

namespace kv {

inline Version FromWire(const wire::Version& version) { return {version.time(), version.node()}; }
inline wire::Version ToWire(const Version& version) {
  wire::Version message;
  message.set_time(version.time);
  message.set_node(version.node);
  return message;
}

inline Entry FromWire(wire::Entry&& entry) {
  return {std::move(*entry.mutable_key()), FromWire(entry.version()), entry.deleted(),
          std::move(*entry.mutable_value())};
}
inline wire::Entry ToWire(const Entry& entry) {
  wire::Entry message;
  message.set_key(entry.key);
  *message.mutable_version() = ToWire(entry.version);
  message.set_deleted(entry.deleted);
  message.set_value(entry.value);
  return message;
}

inline concord::Range FromWire(const wire::Arc& arc) { return {arc.start(), arc.end()}; }
inline wire::Arc ToWire(const concord::Range& arc) {
  wire::Arc message;
  message.set_start(arc.start);
  message.set_end(arc.end);
  return message;
}

inline concord::Server FromWire(const wire::Peer& peer) {
  return {peer.id(), peer.name(), peer.address()};
}
inline wire::Peer ToWire(const concord::Server& server) {
  wire::Peer message;
  message.set_id(server.id);
  message.set_name(server.name);
  message.set_address(server.address);
  return message;
}

inline Digest FromWire(const wire::Digest& digest) {
  return {digest.low(), digest.high(), digest.entries()};
}
inline wire::Digest ToWire(const Digest& digest) {
  wire::Digest message;
  message.set_low(digest.low);
  message.set_high(digest.high);
  message.set_entries(digest.entries);
  return message;
}

inline absl::Status FromWire(const wire::Failure& failure) {
  // (A failure with the code of none is one all the same.)
  const auto code = failure.code() == 0 ? absl::StatusCode::kUnknown
                                        : static_cast<absl::StatusCode>(failure.code());
  return {code, failure.message()};
}
inline wire::Failure ToWire(const absl::Status& status) {
  wire::Failure message;
  message.set_code(static_cast<int>(status.code()));
  message.set_message(std::string(status.message()));
  return message;
}

// --- Answers -------------------------------------------------------------------------------------

inline wire::PeerResponse Refusal(const absl::Status& status) {
  wire::PeerResponse response;
  *response.mutable_executed()->mutable_failure() = ToWire(status);
  return response;
}
// `owner`: who it is instead; nullopt: nobody knows.
inline wire::PeerResponse NotOwner(const std::optional<concord::Server>& owner) {
  wire::PeerResponse response;
  if (owner) {
    *response.mutable_not_owner() = ToWire(*owner);
  } else {
    response.mutable_not_owner();
  }
  return response;
}

// Of a client's operation: its key, and whether it is done only if the key has a certain version.
inline const std::string& KeyOf(const wire::Execute& operation) {
  return operation.has_put()       ? operation.put().key()
         : operation.has_delete_() ? operation.delete_().key()
                                   : operation.get().key();
}
inline bool IsConditional(const wire::Execute& operation) {
  return operation.has_put() ? operation.put().has_expected_version()
                             : operation.delete_().has_expected_version();
}

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_WIRE_H_
