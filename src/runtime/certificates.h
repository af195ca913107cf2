// X.509 certificates: read from PEM, and checked: against a key, against a trust, for names.
#ifndef CONCORD_RUNTIME_CERTIFICATES_H_
#define CONCORD_RUNTIME_CERTIFICATES_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

struct x509_st;
struct x509_store_st;

namespace concord::runtime {

// The certificates that a node trusts. Immutable; cheap to copy.
class Trust {
 public:
  // INVALID_ARGUMENT: no certificate is in `pem`, or one that cannot be read.
  static absl::StatusOr<Trust> Parse(std::string_view pem);

  // What was understood of it.
  const std::string& pem() const { return pem_; }

 private:
  friend class Chain;
  std::shared_ptr<x509_store_st> store_;
  std::string pem_;
};

// What a TLS peer presents: its certificate, and those that lead from it to one that is trusted.
// Immutable; cheap to copy.
class Chain {
 public:
  enum class Role { kServer, kClient };

  // As Trust::Parse. The first certificate is the peer's own.
  static absl::StatusOr<Chain> Parse(std::string_view pem);

  // The key of the peer's certificate, in PEM and nothing else. INVALID_ARGUMENT: `pem` has no key
  // that can be read without a password, or another one's.
  absl::StatusOr<std::string> FindKey(std::string_view pem) const;

  // UNAUTHENTICATED, with the reason: the chain does not lead to `trust`, is out of its time, is
  // weaker than 112 bits, is not for such a role, or not for `host` (if that is not empty).
  absl::Status Verify(const Trust& trust, Role role, const std::string& host) const;

  // Whether a subject alternative name stands for the node `name`: see IsNodeName.
  bool NamesNode(std::string_view name) const;

  // Its subject alternative names, for a log.
  std::string Names() const;
  absl::Time expires() const;
  // What was understood of it.
  std::string pem() const;

 private:
  std::vector<std::shared_ptr<x509_st>> certificates_;
};

// A node is named by a DNS name that is the same byte by byte, or by the URI concord:NAME in which
// all bytes but letters, digits and -._~ are percent-encoded, with digits from 0 to 9 and A to F.
bool IsNodeDnsName(std::string_view dns_name, std::string_view name);
bool IsNodeUri(std::string_view uri, std::string_view name);

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_CERTIFICATES_H_
