#include "core/operations.h"

#include "absl/strings/str_cat.h"

namespace concord::core {

absl::Status JoinOperation::TimedOut() const {
  std::string message =
      absl::StrCat("Join: no seed let this node in within ", absl::FormatDuration(timeout));
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    absl::StrAppend(&message, i == 0 ? ": " : "; ", seeds[i], ": ", last_errors[i]);
  }
  return absl::UnavailableError(message);
}

}  // namespace concord::core
