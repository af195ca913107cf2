// One store as a process runs it: a node of the ring, the service on its port, a folder on a disk.
#ifndef CONCORD_EXAMPLES_KV_SERVER_H_
#define CONCORD_EXAMPLES_KV_SERVER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "concord/config.h"
#include "concord/node.h"
#include "examples/kv/replica.h"

namespace kv {

// Thread-safe.
class Server {
 public:
  // `folder`: where its entries are. `metrics`: "host:port" where Prometheus finds them; empty:
  // nowhere. `on_broken` is called once, on a thread of the store's, when the disk has failed: it
  // refuses everything then, and others can take over when it ends.
  Server(concord::Config config, std::string folder, std::string metrics, const Options& options,
         std::function<void(const absl::Status&)> on_broken);
  ~Server();  // Stop()s
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Opens the folder and listens. Then node() creates, joins or begins a ring.
  //   INVALID_ARGUMENT, UNAVAILABLE, DATA_LOSS  as Node::Start, or the folder cannot be used
  absl::Status Start();
  concord::Node& node();

  // Has everything that it holds brought to others, and leaves. `timeout` is for both.
  //   DEADLINE_EXCEEDED  it has left, and something was not brought by then: it is with the other
  //                      holders, if those do not leave at the same time
  absl::Status Leave(absl::Duration timeout);
  void Stop();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_SERVER_H_
