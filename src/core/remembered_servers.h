// Servers that a member has met and does not see any more: where it looks for the rest of its ring.
#ifndef CONCORD_CORE_REMEMBERED_SERVERS_H_
#define CONCORD_CORE_REMEMBERED_SERVERS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "concord/types.h"

namespace concord::core {

// The seeds of Join, of which only the address is known, stay. The rest is newest first and
// bounded: a full list forgets one of them, taken from anywhere, so that what was met long ago is
// not always the first to go.
class RememberedServers {
 public:
  static constexpr std::size_t kMaxSeeds = 32;
  static constexpr std::size_t kMaxServers = 32;

  void RememberSeeds(const std::vector<std::string>& addresses);  // the first kMaxSeeds of them
  void Remember(const Server& server);
  // It is met again. A seed stays a seed.
  void Forget(const Server& server);

  // Seeds after the others; a seed has an address alone.
  std::size_t size() const { return servers_.size() + seeds_.size(); }
  const Server& operator[](std::size_t i) const {
    return i < servers_.size() ? servers_[i] : seeds_[i - servers_.size()];
  }

 private:
  std::vector<Server> servers_;
  std::vector<Server> seeds_;
  std::uint32_t forgotten_ = 0;  // how many were forgotten for want of room
};

}  // namespace concord::core

#endif  // CONCORD_CORE_REMEMBERED_SERVERS_H_
