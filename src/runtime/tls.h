// The TLS of one node: what it presents to others, whom it trusts, and how both change while it
// runs.
//
// gRPC does the handshakes, and the certificates are verified here, after each of them and before
// the connection carries anything: gRPC 1.51 would tell neither side why one was refused.
#ifndef CONCORD_RUNTIME_TLS_H_
#define CONCORD_RUNTIME_TLS_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "runtime/log.h"
#include "runtime/tls_material.h"

namespace grpc {
class AuthContext;
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace concord::runtime {

// Thread-safe.
class Tls {
 public:
  // The fields of TlsConfig, and what they are checked against.
  struct Options : TlsSources {
    bool require_client_certificate = true;
    std::string member_host;  // empty: the host of each member's address
    std::string own_host;     // where the others reach this node
  };

  // INVALID_ARGUMENT names the field of Config that cannot be used, its value, and why.
  static absl::StatusOr<std::unique_ptr<Tls>> Create(Options options, Log log);
  ~Tls();

  std::shared_ptr<grpc::ServerCredentials> server_credentials() const;
  std::shared_ptr<grpc::ChannelCredentials> channel_credentials() const;

  // What every member's certificate must be for; empty: the host of its address.
  const std::string& member_host() const;
  bool require_node_name() const;

  // These two are OK if node names are not required. Else PERMISSION_DENIED: the name is not in
  // the peer's certificate.
  //
  // Whether the peer at the other end of a connection may call itself `claimed`.
  absl::Status CheckClaim(const grpc::AuthContext& peer, const Server& claimed) const;
  // Whether the peer is the node `name`.
  absl::Status CheckName(const grpc::AuthContext& peer, std::string_view name) const;

  // Why others may refuse this node's certificate, by this node's own trust and clock; empty if
  // nothing is known against it.
  std::string OwnFault() const;

 private:
  struct State;
  class Verifier;

  explicit Tls(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_TLS_H_
