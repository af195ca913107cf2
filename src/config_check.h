// Whether a Config can be worked with.
#ifndef CONCORD_CONFIG_CHECK_H_
#define CONCORD_CONFIG_CHECK_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "concord/config.h"

namespace concord {

// INVALID_ARGUMENT for the first field that breaks a limit of config.h: names it, its value, and
// the limit.
absl::Status CheckConfig(const Config& config);

// How many nodes may begin a ring together.
inline constexpr std::size_t kMostFounders = 256;

// The same for what is given to Node::Join, Bootstrap, Leave and the lookups.
// `has_peers`: seeds need not be given.
absl::Status CheckJoin(const std::vector<std::string>& seeds, absl::Duration timeout,
                       bool has_peers = false);
// `self`: this node's own address.
absl::Status CheckBootstrap(const std::vector<std::string>& members, const std::string& self,
                            absl::Duration timeout);
absl::Status CheckLeave(absl::Duration timeout);
absl::Status CheckLookupTimeout(absl::Duration timeout);

}  // namespace concord

#endif  // CONCORD_CONFIG_CHECK_H_
