// One line of concord-node's --json output (output.proto), written and read.
#ifndef CONCORD_EXAMPLES_NODE_JSON_H_
#define CONCORD_EXAMPLES_NODE_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "output.pb.h"

namespace concord::example {

std::string ToJson(const Output& output);

// INVALID_ARGUMENT: `line` is no Output.
absl::StatusOr<Output> FromJson(const std::string& line);

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_NODE_JSON_H_
