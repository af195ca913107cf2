// sim::Node: concord::Node in virtual time, the same protocol code with the same semantics. An
// application that takes the type of its node as a template parameter runs on either.
//
// What is different: it is made in a Process; bind_addr, adv_addr, channel_idle_timeout, tls and
// logger of the Config are not used; hash_bits and hash_func are to be those of
// ClusterOptions::config. All runs on one thread. Join, Bootstrap, Leave, Lookup and LookupN let
// virtual time pass until they end, so they are for the test itself: inside the application they
// say FAILED_PRECONDITION, and JoinAsync, BootstrapAsync, LeaveAsync, LookupAsync and LookupNAsync
// are to be used. What is missing in this comment is said in concord/node.h.
#ifndef CONCORD_SIM_NODE_H_
#define CONCORD_SIM_NODE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/config.h"
#include "concord/lookup.h"
#include "concord/sim/process.h"
#include "concord/types.h"

namespace concord::sim {

class Node {
 public:
  // `process` runs one started node at a time, as an address can be bound once. The node must end
  // before the cluster does.
  Node(Process& process, Config config);
  // Stop()s.
  ~Node();

  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // --- Life -----------------------------------------------------------------------------------
  //   UNAVAILABLE  another node of this process is started
  absl::Status Start();
  absl::Status Create();
  absl::Status Join(const std::vector<std::string>& seeds,
                    absl::Duration timeout = absl::Seconds(30));
  // Join without waiting: `done` gets what came of it, in an event of its own.
  void JoinAsync(const std::vector<std::string>& seeds, absl::Duration timeout,
                 std::function<void(const absl::Status&)> done);
  absl::Status Bootstrap(const std::vector<std::string>& members,
                         absl::Duration timeout = absl::Minutes(5));
  void BootstrapAsync(const std::vector<std::string>& members, absl::Duration timeout,
                      std::function<void(const absl::Status&)> done);
  // Counts the callback as having returned when it does: what it has begun goes on only as long as
  // the time for one call, in which the lookups that this node had taken are answered.
  absl::Status Leave(absl::Duration timeout = absl::Seconds(10));
  void LeaveAsync(absl::Duration timeout, std::function<void(const absl::Status&)> done);
  void Stop();

  // --- Questions about keys -------------------------------------------------------------------
  absl::StatusOr<Server> Lookup(std::string_view key, LookupOptions options = {});
  void LookupAsync(std::string_view key, LookupOptions options, LookupCallback done);
  absl::StatusOr<std::vector<Server>> LookupN(std::string_view key, std::size_t n,
                                              LookupOptions options = {});
  void LookupNAsync(std::string_view key, std::size_t n, LookupOptions options,
                    LookupNCallback done);
  bool Owns(std::string_view key) const;
  Id IdOf(std::string_view key) const;

  // --- Questions about this node --------------------------------------------------------------
  const std::string& name() const;
  Id id() const;
  std::string address() const;  // empty while not started
  std::optional<Range> range() const;
  std::vector<Server> successors() const;
  std::optional<Server> predecessor() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_NODE_H_
