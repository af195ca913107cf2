// The lines that concord-node writes: made from the library's values, turned into text or JSON.
#ifndef CONCORD_EXAMPLES_NODE_OUTPUT_H_
#define CONCORD_EXAMPLES_NODE_OUTPUT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "concord/node.h"
#include "concord/types.h"
#include "output.pb.h"

namespace concord::example {

Output ReadyOutput(const Server& self);
Output RangeOutput(const RangeChange& change);
Output FoundOutput(std::string_view key, const LookupResult& result, absl::Duration took);
Output FailedOutput(std::string_view key, const absl::Status& error);

// One line for people. Identifiers are written in hexadecimal, as wide as `hash_bits` needs.
std::string ToText(const Output& output, unsigned hash_bits);

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_NODE_OUTPUT_H_
