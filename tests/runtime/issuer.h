// Certificates made to measure, also such as no CA would sign.
#ifndef CONCORD_TESTS_RUNTIME_ISSUER_H_
#define CONCORD_TESTS_RUNTIME_ISSUER_H_

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace concord::runtime {

// A key, and a certificate for it, both in PEM.
struct Issued {
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> certificate;

  std::string key_pem() const;
  std::string pem() const;
};

struct Wish {
  std::string subject = "somebody";
  bool ca = false;
  absl::Time from = absl::Now() - absl::Hours(1);
  absl::Time until = absl::Now() + absl::Hours(1);
  // Subject alternative names; any bytes.
  std::vector<std::string> dns = {};
  std::vector<std::string> uris = {};
  std::vector<std::string> addresses = {};
  const char* usage = nullptr;     // extended key usage, as in openssl.cnf
  const char* rsa_bits = nullptr;  // null: a key on the curve P-256
};

// Signed by `issuer`; by its own key if that is null.
Issued Issue(const Wish& wish, const Issued* issuer = nullptr);

}  // namespace concord::runtime

#endif  // CONCORD_TESTS_RUNTIME_ISSUER_H_
