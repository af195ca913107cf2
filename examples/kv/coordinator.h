// What an owner does for the clients of its keys: reads and writes that outlive it.
//
// A write is kept here and sent to all holders, and is acknowledged when `write_quorum` of all
// those have it on their disks. A read asks all of them, too, and waits for `read_quorum`, of whom
// one at least was in every write quorum; when they differ, what is latest is first brought to
// `write_quorum` of them, so that whoever reads after that finds nothing earlier.
//
// A key's operations take turns. The latest version wins, wherever two owners of different times
// meet; a version is later than all that this owner, or a holder that answers it, has seen.
#ifndef CONCORD_EXAMPLES_KV_COORDINATOR_H_
#define CONCORD_EXAMPLES_KV_COORDINATOR_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "examples/kv/entry.h"
#include "examples/kv/holding.h"
#include "kv.pb.h"

namespace kv {

// Used by one thread.
class Coordinator {
 public:
  explicit Coordinator(Holding& holding) : holding_(holding) {}

  // `done` gets `executed`, or `not_owner`, once.
  using Done = std::function<void(wire::PeerResponse)>;
  void Execute(const wire::Execute& operation, absl::Time deadline, Done done);
  // From now on operations are UNAVAILABLE here.
  void Stop() { stopped_ = true; }
  // Nothing is under way, and every holder has answered.
  bool IsIdle() const { return running_ == 0 && unanswered_ == 0; }

 private:
  struct Operation;
  using OperationPtr = std::shared_ptr<Operation>;

  void Begin(const OperationPtr& operation);
  void Read(const OperationPtr& operation);
  void OnRead(const OperationPtr& operation, std::optional<Entry> entry);
  void Decide(const OperationPtr& operation);
  void Write(const OperationPtr& operation);
  void Send(const OperationPtr& operation);
  void OnKept(const OperationPtr& operation, const Version& version);
  void Settle(const OperationPtr& operation);
  void End(const OperationPtr& operation, wire::PeerResponse response);
  bool IsOwner(const OperationPtr& operation);

  Holding& holding_;
  bool stopped_ = false;
  std::size_t running_ = 0;
  std::size_t unanswered_ = 0;                             // what holders were sent
  std::map<std::string, std::deque<OperationPtr>> turns_;  // by key; the first runs
};

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_COORDINATOR_H_
