#include "core/operations.h"

#include "absl/strings/str_cat.h"

namespace concord::core {

absl::Status JoinOperation::TimedOut() const {
  return absl::UnavailableError(absl::StrCat("Join: no seed let this node in within ",
                                             absl::FormatDuration(timeout), ": ", Errors()));
}

absl::Status JoinOperation::AllStrangers() const {
  return absl::FailedPreconditionError(absl::StrCat("Join: ", Errors()));
}

std::string JoinOperation::Errors() const {
  std::string errors;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    absl::StrAppend(&errors, i == 0 ? "" : "; ", seeds[i], ": ", last_errors[i]);
  }
  return errors;
}

absl::Status BootstrapOperation::TimedOut(const std::string& self) const {
  std::string missing;
  for (std::size_t i = 0; i < founders.size(); ++i) {
    if (founders[i].address == self) continue;
    const bool met_all = founders[i].complete != 0 && founders[i].complete == founders.complete();
    if (met_all) continue;
    absl::StrAppend(&missing, missing.empty() ? "" : "; ", founders[i].address, ": ",
                    founders[i].last_error);
  }
  return absl::UnavailableError(absl::StrCat("Bootstrap: not all of the ", founders.size(),
                                             " members met within ", absl::FormatDuration(timeout),
                                             ": ", missing));
}

}  // namespace concord::core
