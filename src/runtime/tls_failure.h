// What a failure to reach a member has to do with TLS.
#ifndef CONCORD_RUNTIME_TLS_FAILURE_H_
#define CONCORD_RUNTIME_TLS_FAILURE_H_

#include "absl/status/status.h"

namespace concord::runtime {

class Tls;

// In front of the reason for which Tls refuses a certificate, in what gRPC says of a connection.
inline constexpr char kCertificateRefused[] = "the member's certificate is refused: ";

// `status`, as gRPC gives it, in words that say what is the matter with TLS, if anything is. `tls`:
// null in plaintext.
absl::Status ExplainFailure(const absl::Status& status, const Tls* tls);

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_TLS_FAILURE_H_
