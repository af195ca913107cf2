#include "runtime/tls_material.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace concord::runtime {
namespace {

constexpr std::size_t kMaxPemBytes = 1 << 20;

constexpr char kCertificateField[] = "Config.tls.certificate";
constexpr char kKeyField[] = "Config.tls.private_key";
constexpr char kTrustField[] = "Config.tls.trust";

absl::Status Unusable(const char* field, const Pem& pem, absl::string_view why) {
  const std::string value =
      pem.path.empty() ? "(given as bytes)" : absl::StrCat("'", pem.path, "'");
  return absl::InvalidArgumentError(absl::StrCat(field, " ", value, ": ", why));
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const auto failed = [] { return absl::UnavailableError(std::strerror(errno)); };
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return failed();
  std::string bytes(kMaxPemBytes + 1, '\0');
  std::size_t size = 0;
  ssize_t n = 0;
  while (size < bytes.size() && (n = read(fd, &bytes[size], bytes.size() - size)) > 0) size += n;
  const absl::Status status = n < 0 ? failed() : absl::OkStatus();
  close(fd);
  if (!status.ok()) return status;
  if (size > kMaxPemBytes) return absl::UnavailableError("it has more than 1 MiB");
  bytes.resize(size);
  return bytes;
}

absl::StatusOr<std::string> ReadPem(const char* field, const Pem& pem) {
  if (pem.path.empty() && pem.bytes.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, " is empty: TLS needs its path or its bytes"));
  }
  if (pem.path.empty()) return pem.bytes;
  if (!pem.bytes.empty()) return Unusable(field, pem, "its bytes are given, too: give one of them");
  absl::StatusOr<std::string> bytes = ReadFile(pem.path);
  if (!bytes.ok()) {
    return Unusable(field, pem, absl::StrCat("cannot be read: ", bytes.status().message()));
  }
  return bytes;
}

}  // namespace

absl::StatusOr<TlsTexts> ReadTlsTexts(const TlsSources& sources) {
  auto certificate = ReadPem(kCertificateField, sources.certificate);
  if (!certificate.ok()) return certificate.status();
  auto key = ReadPem(kKeyField, sources.private_key);
  if (!key.ok()) return key.status();
  auto trust = ReadPem(kTrustField, sources.trust);
  if (!trust.ok()) return trust.status();
  return TlsTexts{*std::move(certificate), *std::move(key), *std::move(trust)};
}

absl::StatusOr<TlsMaterial> ParseTls(const TlsSources& sources, TlsTexts texts) {
  auto chain = Chain::Parse(texts.certificate);
  if (!chain.ok()) {
    return Unusable(kCertificateField, sources.certificate, chain.status().message());
  }
  auto key = chain->FindKey(texts.private_key);
  if (!key.ok()) return Unusable(kKeyField, sources.private_key, key.status().message());
  auto trust = Trust::Parse(texts.trust);
  if (!trust.ok()) return Unusable(kTrustField, sources.trust, trust.status().message());
  if (sources.require_node_name && !chain->NamesNode(sources.own_name)) {
    return Unusable(
        kCertificateField, sources.certificate,
        absl::StrCat("it does not name the node '", sources.own_name, "' but ", chain->Names()));
  }
  return TlsMaterial{std::move(texts), *std::move(chain), *std::move(key), *std::move(trust)};
}

}  // namespace concord::runtime
