// What nftables is told, as text.
#ifndef CONCORD_EXAMPLES_COMMON_RULES_H_
#define CONCORD_EXAMPLES_COMMON_RULES_H_

#include <string>
#include <vector>

namespace concord::example {

// Each of these replaces the table that was there before. Hosts are IPv4 addresses.

// Everything passes.
std::string NoRules();
// What one of `sides` says does not reach another. A host of no side hears and reaches all.
std::string SplitRules(const std::vector<std::vector<std::string>>& sides);
// What `from` says does not reach `to`.
std::string OneWayRules(const std::string& from, const std::string& to);
// Nothing from `host`, nothing to it.
std::string BlackHoleRules(const std::string& host);

// For the host itself: who goes on talking on a connection is told that there is none.
std::string ResetRules();
std::string NoResetRules();

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_COMMON_RULES_H_
