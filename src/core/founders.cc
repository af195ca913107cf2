#include "core/founders.h"

#include <algorithm>
#include <utility>

#include "core/digest.h"

namespace concord::core {

Founders::Founders(std::vector<std::string> addresses, const Server& self,
                   std::uint64_t incarnation) {
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  Digest roster;
  for (std::string& address : addresses) {
    roster.Add(address);
    founders_.push_back({.address = std::move(address)});
  }
  roster_ = roster.value();
  const auto is_self = [&](const Founder& founder) { return founder.address == self.address; };
  const auto own = std::find_if(founders_.begin(), founders_.end(), is_self);
  self_ = static_cast<std::size_t>(own - founders_.begin());
  Met(self_, {.from = self, .incarnation = incarnation});
}

bool Founders::agreed() const {
  if (complete_ == 0) return false;
  for (std::size_t i = 0; i < founders_.size(); ++i) {
    if (i != self_ && founders_[i].complete != complete_) return false;
  }
  return true;
}

bool Founders::IsNews(const Meeting& meeting) const {
  return std::any_of(founders_.begin(), founders_.end(), [&](const Founder& founder) {
    return founder.address == meeting.from.address &&
           (founder.server != meeting.from || founder.incarnation != meeting.incarnation ||
            founder.complete != meeting.complete);
  });
}

void Founders::Met(std::size_t i, const Meeting& meeting) {
  Founder& founder = founders_[i];
  founder.server = meeting.from;
  founder.incarnation = meeting.incarnation;
  founder.complete = meeting.complete;
  founder.last_error = "it has not met all of the others yet";
  Digest all;
  for (const Founder& each : founders_) {
    if (each.server.name.empty()) return;
    all.Add(each.server.id);
    all.Add(each.server.address);
    all.Add(each.incarnation);
  }
  complete_ = all.value();
}

void Founders::Failed(std::size_t i, std::string reason) {
  founders_[i].last_error = std::move(reason);
}

const Founders::Founder* Founders::WithIdOf(const Server& server) const {
  const auto has_it = [&](const Founder& founder) {
    return !founder.server.name.empty() && founder.server.id == server.id &&
           founder.address != server.address;
  };
  const auto found = std::find_if(founders_.begin(), founders_.end(), has_it);
  return found == founders_.end() ? nullptr : &*found;
}

std::vector<Server> Founders::Clockwise(const IdSpace& space, Id self) const {
  std::vector<Server> others;
  for (const Founder& founder : founders_) {
    if (founder.server.id != self) others.push_back(founder.server);
  }
  std::sort(others.begin(), others.end(), [&](const Server& a, const Server& b) {
    return space.Distance(self, a.id) < space.Distance(self, b.id);
  });
  return others;
}

}  // namespace concord::core
