#include "core/remembered_servers.h"

#include <algorithm>

namespace concord::core {

void RememberedServers::RememberSeeds(const std::vector<std::string>& addresses) {
  seeds_.clear();
  for (const std::string& address : addresses) {
    if (seeds_.size() == kMaxSeeds) return;
    seeds_.push_back({.id = 0, .name = "", .address = address});
  }
}

void RememberedServers::Remember(const Server& server) {
  Forget(server);
  if (servers_.size() >= kMaxServers) {
    // Fibonacci hashing: as good as random here, and the same each time.
    const std::uint32_t spread = ++forgotten_ * 2654435769u;
    servers_.erase(servers_.begin() + (spread >> 16) % servers_.size());
  }
  servers_.insert(servers_.begin(), server);
}

void RememberedServers::Forget(const Server& server) {
  std::erase_if(servers_, [&](const Server& known) {
    return known.id == server.id || known.address == server.address;
  });
}

}  // namespace concord::core
