// Whether a Config can be worked with.
#ifndef CONCORD_CONFIG_CHECK_H_
#define CONCORD_CONFIG_CHECK_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "concord/config.h"

namespace concord {

// INVALID_ARGUMENT for the first field that breaks a limit of config.h: names it, its value, and
// the limit.
absl::Status CheckConfig(const Config& config);

// The same for what is given to Node::Join and the lookups.
absl::Status CheckJoin(const std::vector<std::string>& seeds, absl::Duration timeout);
absl::Status CheckLookupTimeout(absl::Duration timeout);

}  // namespace concord

#endif  // CONCORD_CONFIG_CHECK_H_
