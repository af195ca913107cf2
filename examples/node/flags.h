// The command line of concord-node.
#ifndef CONCORD_EXAMPLES_NODE_FLAGS_H_
#define CONCORD_EXAMPLES_NODE_FLAGS_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "examples/common/member_flags.h"

namespace concord::example {

inline constexpr char kSynopsis[] =
    "usage: concord-node --name=NAME [--bind=HOST:PORT] [--join|--bootstrap=HOST:PORT,...] "
    "[flags]\n"
    "\n"
    "Runs one member of a concord ring, and answers on standard output which member owns each key\n"
    "that it reads from standard input, one a line. A blank line is the empty key.";

struct Options {
  Membership membership;
  bool json = false;
  std::size_t concurrency = 0;
};

// What the flags say. Node::Start() checks the config; the rest is checked here.
//   INVALID_ARGUMENT  names the flag, its value and the limit
absl::StatusOr<Options> OptionsFromFlags();

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_NODE_FLAGS_H_
