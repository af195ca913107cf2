#include "runtime/codec.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "runtime/address.h"
#include "runtime/utf8.h"

namespace concord::runtime {

wire::Server ToWire(const Server& server) {
  wire::Server message;
  message.set_id(server.id);
  message.set_name(server.name);
  message.set_address(server.address);
  return message;
}

wire::Ring ToWire(const core::RingView& ring) {
  wire::Ring message;
  *message.mutable_predecessor() = ToWire(ring.predecessor);
  for (const Server& successor : ring.successors) *message.add_successors() = ToWire(successor);
  if (ring.self) *message.mutable_self() = ToWire(*ring.self);
  return message;
}

wire::FindReq ToWire(const FindRequest& request) {
  wire::FindReq message;
  message.set_id(request.id);
  message.set_hops(request.hops);
  for (const Id id : request.unanswered) message.add_unanswered(id);
  return message;
}

wire::FindResp ToWire(const FindResponse& response) {
  wire::FindResp message;
  *message.mutable_server() = ToWire(response.owner);
  message.set_hops(response.hops);
  return message;
}

FindRequest FromWire(const core::IdSpace& space, const wire::FindReq& request) {
  FindRequest value{.id = space.Mask(request.id()), .hops = request.hops()};
  const auto& sent = request.unanswered();
  for (auto id = sent.rbegin(); id != sent.rend(); ++id) {
    if (value.unanswered.size() == core::kMaxUnanswered) break;
    if (space.Has(*id)) value.unanswered.push_back(*id);
  }
  std::reverse(value.unanswered.begin(), value.unanswered.end());
  return value;
}

absl::StatusOr<Server> FromWire(const core::IdSpace& space, const wire::Server& server) {
  if (!space.Has(server.id())) {
    return absl::InvalidArgumentError(absl::StrCat("server id ", server.id(), " does not fit the ",
                                                   space.bits(), " hash_bits of this ring"));
  }
  if (server.name().empty() || server.name().size() > kMaxNameBytes) {
    return absl::InvalidArgumentError(absl::StrCat("server name of ", server.name().size(),
                                                   " bytes: it must have 1 to ", kMaxNameBytes));
  }
  if (!IsUtf8(server.name())) {
    return absl::InvalidArgumentError(
        absl::StrCat("server name '", absl::CHexEscape(server.name()), "' is not UTF-8"));
  }
  if (absl::StatusOr<Address> address = ParsePeerAddress(server.address()); !address.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("server '", absl::CHexEscape(server.name()),
                                                   "': ", address.status().message()));
  }
  return Server{server.id(), server.name(), server.address()};
}

absl::StatusOr<core::RingView> FromWire(const core::IdSpace& space, const wire::Ring& ring) {
  if (!ring.has_predecessor()) return absl::InvalidArgumentError("ring without a predecessor");
  if (ring.successors_size() > kMaxListedSuccessors) {
    return absl::InvalidArgumentError(absl::StrCat(
        "ring with ", ring.successors_size(), " successors: the limit is ", kMaxListedSuccessors));
  }
  absl::StatusOr<Server> predecessor = FromWire(space, ring.predecessor());
  if (!predecessor.ok()) return predecessor.status();
  core::RingView view{.predecessor = *std::move(predecessor), .successors = {}};
  for (const wire::Server& message : ring.successors()) {
    absl::StatusOr<Server> successor = FromWire(space, message);
    if (!successor.ok()) return successor.status();
    view.successors.push_back(*std::move(successor));
  }
  if (!ring.has_self()) return view;
  absl::StatusOr<Server> self = FromWire(space, ring.self());
  if (!self.ok()) return self.status();
  view.self = *std::move(self);
  return view;
}

absl::StatusOr<FindResponse> FromWire(const core::IdSpace& space, const wire::FindResp& response) {
  if (!response.has_server()) return absl::InvalidArgumentError("answer without a server");
  absl::StatusOr<Server> owner = FromWire(space, response.server());
  if (!owner.ok()) return owner.status();
  return FindResponse{.owner = *std::move(owner), .hops = response.hops()};
}

}  // namespace concord::runtime
