#include "runtime/tls_failure.h"

#include <cstddef>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "runtime/tls.h"

namespace concord::runtime {
namespace {

// The member accepted the connection and ended it before it said anything.
bool EndedAtOnce(absl::string_view said) {
  if (!absl::StrContains(said, "failed to connect")) return false;
  if (absl::StrContains(said, "Failed to connect to remote host")) return false;  // not accepted
  return absl::StrContains(said, "Socket closed") || absl::StrContains(said, "reset by peer") ||
         absl::StrContains(said, "Broken pipe");
}

std::string EndedAtOnceBy(const Tls& tls) {
  const std::string fault = tls.OwnFault();
  return absl::StrCat(
      "TLS: the member ended the connection during the handshake: it may refuse this node's "
      "certificate",
      fault.empty() ? "; its log tells why" : ", of which is known: ", fault);
}

}  // namespace

absl::Status ExplainFailure(const absl::Status& status, const Tls* tls) {
  constexpr absl::string_view kHandshakeFailed = "Tls handshake failed: ";
  if (!absl::IsUnavailable(status)) return status;
  const absl::string_view said = status.message();
  if (const std::size_t at = said.find(kCertificateRefused); at != said.npos) {
    return absl::UnavailableError(absl::StrCat("TLS: ", said.substr(at)));
  }
  if (const std::size_t at = said.find(kHandshakeFailed); at != said.npos) {
    const bool plaintext = absl::StrContains(said, "wrong version number");
    return absl::UnavailableError(
        absl::StrCat(plaintext ? "TLS: the member answers in plaintext: " : "", said.substr(at)));
  }
  if (!EndedAtOnce(said)) return status;
  if (tls != nullptr) return absl::UnavailableError(EndedAtOnceBy(*tls));
  return absl::UnavailableError(absl::StrCat(
      said, " (the member ended the connection at once: it may want TLS, and this node has none)"));
}

}  // namespace concord::runtime
