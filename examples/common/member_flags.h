// The flags of a program that is a member of a ring.
#ifndef CONCORD_EXAMPLES_COMMON_MEMBER_FLAGS_H_
#define CONCORD_EXAMPLES_COMMON_MEMBER_FLAGS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/config.h"
#include "concord/node.h"

namespace concord::example {

struct Membership {
  Config config;  // with a logger to standard error
  std::vector<std::string> seeds;
  std::vector<std::string> founders;  // of a ring that begins as a whole
  absl::Duration bootstrap_timeout;
  absl::Duration leave_timeout;  // zero: end without a word
};

// What the flags say. Node::Start() checks the config; the rest is checked here.
//   INVALID_ARGUMENT  names the flag, its value and the limit
absl::StatusOr<Membership> MembershipFromFlags();

// Begins the ring, or enters it, as they say: without seeds, founders and anybody in the peers file
// it begins one alone. Errors as of Node::Create, Join and Bootstrap.
absl::Status Enter(Node& node, const Membership& membership);

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_COMMON_MEMBER_FLAGS_H_
