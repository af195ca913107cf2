// Keeps the peers file of a node up to date while it runs.
#ifndef CONCORD_PEERS_KEEPER_H_
#define CONCORD_PEERS_KEEPER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/routing_table.h"
#include "peers_file.h"
#include "runtime/log.h"
#include "runtime/loop.h"
#include "runtime/snapshot.h"

namespace concord {

class PeersKeeper {
 public:
  // Looks at `routing`, which must outlive us, once a `period`, on a thread of its own.
  PeersKeeper(PeersFile file, absl::Duration period, runtime::Snapshot<core::RoutingTable>& routing,
              runtime::Log log);
  // Once more, and then ends.
  ~PeersKeeper();

 private:
  void Save();
  void SaveNowAndThen();

  const PeersFile file_;
  const absl::Duration period_;
  runtime::Snapshot<core::RoutingTable>& routing_;
  const runtime::Log log_;
  std::shared_ptr<const core::RoutingTable> saved_;  // as seen last
  std::string last_error_;                           // told once
  runtime::Loop loop_;                               // last: its tasks use the rest
};

}  // namespace concord

#endif  // CONCORD_PEERS_KEEPER_H_
