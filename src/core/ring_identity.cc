#include "core/ring_identity.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace concord::core {

absl::Status CheckSameRing(const RingIdentity& here, const RingIdentity& there) {
  if (!here.said() || !there.said() || here == there) return absl::OkStatus();
  const auto differ = [](const char* what, const auto& ours, const auto& theirs) {
    return absl::FailedPreconditionError(
        absl::StrCat("another ring: its ", what, " is ", theirs, ", and ours is ", ours));
  };
  if (here.cluster_name != there.cluster_name) {
    return differ("cluster_name", absl::StrCat("'", absl::CHexEscape(here.cluster_name), "'"),
                  absl::StrCat("'", absl::CHexEscape(there.cluster_name), "'"));
  }
  if (here.hash_bits != there.hash_bits)
    return differ("hash_bits", here.hash_bits, there.hash_bits);
  return differ("hash function's fingerprint", absl::StrCat(absl::Hex(here.hash_fingerprint)),
                absl::StrCat(absl::Hex(there.hash_fingerprint)));
}

}  // namespace concord::core
