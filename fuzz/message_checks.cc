#include "message_checks.h"

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <algorithm>
#include <string>

#include "absl/status/statusor.h"
#include "check.h"
#include "concord_wire.pb.h"
#include "core/id_space.h"
#include "core/messages.h"
#include "core/ring_identity.h"
#include "runtime/byte_buffer.h"
#include "runtime/codec.h"
#include "text_checks.h"

namespace concord::fuzz {
namespace {

using core::IdSpace;
using core::RingView;
using runtime::FindRequest;
using runtime::FindResponse;

// --- The rules of proto/concord.proto, read once more ----------------------------------------

bool Fits(const IdSpace& space, const wire::Server& server) {
  return (space.bits() == 64 || server.id() >> space.bits() == 0) && !server.name().empty() &&
         server.name().size() <= 255 && IsText(server.name()) && IsPeerAddress(server.address());
}

bool Fits(const IdSpace& space, const wire::Ring& ring) {
  const auto fits = [&](const wire::Server& server) { return Fits(space, server); };
  return ring.has_predecessor() && fits(ring.predecessor()) && ring.successors_size() <= 64 &&
         (!ring.has_self() || fits(ring.self())) &&
         std::all_of(ring.successors().begin(), ring.successors().end(), fits);
}

bool Fits(const IdSpace& space, const wire::FindResp& response) {
  return response.has_server() && Fits(space, response.server());
}

bool Fits(const IdSpace& space, const wire::Farewell& farewell) {
  const auto fits = [&](const wire::Server& server) { return Fits(space, server); };
  return fits(farewell.from()) && farewell.has_predecessor() && fits(farewell.predecessor()) &&
         farewell.successors_size() <= 64 &&
         std::all_of(farewell.successors().begin(), farewell.successors().end(), fits);
}

bool Fits(const IdSpace& space, const wire::Meeting& meeting) {
  return Fits(space, meeting.from());
}

bool Fits(const IdSpace&, const wire::RingIdentity& identity) {
  return identity.cluster_name().size() <= 255 && identity.hash_bits() >= 1 &&
         identity.hash_bits() <= 64;
}

bool Same(const Server& a, const wire::Server& b) {
  return a.id == b.id() && a.name == b.name() && a.address == b.address();
}

template <typename Value, typename Message>
bool SameNeighbours(const Value& a, const Message& b) {
  return Same(a.predecessor, b.predecessor()) &&
         std::equal(a.successors.begin(), a.successors.end(), b.successors().begin(),
                    b.successors().end(),
                    [](const Server& x, const wire::Server& y) { return Same(x, y); });
}

// (Whoever does not say who it is says no incarnation and no epoch of it.)
bool Same(const RingView& a, const wire::Ring& b) {
  return SameNeighbours(a, b) && a.self.has_value() == b.has_self() &&
         (!a.self ||
          (Same(*a.self, b.self()) && a.incarnation == b.incarnation() && a.epoch == b.epoch()));
}

bool Same(const core::Farewell& a, const wire::Farewell& b) {
  return Same(a.from, b.from()) && a.incarnation == b.from().incarnation() && SameNeighbours(a, b);
}

bool Same(const core::Meeting& a, const wire::Meeting& b) {
  return Same(a.from, b.from()) && a.incarnation == b.incarnation() && a.members == b.members() &&
         a.roster == b.roster() && a.complete == b.complete() && a.member == b.member();
}

bool Same(const core::RingIdentity& a, const wire::RingIdentity& b) {
  return a.cluster_name == b.cluster_name() && a.hash_bits == b.hash_bits() &&
         a.hash_fingerprint == b.hash_fingerprint();
}

bool Same(const FindResponse& a, const wire::FindResp& b) {
  return Same(a.owner, b.server()) && a.hops == b.hops();
}

// --- From bytes to messages ------------------------------------------------------------------

// What a message came as: bytes of the network, cut anywhere, of any length.
struct Arrival {
  explicit Arrival(Input& input) : space(input.Below(64) + 1) {
    const unsigned shape = input.Byte();
    const std::string part = input.Rest();
    // Only so do inputs of a few bytes become messages beyond the limit.
    const std::size_t times = shape == 255 ? 1024 : 1;
    for (std::size_t i = 0; i < times; ++i) bytes += part;
    cut = bytes.empty() ? 0 : shape % bytes.size();
  }
  IdSpace space;
  std::string bytes;
  std::size_t cut = 0;
};

grpc::ByteBuffer Buffer(const Arrival& arrival) {
  const grpc::Slice slices[] = {grpc::Slice(arrival.bytes.substr(0, arrival.cut)),
                                grpc::Slice(arrival.bytes.substr(arrival.cut))};
  return {slices, 2};
}

// True iff the bytes are such a message. They must be so exactly for protobuf too, up to the limit.
template <typename Message>
bool Parses(const Arrival& arrival, Message& message) {
  grpc::ByteBuffer buffer = Buffer(arrival);
  const absl::Status status = runtime::Parse(buffer, message);
  const bool expected = arrival.bytes.size() <= 65536 && Message().ParseFromString(arrival.bytes);
  Check(status.ok() == expected, "a message parses exactly if it is one", status.ToString());
  if (!status.ok()) CheckRefusal(status);
  return status.ok();
}

template <typename Message>
auto Read(const IdSpace& space, const Message& message) {
  return runtime::FromWire(space, message);
}
auto Read(const IdSpace&, const wire::RingIdentity& identity) {
  return runtime::FromWire(identity);
}

// What we would send arrives as what was meant.
template <typename Message, typename Value>
Message SentAgain(const Value& value) {
  grpc::ByteBuffer buffer = runtime::Serialize(runtime::ToWire(value));
  Message message;
  Check(runtime::Parse(buffer, message).ok(), "what we send parses");
  return message;
}

template <typename Message, typename Value>
void CheckMessage(Input& input) {
  const Arrival arrival(input);
  Message message;
  if (!Parses(arrival, message)) return;
  const absl::StatusOr<Value> value = Read(arrival.space, message);
  Check(value.ok() == Fits(arrival.space, message), "a message passes exactly if it fits",
        value.status().ToString());
  if (!value.ok()) return CheckRefusal(value.status());
  Check(Same(*value, message), "nothing is changed on the way in");

  const auto again = SentAgain<Message>(*value);
  Check(Same(*value, again), "nothing is changed on the way out");
  Check(Read(arrival.space, again).ok(), "what passed once passes again");
}

}  // namespace

void CheckFindReq(Input& input) {
  const Arrival arrival(input);
  wire::FindReq message;
  if (!Parses(arrival, message)) return;
  const FindRequest request = runtime::FromWire(arrival.space, message);
  Check(arrival.space.Has(request.id), "an identifier that is asked for is on the circle");
  Check(arrival.space.Distance(request.id, message.id()) == 0, "it is the one that was asked for");
  Check(request.hops == message.hops(), "the hops are what was sent");
  Check(request.unanswered.size() <= core::kMaxUnanswered, "few that did not answer are taken");
  Check(std::equal(request.unanswered.rbegin(), request.unanswered.rend(),
                   message.unanswered().rbegin()),
        "those that did not answer are the last of those sent");

  const auto again = SentAgain<wire::FindReq>(request);
  Check(again.id() == request.id && again.hops() == request.hops &&
            std::equal(again.unanswered().begin(), again.unanswered().end(),
                       request.unanswered.begin(), request.unanswered.end()),
        "a request is sent as it is");
}

void CheckServer(Input& input) { CheckMessage<wire::Server, Server>(input); }
void CheckRing(Input& input) { CheckMessage<wire::Ring, RingView>(input); }
void CheckFindResp(Input& input) { CheckMessage<wire::FindResp, FindResponse>(input); }
void CheckFarewell(Input& input) { CheckMessage<wire::Farewell, core::Farewell>(input); }
void CheckMeeting(Input& input) { CheckMessage<wire::Meeting, core::Meeting>(input); }
void CheckIdentity(Input& input) { CheckMessage<wire::RingIdentity, core::RingIdentity>(input); }

}  // namespace concord::fuzz
