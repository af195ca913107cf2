#include "sim/ring_checker.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sim/world.h"

namespace concord::sim {

RingChecker::RingChecker(const World& world, bool began_large)
    : world_(world),
      began_large_(began_large),
      successor_count_(world.options().member.successor_count),
      positions_(world.hosts()),
      coverage_(world.hosts()),
      lists_(2 * world.hosts()),
      holders_(world.hosts()),
      live_(world.hosts()) {
  std::vector<HostId> order(world.hosts());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](HostId a, HostId b) { return world.server(a).id < world.server(b).id; });
  for (std::size_t i = 0; i < order.size(); ++i) positions_[order[i]] = i;
}

// --- Lists ------------------------------------------------------------------------------------

void RingChecker::OnRouting(HostId host, const core::RoutingTable* table) {
  const bool was_live = live_[host];
  live_[host] = table != nullptr && table->member();
  if (was_live != live_[host]) {
    members_ += live_[host] ? 1 : -1;
    coverage_.Mark(PositionOf(host), live_[host]);
    for (const ListId id : holders_[host]) {
      Recount(id);
      if (live_[host]) {  // perhaps at a new address
        AddArcs(lists_[id], -1, false);
        MarkStale(lists_[id]);
        AddArcs(lists_[id], +1, false);
      }
    }
  }
  if (live_[host]) {
    Replace(Held(host), host, table->successors());
  } else {
    Remove(Held(host));
  }
}

void RingChecker::OnListSent(std::uint32_t call, HostId reader, const core::SuccessorList& list) {
  Replace(Flying(call), reader, list.servers());
}

void RingChecker::OnListGone(std::uint32_t call) { Remove(Flying(call)); }

// The new list counts before the old one is gone: whom the new one alone skips is found.
void RingChecker::Replace(ListId id, HostId owner, std::vector<Server> entries) {
  if (id >= lists_.size()) lists_.resize(id + 1);
  List old = std::exchange(lists_[id], {});
  List& list = lists_[id];
  list.entries = std::move(entries);
  list.owner = owner;
  list.held = true;
  if (old.held && old.entries == list.entries) {
    list = std::move(old);
    return;
  }
  MarkStale(list);
  AddArcs(list, +1, began_large_);
  for (const Server& entry : list.entries) {
    if (const auto host = world_.HostNumbered(entry.address)) holders_[*host].push_back(id);
  }
  if (old.held) {
    AddArcs(old, -1, false);
    for (const Server& entry : old.entries) {
      if (const auto host = world_.HostNumbered(entry.address)) ForgetHolder(*host, id);
    }
  }
  Recount(id);
}

void RingChecker::Remove(ListId id) {
  if (id >= lists_.size() || !lists_[id].held) return;
  const List old = std::exchange(lists_[id], {});
  AddArcs(old, -1, false);
  for (const Server& entry : old.entries) {
    if (const auto host = world_.HostNumbered(entry.address)) ForgetHolder(*host, id);
  }
}

void RingChecker::AddArcs(const List& list, int times, bool check) {
  const std::size_t circle = positions_.size();
  HostId from = list.owner;
  for (std::size_t i = 0; i < list.entries.size(); ++i) {
    const auto to = world_.HostNumbered(list.entries[i].address);
    if (!to) return;
    if (check) CheckArc(list, from, *to);
    const std::size_t position = PositionOf(*to);
    coverage_.AddArc(PositionOf(from), position, times);
    // What leads to the address that a member has left does not lead to the member.
    if (list.stale[i]) {
      coverage_.AddArc((position + circle - 1) % circle, (position + 1) % circle, times);
    }
    from = *to;
  }
}

void RingChecker::CheckArc(const List& list, HostId from, HostId to) {
  if (!coverage_.HasUncovered(PositionOf(from), PositionOf(to))) return;
  Violation(absl::StrCat("SkippedPrincipal: the list of ", world_.server(list.owner).name,
                         " comes to step from ", world_.server(from).name, " to ",
                         world_.server(to).name, " over a principal"));
}

void RingChecker::MarkStale(List& list) const {
  list.stale.clear();
  for (const Server& entry : list.entries) list.stale.push_back(!world_.HostAt(entry.address));
}

void RingChecker::ForgetHolder(HostId host, ListId id) {
  std::vector<ListId>& holders = holders_[host];
  const auto it = std::find(holders.begin(), holders.end(), id);
  *it = holders.back();
  holders.pop_back();
}

bool RingChecker::IsLive(const Server& server) const {
  const std::optional<HostId> host = world_.HostAt(server.address);
  return host && live_[*host];
}

void RingChecker::Recount(ListId id) {
  List& list = lists_[id];
  list.live = std::count_if(list.entries.begin(), list.entries.end(),
                            [this](const Server& entry) { return IsLive(entry); });
  if (list.live == 0 && !list.entries.empty()) starving_.push_back(id);
}

// --- What must hold ---------------------------------------------------------------------------

void RingChecker::Check() {
  for (const ListId id : std::exchange(starving_, {})) {
    const List& list = lists_[id];
    if (!list.held || list.live > 0 || list.entries.empty()) continue;
    Violation(absl::StrCat("OneLiveSuccessor: no entry of the list of ",
                           world_.server(list.owner).name, id % 2 == 0 ? "" : " on its way",
                           " lives"));
  }
  if (began_large_ && principals() <= successor_count_) {
    Violation(absl::StrCat("SufficientPrincipals: there are ", principals(), " of ", members_,
                           " members, and have to be ", successor_count_ + 1));
  }
}

bool RingChecker::MayFail(HostId host) const {
  if (!live_[host]) return true;
  if (members_ <= 1) return false;
  for (const ListId id : holders_[host]) {
    if (lists_[id].live <= 1 && lists_[id].owner != host) return false;
  }
  if (!began_large_) return true;
  const bool principal = coverage_.CountAt(PositionOf(host)) == 0;
  return principals() - (principal ? 1 : 0) > successor_count_;
}

void RingChecker::Violation(std::string what) {
  if (violation_.empty()) violation_ = std::move(what);
}

}  // namespace concord::sim
