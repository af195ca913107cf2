// What an omniscient observer knows: who is the owner of what, and how an ideal ring looks.
#ifndef CONCORD_SIM_TRUE_RING_H_
#define CONCORD_SIM_TRUE_RING_H_

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "concord/types.h"
#include "core/id_space.h"
#include "core/member_state.h"
#include "sim/network.h"
#include "sim/world.h"

namespace concord::sim {

// What a member knows once its ring is ideal, its fingers included. `owner` names the first member
// at or after an identifier.
core::MemberState IdealState(const core::IdSpace& space, const Server& self,
                             const Server& predecessor, const std::vector<Server>& successors,
                             const std::function<const Server&(Id)>& owner);

// The members of a ring at one moment, in ring order.
class TrueRing {
 public:
  TrueRing(const World& world, std::vector<HostId> members);
  // Of all hosts that are up and members of a ring.
  static TrueRing Of(const World& world);

  std::size_t size() const { return members_.size(); }
  bool empty() const { return members_.empty(); }
  HostId at(std::size_t position) const { return members_[position].second; }
  // The member that owns `id`: the first at or after it. Precondition: not empty.
  HostId Owner(Id id) const { return members_[OwnerPosition(id)].second; }

  // What the member at `position` knows once the ring is ideal.
  const Server& PredecessorOf(std::size_t position) const;
  std::vector<Server> SuccessorsOf(std::size_t position) const;
  core::MemberState IdealState(std::size_t position) const;

 private:
  std::size_t OwnerPosition(Id id) const;
  const Server& ServerAt(std::size_t position) const;

  const World& world_;
  std::vector<std::pair<Id, HostId>> members_;
};

// Whether every member has its true predecessor and successors.
bool IsIdeal(const World& world);

// Whether every member has all the fingers that it is to have, and no others.
bool FingersAreTrue(const World& world);

// All pointers, one member a line; what is not as in the ideal ring is marked.
std::string Explain(const World& world);

// Makes all of these hosts members of one ideal ring.
void PlaceIdealRing(World& world, const std::vector<HostId>& hosts);

}  // namespace concord::sim

#endif  // CONCORD_SIM_TRUE_RING_H_
