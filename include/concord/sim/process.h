// A process of a simulated cluster, as the application in it sees it: its clock, its timers, its
// calls to other processes, its files. The ring is a sim::Node, which the application makes.
#ifndef CONCORD_SIM_PROCESS_H_
#define CONCORD_SIM_PROCESS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/config.h"
#include "concord/sim/disk.h"

namespace concord::sim {

class Stage;

// What runs in a process. It is made when the process starts, and destroyed when it crashes: what
// it holds in memory is lost, what it waited for does not come any more.
class Application {
 public:
  virtual ~Application() = default;
};

class Process {
 public:
  // Gets what came of a call.
  //   what the other application says, be it a response or an error of its own
  //   UNAVAILABLE        nobody listens there: the process is down, or its node is not started
  //   DEADLINE_EXCEEDED  no answer came in time
  //   UNIMPLEMENTED      the application there serves no calls
  using Done = std::function<void(absl::StatusOr<std::string>)>;
  // Serves a call of another process: `respond` is to be called once, now or later; what is said
  // after the caller has given up, or a second time, reaches nobody.
  using Handler = std::function<void(const std::string& request, Done respond)>;

  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  const std::string& name() const;
  // Where others reach it, "host:port". Another one after a restart at a new address.
  std::string address() const;
  // ClusterOptions::config with this process's name: to be completed, and given to a sim::Node.
  Config config() const;

  // Its clock, which starts on 2000-01-01 UTC. It is wrong by ClusterOptions::clock_skew at most.
  absl::Time now() const;
  // Random bits, decided by the seed.
  std::uint64_t Random();
  Disk& disk();

  // Runs `then` after `delay`, in an event of its own. A process that stands still runs it later.
  void After(absl::Duration delay, std::function<void()> then);

  // The application's own calls travel over the same network as the ring's: to the process at
  // `address`, whose node must be started. `done` runs in an event of its own.
  void Call(const std::string& address, std::string request, absl::Duration timeout, Done done);
  // From now on serves calls with `handler`.
  void Serve(Handler handler);

 private:
  friend class Cluster;
  friend class Node;
  struct Impl;
  explicit Process(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_PROCESS_H_
