#include "sim/acquaintance.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "concord/types.h"
#include "core/member.h"

namespace concord::sim {
namespace {

// Groups that are joined one pair at a time.
class Groups {
 public:
  explicit Groups(std::size_t size) : parents_(size) {
    std::iota(parents_.begin(), parents_.end(), HostId{0});
  }
  HostId Of(HostId host) const {
    while (parents_[host] != host) host = parents_[host];
    return host;
  }
  void Join(HostId a, HostId b) { parents_[std::max(Of(a), Of(b))] = std::min(Of(a), Of(b)); }

 private:
  std::vector<HostId> parents_;
};

}  // namespace

std::vector<std::vector<HostId>> Acquainted(const World& world) {
  Groups groups(world.hosts());
  for (HostId host = 0; host < world.hosts(); ++host) {
    const core::Member& member = world.member(host);
    if (!world.up(host) || !member.joined()) continue;
    const auto knows = [&](const Server& server) {
      const std::optional<HostId> other = world.HostAt(server.address);
      if (other && world.up(*other) && world.member(*other).joined()) groups.Join(host, *other);
    };
    knows(member.predecessor());
    for (const Server& server : member.successors().servers()) knows(server);
    for (const core::FingerTable::Finger& finger : member.fingers().fingers()) knows(finger.server);
    const core::RememberedServers& remembered = member.state().remembered;
    for (std::size_t i = 0; i < remembered.size(); ++i) knows(remembered[i]);
  }
  std::map<HostId, std::vector<HostId>> members;
  for (HostId host = 0; host < world.hosts(); ++host) {
    if (world.up(host) && world.member(host).joined()) members[groups.Of(host)].push_back(host);
  }
  std::vector<std::vector<HostId>> found;
  for (auto& [group, hosts] : members) found.push_back(std::move(hosts));
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  return found;
}

}  // namespace concord::sim
