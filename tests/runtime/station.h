// A node's end of the network without a node: server, service and peers, put together and taken
// apart as Node does it. And a ring handler that does what a test tells it.
#ifndef CONCORD_TESTS_RUNTIME_STATION_H_
#define CONCORD_TESTS_RUNTIME_STATION_H_

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "core/id_space.h"
#include "core/messages.h"
#include "runtime/mutex.h"
#include "runtime/network.h"
#include "runtime/peers.h"
#include "runtime/service.h"
#include "runtime/tls.h"

namespace concord::runtime {

// The server with this identifier, at an address where nobody is.
Server At(Id id);
// The same, at `address`.
Server At(Id id, const std::string& address);

class Station {
 public:
  struct Options {
    std::string bind = "127.0.0.1:0";
    core::IdSpace space{64};
    // Far longer than any call takes, so that a test waits for it only where it asks for that.
    TimeoutLimits call_timeout{absl::Seconds(50), absl::Seconds(50)};
    absl::Duration idle_timeout = absl::Hours(1);
    const Tls* tls = nullptr;
    NameHash name_hash = {};
    std::size_t max_channels = kMaxChannels;
    int new_addresses_at_once = kNewAddressesAtOnce;
    core::RingIdentity identity = {};
    std::uint64_t incarnation = 0;
  };

  // Listens, but nobody is there to answer until Serve().
  explicit Station(Options options);
  Station() : Station(Options()) {}
  explicit Station(RingHandler& handler) : Station() { Serve(handler); }
  Station(RingHandler& handler, Options options) : Station(std::move(options)) { Serve(handler); }
  ~Station() { Stop(); }
  Station(const Station&) = delete;
  Station& operator=(const Station&) = delete;

  void Serve(RingHandler& handler) { service_.Serve(network_.queue(), handler, tls_); }
  // Safe twice. Every call that a handler took must have been answered by then, or be about to.
  // (The grace is needed: gRPC 1.51 forgets a call that comes in the very moment of the shutdown.)
  void Stop(absl::Duration grace = absl::Seconds(2));

  int port() const { return port_; }
  std::string address() const { return Address{host_, port_}.ToString(); }
  Peers& peers() { return *peers_; }
  Network& network() { return network_; }
  Service& service() { return service_; }

 private:
  const Tls* const tls_;
  Service service_;
  Network network_;
  std::optional<Peers> peers_;
  std::string host_;
  int port_ = 0;
  bool stopped_ = false;
};

// Answers what it was told to; if nothing, as the only member of a ring would. Counts the calls.
class FakeRing final : public RingHandler {
 public:
  using OnFind = std::function<void(const FindRequest&, absl::Time deadline, FindAnswer)>;
  using OnRing = std::function<void(RingAnswer)>;
  using OnNotify = std::function<absl::Status(const Server&)>;
  using OnLeave = std::function<void(const core::Farewell&, RingAnswer)>;
  using OnMeet = std::function<std::optional<core::Meeting>(const core::Meeting&)>;

  explicit FakeRing(Server self = At(7)) : self_(std::move(self)) {}

  // From the next call on. Any thread.
  void SetFind(OnFind on_find);
  void SetRing(OnRing on_ring);
  void SetNotify(OnNotify on_notify);
  void SetLeave(OnLeave on_leave);  // until then a farewell is answered like GetRing
  void SetMeet(OnMeet on_meet);     // until then we are about to begin no ring
  // Every FindSuccessor is answered with `response` at once.
  void AnswerFind(absl::StatusOr<FindResponse> response);
  // From here on FindSuccessor and GetRing are taken and not answered, until Release() does. (A
  // call with a short deadline may be over before it gets here, so a test cannot wait for it to
  // come.)
  void Hold();
  void Release();

  const Server& self() const { return self_; }
  int finds() const { return finds_; }
  int rings() const { return rings_; }
  int notifies() const { return notifies_; }
  int calls() const { return finds_ + rings_ + notifies_; }
  std::uint64_t last_incarnation() const { return last_incarnation_; }  // of who notified

  void HandleFindSuccessor(const FindRequest& request, absl::Time deadline,
                           FindAnswer answer) override;
  void HandleGetRing(RingAnswer answer) override;
  absl::Status CheckRoom() const override { return absl::OkStatus(); }
  absl::Status HandleNotify(const Server& from, std::uint64_t incarnation) override;
  void HandleLeave(const core::Farewell& farewell, RingAnswer answer) override;
  void HandleMeet(const core::Meeting& meeting, MeetingAnswer answer) override;

 private:
  const Server self_;
  std::atomic<int> finds_{0}, rings_{0}, notifies_{0};
  std::atomic<std::uint64_t> last_incarnation_{0};

  Mutex mutex_;
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<absl::AnyInvocable<void()>> held_ ABSL_GUARDED_BY(mutex_);
  OnFind on_find_ ABSL_GUARDED_BY(mutex_);
  OnRing on_ring_ ABSL_GUARDED_BY(mutex_);
  OnNotify on_notify_ ABSL_GUARDED_BY(mutex_);
  OnLeave on_leave_ ABSL_GUARDED_BY(mutex_);
  OnMeet on_meet_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace concord::runtime

#endif  // CONCORD_TESTS_RUNTIME_STATION_H_
