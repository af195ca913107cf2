// The parts of a node that live from Start to Stop, and the order in which they end.
#ifndef CONCORD_ENGINE_H_
#define CONCORD_ENGINE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/id_space.h"
#include "core/routing_table.h"
#include "runtime/address.h"
#include "runtime/log.h"
#include "runtime/member_loop.h"
#include "runtime/network.h"
#include "runtime/peers.h"
#include "runtime/service.h"
#include "runtime/snapshot.h"
#include "runtime/tls.h"

namespace concord {

class Engine {
 public:
  // `tls`: null for plaintext.
  Engine(const core::IdSpace& space, const core::RingIdentity& identity,
         runtime::NameHash name_hash, std::unique_ptr<runtime::Tls> tls)
      : tls_(std::move(tls)), service_(space, identity, std::move(name_hash)) {}

  // First this: listens, and returns the port.
  absl::StatusOr<int> Listen(const runtime::Address& bind, runtime::Network::Options options);

  // Then this: the member lives, calls are taken. `routing` must outlive us.
  void Run(runtime::MemberLoop::Options member, runtime::Peers::Options peers,
           runtime::Snapshot<core::RoutingTable>& routing, const runtime::Log& log,
           runtime::MemberLoop::Listener listener);

  // Thread-safe from here on; after Stop they refuse what they are asked.
  runtime::Peers& peers() { return *peers_; }
  runtime::MemberLoop& member_loop() { return *member_loop_; }
  // Whether `peer` may call itself `claimed`.
  absl::Status CheckClaim(const grpc::AuthContext& peer, const Server& claimed) const {
    return tls_ ? tls_->CheckClaim(peer, claimed) : absl::OkStatus();
  }
  // On a thread that lookups end on, and that Stop ends.
  bool OnOwnThread() const { return network_.OnThisThread() || member_loop_->OnThisThread(); }

  // Takes no more calls, and waits until those that are here have been answered, `grace` at most:
  // before Stop, of who has left in order.
  void FinishCalls(absl::Duration grace);

  // Once, and not on a thread of its own. Returns the member's last epoch.
  std::uint64_t Stop();

 private:
  const std::unique_ptr<runtime::Tls> tls_;  // first: the rest uses it
  runtime::Service service_;
  runtime::Network network_;
  std::optional<runtime::Peers> peers_;
  std::optional<runtime::MemberLoop> member_loop_;
};

}  // namespace concord

#endif  // CONCORD_ENGINE_H_
