// A store in a simulated process.
#ifndef CONCORD_TESTS_KV_SIM_STORE_H_
#define CONCORD_TESTS_KV_SIM_STORE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "concord/sim/cluster.h"
#include "concord/sim/node.h"
#include "concord/sim/process.h"
#include "examples/kv/environment.h"
#include "examples/kv/replica.h"
#include "kv/log_storage.h"

namespace kv {

// Begins the ring together with all of `members`, or enters the one that some of them are in.
class SimStore final : public concord::sim::Application, private Environment {
 public:
  // `members`: the addresses, this one's among them.
  using Members = std::function<std::vector<std::string>()>;
  SimStore(concord::sim::Process& process, Members members, const Options& options);

  void Execute(wire::Execute operation, absl::Duration timeout, Gateway::Done done) {
    if (replica_) replica_->Execute(std::move(operation), Now() + timeout, std::move(done));
  }
  // Brings everything to the others, and leaves.
  void Leave(std::function<void()> done);

  const concord::sim::Node& node() const { return node_; }
  const std::map<Place, Entry>& entries() const { return storage_.all(); }
  bool IsComplete() const { return replica_ && replica_->IsComplete(); }
  // Its disk has failed it: it is to be started again.
  bool IsBroken() const { return !replica_ || !replica_->disk().ok(); }

 private:
  absl::Time Now() override { return process_.now(); }
  void After(absl::Duration delay, std::function<void()> then) override {
    process_.After(delay, std::move(then));
  }
  const concord::Server& self() override { return self_; }
  std::optional<concord::Server> predecessor() override { return node_.predecessor(); }
  concord::Id HashOf(const std::string& key) override { return node_.IdOf(key); }
  void FindOwner(const std::string& key, absl::Duration timeout,
                 std::function<void(absl::StatusOr<concord::Server>)> done) override;
  void Call(const concord::Server& to, const wire::PeerRequest& request, absl::Duration timeout,
            std::function<void(absl::StatusOr<wire::PeerResponse>)> done) override;

  void Enter();
  void LeaveWhenComplete(std::function<void()> done);

  concord::sim::Process& process_;
  const Members members_;
  LogStorage storage_;
  concord::sim::Node node_;
  concord::Server self_;
  std::unique_ptr<Replica> replica_;  // null: what is on the disk could not be read
};

}  // namespace kv

#endif  // CONCORD_TESTS_KV_SIM_STORE_H_
