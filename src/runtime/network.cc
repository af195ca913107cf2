#include "runtime/network.h"

#include <grpcpp/completion_queue.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <pthread.h>

#include <cstdint>
#include <utility>

#include "runtime/listener.h"
#include "runtime/server_limits.h"
#include "runtime/tls.h"

namespace concord::runtime {
namespace {

constexpr std::uint8_t kHttp2Begins = 'P';  // RFC 9113, 3.4: the preface, "PRI * HTTP/2.0"
constexpr std::uint8_t kTlsBegins = 22;     // RFC 8446, 5.1: a record of a handshake

}  // namespace

Network::Network() = default;
Network::~Network() = default;

absl::StatusOr<int> Network::Start(const Address& bind, grpc::Service& ring,
                                   const Options& options) {
  const bool tls = options.tls != nullptr;
  absl::StatusOr<std::unique_ptr<Listener>> listener = Listener::Open(bind);
  if (!listener.ok()) return listener.status();

  grpc::ServerBuilder builder;
  acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      tls ? options.tls->server_credentials() : grpc::InsecureServerCredentials());
  builder.RegisterService(&ring);
  for (grpc::Service* const service : options.services) builder.RegisterService(service);
  LimitServer(builder, options.max_message, options.service_threads);
  // Measured: +14 to 19 % calls a second, and no timer on idle connections.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  queue_ = builder.AddCompletionQueue();
  server_ = builder.BuildAndStart();
  if (!server_) {
    queue_->Shutdown();
    queue_.reset();
    return absl::UnavailableError(options.services.empty()
                                      ? "gRPC does not start a server"
                                      : "gRPC does not start a server with Config.services: two of "
                                        "them may have one name");
  }
  listener_ = *std::move(listener);
  listener_->Start([this, tls, other_speech = options.other_speech](int listening, int connection,
                                                                    std::uint8_t first) {
    if (other_speech && first == (tls ? kHttp2Begins : kTlsBegins)) {
      other_speech(tls ? "it speaks plaintext, and this node TLS"
                       : "it speaks TLS, and this node plaintext");
    }
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters taken;
    taken.listener_fd = listening;
    taken.fd = connection;
    acceptor_->HandleNewConnection(&taken);
  });

  thread_ = std::thread([queue = queue_.get()] {
    pthread_setname_np(pthread_self(), "concord-net");
    void* tag = nullptr;
    bool ok = false;
    while (queue->Next(&tag, &ok)) {
      static_cast<Tag*>(tag)->Take();
      static_cast<Tag*>(tag)->Run(ok);
    }
  });
  thread_id_ = thread_.get_id();
  return listener_->port();
}

void Network::StopServing(absl::Duration grace) {
  listener_->Stop();
  server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
}

void Network::Stop() {
  queue_->Shutdown();
  thread_.join();
}

}  // namespace concord::runtime
