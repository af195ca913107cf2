#include "examples/node/flags.h"

#include <cstdint>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"

ABSL_FLAG(std::uint32_t, hash_bits, concord::Config().hash_bits,
          "The width of identifiers in bits; the same on every member.");
ABSL_FLAG(std::uint32_t, concurrency, 16,
          "How many keys from standard input are looked up at a time, 1 to 65536.");
ABSL_FLAG(bool, json, false, "Write one JSON object a line (output.proto) instead of text.");

namespace concord::example {

absl::StatusOr<Options> OptionsFromFlags() {
  absl::StatusOr<Membership> membership = MembershipFromFlags();
  if (!membership.ok()) return membership.status();
  Options options;
  options.membership = *std::move(membership);
  options.membership.config.hash_bits = absl::GetFlag(FLAGS_hash_bits);
  options.json = absl::GetFlag(FLAGS_json);
  options.concurrency = absl::GetFlag(FLAGS_concurrency);
  if (options.concurrency < 1 || options.concurrency > 65536) {
    return absl::InvalidArgumentError(
        absl::StrCat("--concurrency is ", options.concurrency, "; it must be 1 to 65536"));
  }
  return options;
}

}  // namespace concord::example
