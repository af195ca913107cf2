// What the parts of one store share: what it holds, what it owns, and whom it asks.
#ifndef CONCORD_EXAMPLES_KV_HOLDING_H_
#define CONCORD_EXAMPLES_KV_HOLDING_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/replicas.h"
#include "concord/types.h"
#include "examples/kv/claims.h"
#include "examples/kv/digest_tree.h"
#include "examples/kv/environment.h"
#include "examples/kv/hybrid_clock.h"
#include "examples/kv/shelf.h"
#include "examples/kv/storage.h"
#include "examples/kv/wire.h"
#include "kv.pb.h"

namespace kv {

struct Options {
  // Of each key, the owner's among them; and how many must have a write on their disks before it is
  // acknowledged, and answer a read. write_quorum + read_quorum > copies, or reads may miss
  // writes; 1 <= quorum <= copies.
  std::size_t copies = 3;
  std::size_t write_quorum = 2;
  std::size_t read_quorum = 2;

  // How many that come after it the node knows (Config.successor_count). When it knows fewer, there
  // are no others.
  std::size_t successors = 3;

  absl::Duration call_timeout = absl::Seconds(1);  // of one question to another store
  // How often holders are compared, surplus is looked for, and what failed is tried again.
  absl::Duration tick = absl::Seconds(1);
  // How long a tombstone is kept: longer than any holder is away and comes back with what it had.
  absl::Duration tombstone_lifetime = absl::Hours(24 * 7);

  // Whether what is acknowledged is on the disk, or only with the kernel: then a machine that fails
  // loses what was last.
  bool fsync = true;

  // Operations that this store works on at once for clients that ask it, and as many as an owner,
  // whoever was asked; one more is refused.
  std::size_t max_operations = 64;
  int digest_levels = DigestTree::kLevels;
};

// Used by one thread.
struct Holding {
  Holding(Environment& world, Storage& storage, const Options& how)
      : environment(world),
        options(how),
        shelf(
            storage, [&world](const std::string& key) { return world.HashOf(key); },
            how.digest_levels),
        replicas(how.copies) {}

  // Whether clients of this key are ours to serve: we own it, and nobody has claimed it since, or
  // whoever has is gone.
  bool Serves(concord::Id hash) const {
    if (!replicas.owned() || !concord::Contains(*replicas.owned(), hash)) return false;
    return IsAlone() || claims.ClaimantOf(hash).IsOrNobody(environment.self());
  }
  bool IsAlone() const {
    return replicas.owned() && replicas.owned()->start == replicas.owned()->end;
  }

  // Whether it is a tombstone that need not be known any more.
  bool IsOver(const Entry& entry) const {
    return entry.deleted && entry.version.time < HybridClock::FromWall(environment.Now() -
                                                                       options.tombstone_lifetime);
  }

  // Asks `to`, which learns with every question what it is to hold for us.
  using Done = std::function<void(absl::StatusOr<wire::PeerResponse>)>;
  void Ask(const concord::Server& to, wire::PeerRequest request, Done done) {
    *request.mutable_from() = ToWire(environment.self());
    request.set_epoch(replicas.epoch());
    const std::vector<concord::Server> holders = replicas.holders();
    if (replicas.owned() && std::find(holders.begin(), holders.end(), to) != holders.end()) {
      *request.mutable_owned() = ToWire(*replicas.owned());
    }
    environment.Call(
        to, request, options.call_timeout,
        [this, to, done = std::move(done)](absl::StatusOr<wire::PeerResponse> response) {
          if (response.ok()) LearnPlace(to, *response);
          done(std::move(response));
        });
  }

  // A store that is just back from being cut off may not be where it believes to be in the ring,
  // and others own what it takes for its own. It is in its place when whoever comes before it says
  // that it comes next, or whoever comes after it that it has given it just what it owns: then this
  // is where its own begins. (Alone, it has nobody to ask.)
  std::optional<concord::Id> place;
  bool IsInPlace() const {
    return replicas.owned() && (IsAlone() || place == replicas.owned()->start);
  }
  void LearnPlace(const concord::Server& peer, const wire::PeerResponse& response) {
    if (!replicas.owned()) return;
    const concord::Range& owned = *replicas.owned();
    const bool next = peer.id == owned.start && response.has_next() &&
                      FromWire(response.next()) == environment.self();
    const bool given = response.has_given() && FromWire(response.given()) == owned &&
                       response.owned().start() == environment.self().id;
    if (next || given) place = owned.start;
  }

  // Whether by its answer `peer` comes right after whom the ring named before it, or after us. Else
  // who has what we own is not known.
  bool IsNext(const concord::Server& peer, const wire::PeerResponse& response) const {
    const std::vector<concord::Server>& next = replicas.successors();
    const auto at = std::find(next.begin(), next.end(), peer);
    if (at == next.end() || !response.has_owned()) return false;
    const concord::Id before = at == next.begin() ? environment.self().id : std::prev(at)->id;
    return response.owned().start() == before;
  }

  // A holder of ours takes somebody else for the owner of this, or nobody.
  void Refused(concord::Id hash, const wire::PeerResponse& refusal) {
    const bool given_up = refusal.not_owner().address().empty();
    const absl::Time since = given_up ? absl::InfinitePast() : environment.Now();
    absl::Time& first = disputed.try_emplace(hash, since).first->second;
    first = std::min(first, since);
  }

  Environment& environment;
  const Options options;
  Shelf shelf;
  concord::Replicas replicas;
  Claims claims;
  HybridClock clock;
  std::map<concord::Id, absl::Time> disputed;  // since when
  std::uint64_t moved_bytes = 0;               // of entries that came here, new writes apart
};

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_HOLDING_H_
