// "host:port".
#ifndef CONCORD_RUNTIME_ADDRESS_H_
#define CONCORD_RUNTIME_ADDRESS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace concord::runtime {

struct Address {
  std::string host;  // a DNS name, an IPv4 address, or an IPv6 address without its brackets
  int port = 0;

  bool wildcard() const;  // every host of this machine: to listen on, not to connect to
  std::string ToString() const;
};

// INVALID_ARGUMENT with the text and what is wrong with it. Port 0 passes.
absl::StatusOr<Address> ParseAddress(std::string_view text);

// The same for an address to connect to: neither port 0 nor a wildcard host passes.
absl::StatusOr<Address> ParsePeerAddress(std::string_view text);

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_ADDRESS_H_
