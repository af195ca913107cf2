#include "runtime/peers.h"

#include <google/protobuf/empty.pb.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/byte_buffer.h"
#include "runtime/methods.h"
#include "runtime/network.h"
#include "runtime/tls.h"
#include "runtime/tls_failure.h"

namespace concord::runtime {
namespace {

// The ring's own answers stay short, whatever those of other services may be.
std::string ServiceConfig() {
  return absl::StrCat(R"({"methodConfig":[{"name":[{"service":"concord.ChordService"}],)",
                      R"("maxResponseMessageBytes":)", kMaxTransportBytes, "}]}");
}

std::shared_ptr<grpc::Channel> OpenChannel(
    const std::string& address, const Tls* tls,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials, absl::Duration handshake_timeout,
    int max_message) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(std::max(max_message, kMaxTransportBytes));
  if (max_message > kMaxTransportBytes) arguments.SetServiceConfigJSON(ServiceConfig());
  // What is small as it travels may be huge once it is unpacked; members do not compress.
  arguments.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  // A member that comes back is met again soon: gRPC's own first pause is a second.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // How long a handshake may take. (It does not delay a retry after a refusal.)
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS,
                   static_cast<int>(absl::ToInt64Milliseconds(handshake_timeout)));
  // gRPC obeys http_proxy even for 127.0.0.1.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // Measured: +14 to 19 % calls a second. Retries are ours to make, elsewhere.
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // Nodes of one process share no connections: one that stops takes nothing from the others.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // A server's gRPC complains of being asked for a name that is not in its certificate.
  if (tls != nullptr && !tls->member_host().empty()) {
    arguments.SetSslTargetNameOverride(tls->member_host());
  }
  return grpc::CreateCustomChannel(absl::StrCat("dns:///", address), credentials, arguments);
}

absl::Status FromGrpc(const grpc::Status& status) {
  return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
}

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const Tls* tls) {
  return tls != nullptr ? tls->channel_credentials() : grpc::InsecureChannelCredentials();
}

template <typename Message>
absl::Status CheckRing(const core::RingIdentity& ours, const Message& message) {
  if (!message.has_identity()) return absl::OkStatus();
  const absl::StatusOr<core::RingIdentity> theirs = FromWire(message.identity());
  return theirs.ok() ? core::CheckSameRing(ours, *theirs) : theirs.status();
}

// (Who answers a lookup has seen which ring it is for.)
absl::Status CheckRing(const core::RingIdentity&, const wire::FindResp&) {
  return absl::OkStatus();
}

absl::Status CheckIds(const NameHash& hash, const FindResponse& response) {
  return CheckId(hash, response.owner);
}

absl::Status CheckIds(const NameHash& hash, const core::Meeting& meeting) {
  return CheckId(hash, meeting.from);
}

absl::Status CheckIds(const NameHash& hash, const core::RingView& ring) {
  if (absl::Status status = CheckId(hash, ring.predecessor); !status.ok()) return status;
  for (const Server& successor : ring.successors) {
    if (absl::Status status = CheckId(hash, successor); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

core::Failure ToFailure(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kDeadlineExceeded:
      return core::Failure::kTimeout;
    case absl::StatusCode::kFailedPrecondition:
      return core::Failure::kStranger;
    case absl::StatusCode::kResourceExhausted:
      return core::Failure::kBusy;
    case absl::StatusCode::kUnimplemented:
      return core::Failure::kUnsupported;
    default:
      return core::Failure::kUnreachable;
  }
}

struct Peers::Peer {
  Peer(std::string at, std::shared_ptr<grpc::Channel> to)
      : address(std::move(at)), channel(std::move(to)), stub(channel) {}

  // Nobody needs the channel but us, and we do not in this moment.
  bool idle() const { return calls == 0 && channel.use_count() <= 2; }  // 2: channel and stub

  const std::string address;
  const std::shared_ptr<grpc::Channel> channel;
  grpc::GenericStub stub;
  // The rest is guarded by Peers::mutex_.
  RoundTrip round_trip;
  absl::Time last_used;
  int calls = 0;          // in progress
  int missed = 0;         // in a row, over this channel
  bool answered = false;  // the last call that ended
};

// One call to a member, from its start until `done` has run.
class Peers::Call final : public Tag {
 public:
  using Done = absl::AnyInvocable<void(absl::Status, grpc::ByteBuffer&)>;

  Call(Peers& peers, const char* method, const Callee& callee, Done done)
      : peers_(peers), method_(method), address_(callee.address), done_(std::move(done)) {
    if (peers.options_.tls != nullptr && peers.options_.tls->require_node_name()) {
      name_ = callee.name;
    }
  }

  void Run(bool) override {  // always ok for a unary call's Finish
    absl::Status status = FromGrpc(status_);
    if (!peers_.Ended(*this) && absl::IsCancelled(status)) {
      status = absl::UnavailableError("the member ended the call: it may be stopping");
    }
    done_(peers_.Judge(*this, status), response_);
    delete this;
  }

 private:
  friend class Peers;

  Peers& peers_;
  const char* const method_;
  const std::string& address_;  // good until started
  std::string name_;            // which the member must prove; empty: none
  Done done_;
  bool by_round_trip_ = true;  // wait as long as the member's round trip suggests
  absl::Time deadline_ = absl::InfiniteFuture();

  std::shared_ptr<Peer> peer_;
  Call* previous_ = nullptr;
  Call* next_ = nullptr;
  absl::Time started_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  grpc::Status status_;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader_;
};

Peers::Peers(Options options, grpc::ServerCompletionQueue& queue)
    : options_(std::move(options)),
      credentials_(CredentialsOf(options_.tls)),
      queue_(queue),
      new_addresses_(kNewAddressesPerSecond, options_.new_addresses_at_once) {}

Peers::~Peers() = default;

void Peers::FindSuccessor(const Callee& callee, const FindRequest& request, absl::Time deadline,
                          absl::AnyInvocable<void(absl::StatusOr<FindResponse>)> done) {
  auto call = std::make_unique<Call>(
      *this, kFindSuccessorMethod, callee,
      [this, done = std::move(done)](absl::Status status, grpc::ByteBuffer& response) mutable {
        done(Decode<wire::FindResp, FindResponse>(status, response));
      });
  call->request_ = Write(ToWire(request));
  call->by_round_trip_ = false;
  call->deadline_ = deadline;
  Start(std::move(call));
}

void Peers::GetRing(const Callee& callee,
                    absl::AnyInvocable<void(absl::StatusOr<core::RingView>)> done,
                    absl::Time no_later) {
  auto call = std::make_unique<Call>(
      *this, kGetRingMethod, callee,
      [this, done = std::move(done)](absl::Status status, grpc::ByteBuffer& response) mutable {
        done(Decode<wire::Ring, core::RingView>(status, response));
      });
  call->request_ = Serialize(google::protobuf::Empty());
  call->deadline_ = no_later;
  Start(std::move(call));
}

void Peers::Notify(const Callee& callee, const Server& self,
                   absl::AnyInvocable<void(absl::Status)> done) {
  auto call = std::make_unique<Call>(
      *this, kNotifyMethod, callee,
      [done = std::move(done)](absl::Status status, grpc::ByteBuffer&) mutable {
        done(std::move(status));
      });
  wire::Server message = ToWire(self);
  message.set_incarnation(options_.incarnation);
  call->request_ = Write(std::move(message));
  Start(std::move(call));
}

void Peers::Leave(const Callee& callee, const core::Farewell& farewell,
                  absl::AnyInvocable<void(absl::StatusOr<core::RingView>)> done) {
  auto call = std::make_unique<Call>(
      *this, kLeaveMethod, callee,
      [this, done = std::move(done)](absl::Status status, grpc::ByteBuffer& response) mutable {
        done(Decode<wire::Ring, core::RingView>(status, response));
      });
  call->request_ = Write(ToWire(farewell));
  Start(std::move(call));
}

void Peers::Meet(const Callee& callee, const core::Meeting& meeting,
                 absl::AnyInvocable<void(absl::StatusOr<core::Meeting>)> done) {
  auto call = std::make_unique<Call>(
      *this, kMeetMethod, callee,
      [this, done = std::move(done)](absl::Status status, grpc::ByteBuffer& response) mutable {
        done(Decode<wire::Meeting, core::Meeting>(status, response));
      });
  call->request_ = Write(ToWire(meeting));
  Start(std::move(call));
}

// With the ring that we mean.
template <typename Message>
grpc::ByteBuffer Peers::Write(Message message) const {
  if (options_.identity.said()) *message.mutable_identity() = ToWire(options_.identity);
  return Serialize(message);
}

absl::Status Peers::Judge(const Call& call, const absl::Status& status) const {
  if (!status.ok()) return ExplainFailure(status, options_.tls);
  if (call.name_.empty()) return status;
  return options_.tls->CheckName(*call.context_.auth_context(), call.name_);
}

template <typename Message, typename Value>
absl::StatusOr<Value> Peers::Decode(const absl::Status& status, grpc::ByteBuffer& buffer) const {
  if (!status.ok()) return status;
  Message message;
  if (absl::Status parsed = Parse(buffer, message); !parsed.ok()) return parsed;
  if (absl::Status same = CheckRing(options_.identity, message); !same.ok()) return same;
  absl::StatusOr<Value> value = FromWire(options_.space, message);
  if (!value.ok()) return value;
  if (absl::Status ids = CheckIds(options_.name_hash, *value); !ids.ok()) return ids;
  return value;
}

absl::StatusOr<std::shared_ptr<Peers::Peer>> Peers::PeerAt(const std::string& address,
                                                           absl::Time now, Closing& closing) {
  if (const auto known = peers_.find(address); known != peers_.end()) return known->second;
  if (!new_addresses_.Take(now)) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "'", address, "' is not called: more than ", options_.new_addresses_at_once,
        " new addresses were to be called at once, or ", kNewAddressesPerSecond, " a second"));
  }
  if (absl::Status room = MakeRoom(now, closing); !room.ok()) return room;
  return peers_[address] = NewPeer(address);
}

// A handshake may take longer than any call waits: a machine that says nothing is silent, which is
// a suspicion. It is not dead before a call's own deadline says so.
std::shared_ptr<Peers::Peer> Peers::NewPeer(const std::string& address) const {
  return std::make_shared<Peer>(
      address, OpenChannel(address, options_.tls, credentials_, 4 * options_.call_timeout.ceiling,
                           options_.max_message));
}

// For one more channel: those that did not answer give way, and if there are too many, the one that
// was not used for the longest.
absl::Status Peers::MakeRoom(absl::Time now, Closing& closing) {
  auto oldest = peers_.end();
  for (auto it = peers_.begin(); it != peers_.end();) {
    const Peer& peer = *it->second;
    const bool idle = peer.idle();
    if (idle && !peer.answered && peer.last_used < now - kUnansweredTimeout) {
      closing.push_back(std::move(it->second));
      it = peers_.erase(it);
      continue;
    }
    const bool older = oldest == peers_.end() || peer.last_used < oldest->second->last_used;
    if (idle && older) oldest = it;
    ++it;
  }
  if (peers_.size() < options_.max_channels) return absl::OkStatus();
  if (oldest == peers_.end()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("all ", peers_.size(), " channels that this node may have are in use"));
  }
  closing.push_back(std::move(oldest->second));
  peers_.erase(oldest);
  return absl::OkStatus();
}

// TCP sends what was lost again after pauses that double: a connection that was cut off for a
// while stays silent for as long again once nothing is in its way. A new one does not.
void Peers::OnMiss(Peer& peer) {
  peer.round_trip.Missed();
  if (++peer.missed < 2) return;
  const auto current = peers_.find(peer.address);
  if (current == peers_.end() || current->second.get() != &peer) return;
  const std::shared_ptr<Peer> next = NewPeer(peer.address);
  next->round_trip = peer.round_trip;
  next->last_used = peer.last_used;
  current->second = next;  // calls that are in progress keep the old one until they have ended
}

void Peers::Start(std::unique_ptr<Call> call) {
  const absl::Time now = absl::Now();
  absl::Status refused = absl::CancelledError("the node was stopped");
  Closing closing;
  {
    MutexLock lock(mutex_);
    if (!stopped_) {
      absl::StatusOr<std::shared_ptr<Peer>> peer = PeerAt(call->address_, now, closing);
      refused = peer.status();
      if (peer.ok()) call->peer_ = *std::move(peer);
    }
    if (call->peer_) {
      ++call->peer_->calls;
      call->peer_->last_used = now;
      if (call->by_round_trip_) {
        call->deadline_ =
            std::min(call->deadline_, now + call->peer_->round_trip.Timeout(options_.call_timeout));
      }
      call->next_ = calls_;
      if (calls_ != nullptr) calls_->previous_ = call.get();
      calls_ = call.get();
    }
  }
  if (!call->peer_) return call->done_(std::move(refused), call->response_);
  call->started_ = now;
  call->context_.set_deadline(absl::ToChronoTime(call->deadline_));
  call->reader_ =
      call->peer_->stub.PrepareUnaryCall(&call->context_, call->method_, call->request_, &queue_);
  call->reader_->StartCall();
  Call* const c = call.release();  // the queue's from here on: it may end before Finish returns
  grpc::GenericClientAsyncResponseReader& reader = *c->reader_;
  c->GiveAway();
  reader.Finish(&c->response_, &c->status_, c);
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Peers::Channel(const std::string& address) {
  const absl::Time now = absl::Now();
  Closing closing;
  MutexLock lock(mutex_);
  if (stopped_) return absl::CancelledError("the node was stopped");
  const absl::StatusOr<std::shared_ptr<Peer>> peer = PeerAt(address, now, closing);
  if (!peer.ok()) return peer.status();
  (*peer)->last_used = now;
  return (*peer)->channel;
}

bool Peers::Ended(Call& call) {
  const absl::Time now = absl::Now();
  MutexLock lock(mutex_);
  (call.previous_ == nullptr ? calls_ : call.previous_->next_) = call.next_;
  if (call.next_ != nullptr) call.next_->previous_ = call.previous_;
  --call.peer_->calls;
  call.peer_->last_used = now;
  call.peer_->answered = call.status_.error_code() != grpc::UNAVAILABLE &&
                         call.status_.error_code() != grpc::DEADLINE_EXCEEDED;
  // A forwarded lookup also takes what those behind it take: it says nothing of this round trip.
  if (call.method_ != kFindSuccessorMethod) {
    if (call.status_.ok()) {
      call.peer_->round_trip.Answered(now - call.started_);
      call.peer_->missed = 0;
    }
    if (call.status_.error_code() == grpc::DEADLINE_EXCEEDED) OnMiss(*call.peer_);
  }
  if (calls_ == nullptr) idle_.NotifyAll();
  return stopped_;
}

void Peers::CloseIdle() {
  const absl::Time limit = absl::Now() - options_.idle_timeout;
  Closing closing;
  MutexLock lock(mutex_);
  for (auto it = peers_.begin(); it != peers_.end();) {
    if (it->second->idle() && it->second->last_used < limit) {
      closing.push_back(std::move(it->second));
      it = peers_.erase(it);
    } else {
      ++it;
    }
  }
}

std::size_t Peers::open_channels() const {
  MutexLock lock(mutex_);
  return peers_.size();
}

void Peers::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  for (Call* call = calls_; call != nullptr; call = call->next_) call->context_.TryCancel();
}

void Peers::WaitUntilIdle() {
  MutexLock lock(mutex_);
  while (calls_ != nullptr) idle_.Wait(mutex_);
}

}  // namespace concord::runtime
