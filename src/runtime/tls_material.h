// What a node presents and whom it trusts under TLS, as it is configured: read, understood, and
// seen to fit together.
#ifndef CONCORD_RUNTIME_TLS_MATERIAL_H_
#define CONCORD_RUNTIME_TLS_MATERIAL_H_

#include <string>

#include "absl/status/statusor.h"
#include "runtime/certificates.h"

namespace concord::runtime {

// The path of a file in PEM, or its bytes.
struct Pem {
  std::string path;
  std::string bytes;
};

struct TlsSources {
  Pem certificate, private_key, trust;
  bool require_node_name = false;
  std::string own_name;  // which the certificate must have then
};

// As it was read.
struct TlsTexts {
  std::string certificate, private_key, trust;

  friend bool operator==(const TlsTexts&, const TlsTexts&) = default;
};

// What was understood, and fits together.
struct TlsMaterial {
  TlsTexts texts;
  Chain chain;
  std::string key;
  Trust trust;
};

// Both are INVALID_ARGUMENT, and name the field of Config that cannot be used, its value, and why.
absl::StatusOr<TlsTexts> ReadTlsTexts(const TlsSources& sources);
absl::StatusOr<TlsMaterial> ParseTls(const TlsSources& sources, TlsTexts texts);

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_TLS_MATERIAL_H_
