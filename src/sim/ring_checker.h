// Checks what must hold of a whole ring, after every event, at a cost that depends on what the
// event changed and not on the size of the ring.
//
// It checks Zave's two invariants and the rule that they rest on; that there is exactly one ring,
// that it is ordered, and that every other member leads to it, follows from them: no pointer steps
// over a principal, so every walk along live successors comes to each principal once a turn.
// (ring_invariants.h checks all of it by brute force, and tests hold the two against each other.)
#ifndef CONCORD_SIM_RING_CHECKER_H_
#define CONCORD_SIM_RING_CHECKER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "concord/types.h"
#include "core/routing_table.h"
#include "core/successor_list.h"
#include "sim/coverage.h"
#include "sim/network.h"

namespace concord::sim {

class World;

class RingChecker {
 public:
  // Of a world that has all its hosts already. `began_large`: the ring begins with more members
  // than a list has entries, as the proof asks for; without that, there need be no principals.
  RingChecker(const World& world, bool began_large);

  // What a Watcher hears.
  void OnRouting(HostId host, const core::RoutingTable* table);
  void OnListSent(std::uint32_t call, HostId reader, const core::SuccessorList& list);
  void OnListGone(std::uint32_t call);
  void Check();  // an event is over

  // Whether `host` may fail within the assumptions of the proof: everybody keeps a live successor,
  // and there remain as many principals as a list has entries, and one.
  bool MayFail(HostId host) const;

  std::size_t principals() const { return coverage_.Uncovered(); }
  // What was found first; empty while all is well.
  const std::string& violation() const { return violation_; }

 private:
  // A successor list that is held, or that is on its way and will be.
  struct List {
    std::vector<Server> entries;
    std::vector<bool> stale;  // of each entry: it names a host at an address that it has left
    HostId owner = 0;
    std::size_t live = 0;  // entries that are members now
    bool held = false;
  };
  using ListId = std::uint32_t;

  static ListId Held(HostId host) { return 2 * host; }
  static ListId Flying(std::uint32_t call) { return 2 * call + 1; }

  void Replace(ListId id, HostId owner, std::vector<Server> entries);
  void Remove(ListId id);
  void AddArcs(const List& list, int times, bool check);
  void CheckArc(const List& list, HostId from, HostId to);
  void MarkStale(List& list) const;
  void ForgetHolder(HostId host, ListId id);
  void Recount(ListId id);
  bool IsLive(const Server& server) const;
  void Violation(std::string what);
  std::size_t PositionOf(HostId host) const { return positions_[host]; }

  const World& world_;
  const bool began_large_;
  const std::size_t successor_count_;
  std::vector<std::size_t> positions_;  // of each host, in the order of identifiers
  Coverage coverage_;
  std::vector<List> lists_;
  std::vector<std::vector<ListId>> holders_;  // of each host: the lists that name it
  std::vector<bool> live_;
  std::size_t members_ = 0;
  std::vector<ListId> starving_;  // lists that may have no live entry
  std::string violation_;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_RING_CHECKER_H_
