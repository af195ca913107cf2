// concord::Node: one member of a self-repairing consistent-hashing ring.
//
//   concord::Config config;
//   config.name = "cache-1";
//   config.bind_addr = "10.0.0.1:7000";
//   config.on_range_change = [](const concord::RangeChange& change) { ... };
//
//   concord::Node node(config);
//   if (absl::Status s = node.Start(); !s.ok()) return s;
//   if (absl::Status s = node.Join({"10.0.0.2:7000", "10.0.0.3:7000"}); !s.ok()) return s;
//
//   absl::StatusOr<concord::Server> owner = node.Lookup("user:42");
//
// The life of a node: Start() listens, Create() begins a ring, alone, or Bootstrap() does together
// with others, or Join() enters one; Leave() ends it in order and Stop() at once. A stopped node
// may be started again, and then is a new member that has to create or join.
//
// Thread-safety: every method may be called from any thread at any time, callbacks included, with
// two exceptions that are the usual ones: construction, and destruction, which must come after
// every other call has returned. Lookup, LookupN, Join, Bootstrap and Leave block, and are refused
// inside a LookupCallback.
//
// Errors are absl::Status, the code chosen by what to do next:
//   INVALID_ARGUMENT     fix the call or the Config; the message names the value and the limit
//   FAILED_PRECONDITION  call something else first: Start(), Create(), Bootstrap() or Join()
//   ALREADY_EXISTS       another live node has this name: choose a new one
//   UNAVAILABLE          try again: nobody who could answer was reached
//   DEADLINE_EXCEEDED    try again, perhaps with more time
//   CANCELLED            this node was stopped meanwhile
#ifndef CONCORD_NODE_H_
#define CONCORD_NODE_H_

#include <cstddef>
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
#include "concord/types.h"

namespace grpc {
class AuthContext;
class Channel;
}  // namespace grpc

namespace concord {

class Node {
 public:
  // Never fails; Start() checks the Config.
  explicit Node(Config config);
  // Stop()s, and waits for callbacks that run.
  ~Node();

  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // --- Life -----------------------------------------------------------------------------------

  // Checks the Config, listens, starts the node's threads. The node is not a member of a ring yet.
  //   INVALID_ARGUMENT     a field of Config is out of its limits
  //   FAILED_PRECONDITION  already started
  //   UNAVAILABLE          bind_addr cannot be bound; the node may be started again
  absl::Status Start();

  // Begins a ring with this node as its only member: it owns every key.
  //   FAILED_PRECONDITION  not started, or a member already, or joining
  absl::Status Create();

  // Enters the ring that one of `seeds` ("host:port" of any members) belongs to. Tries them in
  // turn, with a growing, jittered pause between rounds, until one lets it in or `timeout` has
  // passed. A seed that is this node's own address is passed over, so that all nodes may share one
  // list. Blocks the caller: a lookup and one more call when a seed answers.
  // With Config::peers_file, those that the file names are asked as well, after the seeds.
  //   INVALID_ARGUMENT     no seed, an unparsable one, only this node itself; timeout not positive
  //   FAILED_PRECONDITION  not started, or a member already, or joining
  //   ALREADY_EXISTS       the name's identifier is alive in the ring under another address
  //   FAILED_PRECONDITION  every seed belongs to another ring: the message has the difference
  //   UNAVAILABLE          timeout passed; the message has each seed and its last error
  //   CANCELLED            stopped meanwhile
  absl::Status Join(const std::vector<std::string>& seeds,
                    absl::Duration timeout = absl::Seconds(30));

  // Begins a ring together with others, so that it has as many members as the protocol's proof asks
  // for from its first moment on: successor_count + 1 or more. `members` are the addresses under
  // which they are reached, this node's own among them, 256 at most, the same list on every one,
  // in any order. Blocks until all of them are there and have met each other; the ring is ideal
  // then. If one of them is a member of a ring already, this is Join() with the list as seeds: so a
  // node can be started again by the call that it was started with.
  //   INVALID_ARGUMENT     an address that cannot be parsed; address() is not in the list; too many
  //                        members; timeout not positive
  //   FAILED_PRECONDITION  not started, or a member already, or joining; or called inside a
  //                        LookupCallback
  //   FAILED_PRECONDITION  a member has another list, or belongs to another ring: the message has
  //                        both
  //   ALREADY_EXISTS       two of them have one identifier
  //   UNAVAILABLE          timeout passed: the message has who is missing, and why. (A node of the
  //                        Go library always is.)
  //   CANCELLED            stopped meanwhile
  absl::Status Bootstrap(const std::vector<std::string>& members,
                         absl::Duration timeout = absl::Minutes(5));

  // Leaves the ring in order, then stops as Stop() does: whatever is returned but INVALID_ARGUMENT
  // and FAILED_PRECONDITION, the node is stopped. The successor is told first and takes this node's
  // range over; on_range_change gets its last change, without an `after` and with the successor as
  // `peer`, and Leave waits until it has returned (not when called inside it), so that it is the
  // place to hand the keys on; then the predecessor is told. Until then lookups are answered, and
  // those in flight are before the port is closed. `timeout` is for the calls, not for the
  // callback; a node that dies meanwhile is like any that dies. 1 ms to 10 min.
  //   INVALID_ARGUMENT     timeout out of its limits
  //   FAILED_PRECONDITION  not started, not a member, leaving already; or called inside a
  //                        LookupCallback
  //   UNAVAILABLE          no successor answered: they will notice that this node is gone
  //   DEADLINE_EXCEEDED    the same, and the timeout passed
  //   CANCELLED            Stop() was called meanwhile
  absl::Status Leave(absl::Duration timeout = absl::Seconds(10));

  // Ends the node as if its process had died: it tells nobody, its neighbours notice. Lookups and
  // Join in progress end with CANCELLED. The last RangeChange has no `after`. When Stop() returns
  // the port is free and no callback runs or will begin; called inside on_range_change or a
  // LookupCallback it cannot wait for its own caller and returns earlier, the rest is done when
  // that returns. Safe twice, from two threads, on a node that never started.
  void Stop();

  // --- Questions about keys -------------------------------------------------------------------

  // The member that owns `key`: the first at or after its hash, clockwise. Answered at once when
  // this node's routing table knows, else by asking nearer members. The owner is the one that the
  // ring knew when it answered; while the ring changes that may be a moment old.
  //   INVALID_ARGUMENT     options.timeout out of its limits
  //   FAILED_PRECONDITION  not a member of a ring; or called inside a LookupCallback
  //   UNAVAILABLE          no server nearer to the key answered
  //   DEADLINE_EXCEEDED    the timeout passed
  //   CANCELLED            stopped meanwhile
  absl::StatusOr<Server> Lookup(std::string_view key, LookupOptions options = {});

  // The same without waiting: `done` gets the result. See LookupCallback for where it runs.
  void LookupAsync(std::string_view key, LookupOptions options, LookupCallback done);

  // The owner of `key` and the distinct members after it, clockwise, `n` in all, or every member of
  // a smaller ring: the servers to hold n copies on. n at least 1. Costs a lookup and one more call
  // for about every successor_count servers. Errors as Lookup.
  absl::StatusOr<std::vector<Server>> LookupN(std::string_view key, std::size_t n,
                                              LookupOptions options = {});
  // The same without waiting: `done` runs as a LookupCallback does.
  void LookupNAsync(std::string_view key, std::size_t n, LookupOptions options,
                    LookupNCallback done);

  // True iff `key` lies in range(): no call, no lock. False while not a member.
  bool Owns(std::string_view key) const;

  // The hash of `key`, masked to hash_bits. 0 while hash_bits is out of its limits.
  Id IdOf(std::string_view key) const;

  // --- Questions about this node --------------------------------------------------------------

  const std::string& name() const;
  Id id() const;                // IdOf(name())
  std::string address() const;  // where others reach it; empty while not started

  // A consistent moment each, but two calls may see two moments.
  std::optional<Range> range() const;         // nullopt while not a member
  std::vector<Server> successors() const;     // nearest first; empty when alone or not a member
  std::optional<Server> predecessor() const;  // itself when alone; nullopt while not a member

  // --- The application's own calls: see Config::services --------------------------------------

  // A channel to `server`, for stubs of the application's own: the connection, the credentials and
  // the bounds are those of the ring's own calls. Cheap: to be asked for with every call, since a
  // connection that has gone silent is replaced. Whoever keeps it keeps the connection open, beyond
  // Stop() too. <grpcpp/grpcpp.h> has what is done with it.
  //   INVALID_ARGUMENT     its address cannot be parsed
  //   FAILED_PRECONDITION  not started
  //   RESOURCE_EXHAUSTED   there are too many channels, or too many new addresses a second
  absl::StatusOr<std::shared_ptr<grpc::Channel>> Channel(const Server& server);

  // With TlsConfig::require_node_name: whether the peer of an application's own call is `claimed`,
  // by its certificate. `peer` is auth_context() of the grpc::ServerContext, or of the
  // grpc::ClientContext of a call that has ended. Without, anybody is.
  //   PERMISSION_DENIED    it is not
  //   FAILED_PRECONDITION  not started
  absl::Status CheckClaim(const grpc::AuthContext& peer, const Server& claimed) const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace concord

#endif  // CONCORD_NODE_H_
