// What a client needs for TLS (docs/security.md), and what gRPC says when it does not fit.
#ifndef CONCORD_EXAMPLES_KV_CLIENT_TLS_H_
#define CONCORD_EXAMPLES_KV_CLIENT_TLS_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kv {

// Files in PEM. They are read once.
struct ClientTls {
  // The CA certificates that those of the stores must lead to. Required.
  std::string trust;
  // The client's certificate, followed by those that lead from it to one that the stores trust, and
  // its key, unencrypted. Both, or none where stores want none.
  std::string certificate, key;
  // What each store's certificate must be for, if that is not the host of its address.
  std::string member_host;
};

//   INVALID_ARGUMENT  a file is missing, cannot be used, or fits no other; named as by its flag
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> CredentialsOf(const ClientTls& tls);

// The UNAVAILABLE of a store that was not reached, with what TLS may have to do with it. `tls`:
// null in plaintext.
absl::Status ExplainFailure(const absl::Status& status, const ClientTls* tls);

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_CLIENT_TLS_H_
