#include "examples/node/json.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "examples/common/text.h"

namespace concord::example {

std::string ToJson(const Output& output) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;  // "hops":0 is an answer too
  std::string json;
  if (auto s = google::protobuf::util::MessageToJsonString(output, &json, options); !s.ok()) {
    return R"({"error":{"message":"an answer could not be written as JSON"}})";
  }
  return json;
}

absl::StatusOr<Output> FromJson(const std::string& line) {
  Output output;
  if (auto s = google::protobuf::util::JsonStringToMessage(line, &output); !s.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not an answer of concord-node: ", Quoted(line), ": ", s.ToString()));
  }
  return output;
}

}  // namespace concord::example
