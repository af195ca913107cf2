// The client's side of the wire: channels to other members, and calls to them.
#ifndef CONCORD_RUNTIME_PEERS_H_
#define CONCORD_RUNTIME_PEERS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "core/id_space.h"
#include "core/messages.h"
#include "core/ring_identity.h"
#include "runtime/codec.h"
#include "runtime/methods.h"
#include "runtime/mutex.h"
#include "runtime/name_hash.h"
#include "runtime/round_trip.h"
#include "runtime/token_bucket.h"

namespace grpc {
class ByteBuffer;
class Channel;
class ChannelCredentials;
class ServerCompletionQueue;
}  // namespace grpc

namespace google::protobuf {
class MessageLite;
}  // namespace google::protobuf

namespace concord::runtime {

class Tls;

// Peers name whom we call, so this bounds how many addresses they can make us connect to. An
// address is new when there is no channel to it. A member meets a few dozen others, even in a large
// ring that forms at once; a LookupN of hundreds meets as many.
inline constexpr int kNewAddressesAtOnce = 512;
inline constexpr int kNewAddressesPerSecond = 32;
inline constexpr std::size_t kMaxChannels = 512;
// gRPC goes on trying to connect: so the channel of an address that did not answer is closed after
// so long without a call, when there are other addresses to call.
inline constexpr absl::Duration kUnansweredTimeout = absl::Seconds(5);

// Whom a call is for. A server that is known by name must prove the name, if TLS demands that of
// members; of a seed only the address is known.
struct Callee {
  Callee(const Server& server) : address(server.address), name(server.name) {}  // NOLINT: implicit
  Callee(const std::string& address) : address(address) {}                      // NOLINT: implicit
  Callee(const std::string& address, std::string_view name) : address(address), name(name) {}

  // Good while the caller's are.
  const std::string& address;
  const std::string_view name;
};

// What a call's status means to the protocol; not OK.
core::Failure ToFailure(const absl::Status& status);

// Thread-safe. Every call has a deadline. `done` runs exactly once, on the network thread, or in
// the call itself after Stop() (CANCELLED), or when too many addresses are new (RESOURCE_EXHAUSTED,
// as also of a member that is too busy). Its status is as gRPC gives it: UNAVAILABLE for a
// refused connection and for a server that is no member, DEADLINE_EXCEEDED, or what the member
// answered; INVALID_ARGUMENT for an answer that is not well-formed; FAILED_PRECONDITION between
// different rings; CANCELLED only by our Stop();
// PERMISSION_DENIED for an answer of somebody else than the callee, or that gives a server an
// identifier that is not its name's. What TLS has to do with a failure is in its words.
class Peers {
 public:
  struct Options {
    core::IdSpace space{64};
    TimeoutLimits call_timeout;
    absl::Duration idle_timeout;           // after which a channel is closed
    const Tls* tls = nullptr;              // null: plaintext
    core::RingIdentity identity = {};      // of our ring
    std::uint64_t incarnation = 0;         // of our node
    NameHash name_hash = {};               // what the identifiers of servers must be
    int max_message = kMaxTransportBytes;  // of other services than the ring's, bytes
    std::size_t max_channels = kMaxChannels;
    int new_addresses_at_once = kNewAddressesAtOnce;
  };

  Peers(Options options, grpc::ServerCompletionQueue& queue);
  ~Peers();

  void FindSuccessor(const Callee& callee, const FindRequest& request, absl::Time deadline,
                     absl::AnyInvocable<void(absl::StatusOr<FindResponse>)> done);
  // These wait as long as the member's round trip suggests, but not beyond `no_later`.
  void GetRing(const Callee& callee, absl::AnyInvocable<void(absl::StatusOr<core::RingView>)> done,
               absl::Time no_later = absl::InfiniteFuture());
  void Notify(const Callee& callee, const Server& self,
              absl::AnyInvocable<void(absl::Status)> done);
  void Leave(const Callee& callee, const core::Farewell& farewell,
             absl::AnyInvocable<void(absl::StatusOr<core::RingView>)> done);
  void Meet(const Callee& callee, const core::Meeting& meeting,
            absl::AnyInvocable<void(absl::StatusOr<core::Meeting>)> done);

  // The channel to whoever is at `address`, for calls of other services. It is not closed while
  // somebody has it. RESOURCE_EXHAUSTED as above; CANCELLED after Stop().
  absl::StatusOr<std::shared_ptr<grpc::Channel>> Channel(const std::string& address);

  // Closes the channels that were idle for too long. To be called now and then.
  void CloseIdle();
  std::size_t open_channels() const;

  // Cancels the calls in progress and refuses new ones; WaitUntilIdle waits until all have ended.
  void Stop();
  void WaitUntilIdle();

 private:
  struct Peer;
  class Call;

  // What has to go to make room is put into `closing`: a channel is closed outside of the lock.
  using Closing = std::vector<std::shared_ptr<Peer>>;
  absl::StatusOr<std::shared_ptr<Peer>> PeerAt(const std::string& address, absl::Time now,
                                               Closing& closing)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status MakeRoom(absl::Time now, Closing& closing) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<Peer> NewPeer(const std::string& address) const;
  void OnMiss(Peer& peer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Start(std::unique_ptr<Call> call);
  bool Ended(Call& call);  // whether we are stopped
  absl::Status Judge(const Call& call, const absl::Status& status) const;
  template <typename Message>
  grpc::ByteBuffer Write(Message message) const;
  template <typename Message, typename Value>
  absl::StatusOr<Value> Decode(const absl::Status& status, grpc::ByteBuffer& buffer) const;

  const Options options_;
  const std::shared_ptr<grpc::ChannelCredentials> credentials_;
  grpc::ServerCompletionQueue& queue_;
  mutable Mutex mutex_;
  CondVar idle_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, std::shared_ptr<Peer>> peers_ ABSL_GUARDED_BY(mutex_);
  TokenBucket new_addresses_ ABSL_GUARDED_BY(mutex_);
  Call* calls_ ABSL_GUARDED_BY(mutex_) = nullptr;  // in progress: a list through their own links
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_PEERS_H_
