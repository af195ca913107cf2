// One store of the ring: what it does, without threads, sockets and disks, which are the matter of
// its Environment and Storage. The same code runs in concord-kv and in the simulator.
#ifndef CONCORD_EXAMPLES_KV_REPLICA_H_
#define CONCORD_EXAMPLES_KV_REPLICA_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "examples/kv/coordinator.h"
#include "examples/kv/environment.h"
#include "examples/kv/gateway.h"
#include "examples/kv/holding.h"
#include "examples/kv/storage.h"
#include "kv.pb.h"

namespace kv {

// Used by one thread.
class Replica {
 public:
  // Both must outlive it.
  Replica(Environment& environment, Storage& storage, const Options& options);

  // First this: reads what is there.
  absl::Status Load();
  // Then this: from here on the ring may change, and others may ask.
  void Start();
  // Requests of clients end with UNAVAILABLE from now on, those that wait soon.
  void Stop() { gateway_.Stop(); }

  // What the node tells, in its order.
  void OnRangeChange(const concord::RangeChange& change);
  void OnSuccessorsChange(const std::vector<concord::Server>& successors);

  // A request of a client, whoever owns its key.
  void Execute(wire::Execute operation, absl::Time deadline, Gateway::Done done) {
    gateway_.Execute(std::move(operation), deadline, std::move(done));
  }
  absl::StatusOr<wire::ScanResponse> Scan(const wire::ScanRequest& request);
  wire::StatsResponse Stats();

  // A question of another store, which waits until `deadline`. `answer` is called once.
  using Answer = std::function<void(absl::StatusOr<wire::PeerResponse>)>;
  void Serve(wire::PeerRequest request, absl::Time deadline, Answer answer);

  // It is about to leave: brings what it owns to one store more, and has those that it holds for
  // bring that to others, so that there are as many copies without it.
  void PrepareToLeave();
  // Whether that is done. From the first time on that it is, no operation is begun here.
  bool MayLeave();
  // Whether every holder has all that this store owns, and whoever owns now what it owned before
  // has that.
  bool IsComplete() const { return holding_.replicas.IsComplete() && lost_.empty(); }
  // Not OK: the disk has failed; the store has to be started again.
  const absl::Status& disk() const { return holding_.shelf.status(); }

 private:
  void Tick();
  void ForgetLeavers();
  void Withdraw();
  bool HasEnoughHolders(const std::string& without = "") const;
  void Move();
  void Fetch(const concord::Transfer& transfer);
  void FetchFirst();
  void Claim(const concord::Range& arc, const concord::Server& of);
  void Carry(const concord::Transfer& transfer, std::function<void()> ended);
  void FindPlace();
  void RetrySoon();
  void TakeOver();
  void CompareHolders();
  void BringBack();
  void Bring(const concord::Server& owner, const concord::Range& arc);
  void LetGo();
  bool IsSurplus(const concord::Range& arc) const;
  void Offer(const concord::Server& owner, const concord::Range& arc, std::vector<Entry> entries);
  void DropTombstones();

  std::optional<wire::PeerResponse> CheckOwner(const wire::PeerRequest& request,
                                               const std::string& key) const;
  void Keep(wire::PeerRequest request, Answer answer);
  void FindDurable(const wire::PeerRequest& request, Answer answer);
  absl::StatusOr<wire::PeerResponse> Find(const wire::PeerRequest& request);
  absl::StatusOr<wire::PeerResponse> Compare(const wire::PeerRequest& request);
  absl::StatusOr<wire::PeerResponse> List(const wire::PeerRequest& request);
  wire::PeerResponse Release(const wire::PeerRequest& request) const;
  wire::PeerResponse LetLeave(const wire::PeerRequest& request);

  Holding holding_;
  Coordinator coordinator_{holding_};
  Gateway gateway_{holding_, coordinator_};
  absl::Time started_;
  int pushes_ = 0;                         // that run
  std::deque<concord::Transfer> fetches_;  // the first runs
  std::set<std::string> compared_;         // by CompareHolders in this moment, by name
  bool finding_place_ = false;
  bool retries_soon_ = false;
  // What it owned, and has not brought to its owner yet, and since when. Oldest first.
  struct Lost {
    concord::Range arc;
    absl::Time since;
  };
  std::deque<Lost> lost_;
  bool bringing_back_ = false;  // of the first of them
  bool letting_go_ = false;     // something is being offered to its owner
  bool leaving_ = false;
  struct HeldOwner {
    concord::Server server;
    absl::Time heard;
    bool granted = false;  // it lets us leave
  };
  std::map<std::string, HeldOwner> owners_;    // whom we hold for, as long as they answer, by name
  std::map<std::string, absl::Time> leavers_;  // holders that have asked whether they may, and when
  std::optional<std::string> swept_;           // DropTombstones: up to this key
};

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_REPLICA_H_
