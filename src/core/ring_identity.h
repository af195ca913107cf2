// What all members of a ring have in common, and strangers have not.
#ifndef CONCORD_CORE_RING_IDENTITY_H_
#define CONCORD_CORE_RING_IDENTITY_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace concord::core {

struct RingIdentity {
  std::string cluster_name;
  unsigned hash_bits = 0;              // 0: not said, as by a node of the Go library
  std::uint64_t hash_fingerprint = 0;  // equal hash functions have equal ones

  bool said() const { return hash_bits != 0; }
  friend bool operator==(const RingIdentity&, const RingIdentity&) = default;
};

// FAILED_PRECONDITION when these are two rings: names the first difference and both values. OK when
// one of them has not said.
absl::Status CheckSameRing(const RingIdentity& here, const RingIdentity& there);

}  // namespace concord::core

#endif  // CONCORD_CORE_RING_IDENTITY_H_
