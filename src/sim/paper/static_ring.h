// An ideal ring that stands still: the tables of its members, built directly, and the library's own
// lookups on them. Members may fail, and then nobody has repaired anything yet.
#ifndef CONCORD_SIM_PAPER_STATIC_RING_H_
#define CONCORD_SIM_PAPER_STATIC_RING_H_

#include <cstddef>
#include <memory>
#include <set>
#include <vector>

#include "concord/types.h"
#include "core/id_space.h"
#include "core/lookup.h"
#include "core/routing_table.h"
#include "sim/prng.h"

namespace concord::sim {

class StaticRing {
 public:
  // `size` members at random identifiers of 64 bits, with lists of `successor_count`.
  StaticRing(Prng& prng, std::size_t size, std::size_t successor_count);

  std::size_t size() const { return members_.size(); }
  bool alive(std::size_t member) const { return alive_[member]; }
  // Each member fails with a probability of so many in a hundred.
  void Fail(Prng& prng, unsigned percent);

  // The first live member at or after `id`. Precondition: somebody is alive.
  std::size_t LiveOwner(Id id) const;

  struct Route {
    bool found = false;
    std::size_t owner = 0;
    unsigned hops = 0;              // forwards, up to the member that knows the owner
    unsigned forward_timeouts = 0;  // how often a dead server was asked to forward it
    unsigned timeouts = 0;          // these, and the dead owners that were asked then
    std::set<std::size_t> dead;     // the servers that were asked and are dead
  };
  // Looks `id` up at `from`. Whoever knows the owner asks it, and when it is dead the one after it
  // in the list.
  Route Lookup(std::size_t from, Id id);

 private:
  std::size_t OwnerPosition(Id id) const;
  const std::shared_ptr<const core::RoutingTable>& Table(std::size_t member);
  // Whether it answers; if not, the route has one timeout more.
  bool Answers(std::size_t member, Route& route) const;
  bool Visit(std::size_t member, core::FindRequest request, Route& route);
  // The first live one from `first` on, in the list of `member`.
  bool FirstAliveFrom(std::size_t member, const Server& first, Route& route);

  const core::IdSpace space_{64};
  const std::size_t successor_count_;
  std::vector<Server> members_;  // by identifier
  std::vector<bool> alive_;
  std::vector<std::shared_ptr<const core::RoutingTable>> tables_;  // those that were needed
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_PAPER_STATIC_RING_H_
