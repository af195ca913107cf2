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

wire::RingIdentity ToWire(const core::RingIdentity& identity) {
  wire::RingIdentity message;
  message.set_cluster_name(identity.cluster_name);
  message.set_hash_bits(identity.hash_bits);
  message.set_hash_fingerprint(identity.hash_fingerprint);
  return message;
}

wire::Ring ToWire(const core::RingView& ring) {
  wire::Ring message;
  *message.mutable_predecessor() = ToWire(ring.predecessor);
  for (const Server& successor : ring.successors) *message.add_successors() = ToWire(successor);
  if (ring.self) *message.mutable_self() = ToWire(*ring.self);
  message.set_incarnation(ring.incarnation);
  message.set_epoch(ring.epoch);
  return message;
}

wire::Farewell ToWire(const core::Farewell& farewell) {
  wire::Farewell message;
  *message.mutable_from() = ToWire(farewell.from);
  message.mutable_from()->set_incarnation(farewell.incarnation);
  *message.mutable_predecessor() = ToWire(farewell.predecessor);
  for (const Server& successor : farewell.successors) {
    *message.add_successors() = ToWire(successor);
  }
  return message;
}

wire::Meeting ToWire(const core::Meeting& meeting) {
  wire::Meeting message;
  *message.mutable_from() = ToWire(meeting.from);
  message.set_incarnation(meeting.incarnation);
  message.set_members(meeting.members);
  message.set_roster(meeting.roster);
  message.set_complete(meeting.complete);
  message.set_member(meeting.member);
  return message;
}

wire::FindReq ToWire(const FindRequest& request) {
  wire::FindReq message;
  message.set_id(request.id);
  message.set_hops(request.hops);
  for (const std::uint64_t server : request.unanswered) message.add_unanswered(server);
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
  const int most = static_cast<int>(core::kMaxUnanswered);
  value.unanswered.assign(sent.end() - std::min(sent.size(), most), sent.end());
  return value;
}

absl::StatusOr<core::RingIdentity> FromWire(const wire::RingIdentity& identity) {
  if (identity.cluster_name().size() > kMaxClusterNameBytes) {
    return absl::InvalidArgumentError(absl::StrCat("cluster_name of ",
                                                   identity.cluster_name().size(),
                                                   " bytes: the limit is ", kMaxClusterNameBytes));
  }
  if (identity.hash_bits() < 1 || identity.hash_bits() > 64) {
    return absl::InvalidArgumentError(
        absl::StrCat("hash_bits ", identity.hash_bits(), ": it must be from 1 to 64"));
  }
  return core::RingIdentity{identity.cluster_name(), identity.hash_bits(),
                            identity.hash_fingerprint()};
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

namespace {

// The neighbours that a message names, which is called `what`.
template <typename Message>
absl::StatusOr<core::RingView> Neighbours(const core::IdSpace& space, const Message& message,
                                          const char* what) {
  if (!message.has_predecessor()) {
    return absl::InvalidArgumentError(absl::StrCat(what, " without a predecessor"));
  }
  if (message.successors_size() > kMaxListedSuccessors) {
    return absl::InvalidArgumentError(absl::StrCat(what, " with ", message.successors_size(),
                                                   " successors: the limit is ",
                                                   kMaxListedSuccessors));
  }
  absl::StatusOr<Server> predecessor = FromWire(space, message.predecessor());
  if (!predecessor.ok()) return predecessor.status();
  core::RingView view{.predecessor = *std::move(predecessor), .successors = {}};
  for (const wire::Server& listed : message.successors()) {
    absl::StatusOr<Server> successor = FromWire(space, listed);
    if (!successor.ok()) return successor.status();
    view.successors.push_back(*std::move(successor));
  }
  return view;
}

}  // namespace

absl::StatusOr<core::Farewell> FromWire(const core::IdSpace& space,
                                        const wire::Farewell& farewell) {
  absl::StatusOr<Server> from = FromWire(space, farewell.from());
  if (!from.ok()) return from.status();
  absl::StatusOr<core::RingView> view = Neighbours(space, farewell, "farewell");
  if (!view.ok()) return view.status();
  return core::Farewell{*std::move(from), std::move(view->predecessor), std::move(view->successors),
                        farewell.from().incarnation()};
}

absl::StatusOr<core::Meeting> FromWire(const core::IdSpace& space, const wire::Meeting& meeting) {
  absl::StatusOr<Server> from = FromWire(space, meeting.from());
  if (!from.ok()) return from.status();
  return core::Meeting{*std::move(from), meeting.incarnation(), meeting.members(),
                       meeting.roster(), meeting.complete(),    meeting.member()};
}

absl::StatusOr<core::RingView> FromWire(const core::IdSpace& space, const wire::Ring& ring) {
  absl::StatusOr<core::RingView> neighbours = Neighbours(space, ring, "ring");
  if (!neighbours.ok() || !ring.has_self()) return neighbours;
  core::RingView view = *std::move(neighbours);
  view.incarnation = ring.incarnation();
  view.epoch = ring.epoch();
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
