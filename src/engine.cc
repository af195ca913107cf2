#include "engine.h"

#include <utility>

namespace concord {
namespace {

// How long calls of peers that are being answered may take when a node stops. They end at once,
// since what they wait for is cancelled; this is for what nobody thought of.
constexpr absl::Duration kStopGrace = absl::Seconds(1);

}  // namespace

absl::StatusOr<int> Engine::Listen(const runtime::Address& bind,
                                   runtime::Network::Options options) {
  options.tls = tls_.get();
  return network_.Start(bind, service_.grpc_service(), options);
}

void Engine::Run(runtime::MemberLoop::Options member, runtime::Peers::Options peers,
                 runtime::Snapshot<core::RoutingTable>& routing, const runtime::Log& log,
                 runtime::MemberLoop::Listener listener) {
  peers.tls = tls_.get();
  peers_.emplace(std::move(peers), network_.queue());
  member_loop_.emplace(std::move(member), *peers_, routing, log, std::move(listener));
  service_.Serve(network_.queue(), *member_loop_, tls_.get());
}

void Engine::FinishCalls(absl::Duration grace) {
  service_.StopTaking();
  network_.StopServing(grace);
}

std::uint64_t Engine::Stop() {
  const std::uint64_t epoch = member_loop_->Stop();
  peers_->Stop();
  service_.StopTaking();
  network_.StopServing(kStopGrace);
  // The queue may end when nothing of ours is left in it, and not before.
  service_.WaitUntilIdle();
  peers_->WaitUntilIdle();
  network_.Stop();
  return epoch;
}

}  // namespace concord
