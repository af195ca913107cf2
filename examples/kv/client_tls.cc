#include "examples/kv/client_tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace kv {
namespace {

absl::Status Unusable(const char* flag, const std::string& path, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("--", flag, "=", path, ": ", why));
}

absl::StatusOr<std::string> Read(const char* flag, const std::string& path) {
  if (path.empty()) return path;
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (bytes.empty()) {
    return Unusable(flag, path, errno != 0 ? std::strerror(errno) : "it is empty, or no file");
  }
  return bytes;
}

// Why OpenSSL has refused the last thing that it was given.
std::string Reason() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  if (ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE) {
    return "nothing of that kind is in it, in PEM";
  }
  const char* const reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "it cannot be used";
}

// The store accepted the connection and ended it before it said anything.
bool EndedAtOnce(absl::string_view said) {
  return absl::StrContains(said, "failed to connect") &&
         !absl::StrContains(said, "Failed to connect to remote host") &&
         (absl::StrContains(said, "Socket closed") || absl::StrContains(said, "reset by peer") ||
          absl::StrContains(said, "Broken pipe"));
}

// gRPC does not say what is wrong with them.
absl::Status Check(const ClientTls& tls) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  &SSL_CTX_free);
  ERR_clear_error();
  if (SSL_CTX_load_verify_locations(context.get(), tls.trust.c_str(), nullptr) != 1) {
    return Unusable("tls_trust", tls.trust, Reason());
  }
  if (tls.certificate.empty()) return absl::OkStatus();
  if (SSL_CTX_use_certificate_chain_file(context.get(), tls.certificate.c_str()) != 1) {
    return Unusable("tls_cert", tls.certificate, Reason());
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), tls.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return Unusable("tls_key", tls.key, Reason());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> CredentialsOf(const ClientTls& tls) {
  if (tls.trust.empty()) {
    return absl::InvalidArgumentError("--tls_trust is missing: the other flags of TLS need it");
  }
  if (tls.certificate.empty() != tls.key.empty()) {
    return absl::InvalidArgumentError(tls.key.empty()
                                          ? "--tls_key is missing: --tls_cert needs it"
                                          : "--tls_cert is missing: --tls_key needs it");
  }
  grpc::SslCredentialsOptions options;
  for (const auto& [flag, path, bytes] :
       {std::tuple("tls_trust", &tls.trust, &options.pem_root_certs),
        std::tuple("tls_cert", &tls.certificate, &options.pem_cert_chain),
        std::tuple("tls_key", &tls.key, &options.pem_private_key)}) {
    absl::StatusOr<std::string> read = Read(flag, *path);
    if (!read.ok()) return read.status();
    *bytes = *std::move(read);
  }
  if (absl::Status status = Check(tls); !status.ok()) return status;
  return grpc::SslCredentials(options);
}

absl::Status ExplainFailure(const absl::Status& status, const ClientTls* tls) {
  if (!absl::IsUnavailable(status)) return status;
  const absl::string_view said = status.message();
  const auto with = [&](absl::string_view reason) {
    return absl::UnavailableError(absl::StrCat(said, " (", reason, ")"));
  };
  if (tls != nullptr && absl::StrContains(said, "wrong version number")) {
    return with("it answers in plaintext");
  }
  if (tls != nullptr && absl::StrContains(said, "certificate verify failed")) {
    return with(absl::StrCat("its certificate leads to none in --tls_trust=", tls->trust));
  }
  if (!EndedAtOnce(said)) return status;
  if (tls == nullptr) return with("it may want TLS, and this client speaks plaintext");
  if (tls->certificate.empty())
    return with("it may want a certificate, and this client shows none");
  return with(absl::StrCat("it may refuse the certificate of this client, --tls_cert=",
                           tls->certificate, ": its log tells why"));
}

}  // namespace kv
