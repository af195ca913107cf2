// concord::sim: tests of applications in virtual time. A Cluster is a set of processes on a virtual
// network, in one thread, with no socket and no clock; an hour of it takes seconds. One seed
// decides everything: a run that fails fails again.
//
//   concord::sim::ClusterOptions options;
//   options.seed = seed;
//   concord::sim::Cluster cluster(options, [](concord::sim::Process& process) {
//     return std::make_unique<MyStore>(process);  // an Application, which makes a sim::Node
//   });
//   concord::sim::Process& a = cluster.AddProcess("a");
//   concord::sim::Process& b = cluster.AddProcess("b");
//   cluster.RunFor(absl::Seconds(10));
//   cluster.Crash(a);
//   ...
//
// Link concord::sim. examples/sim is a whole test.
//
// Thread-safety: a cluster and all that belongs to it is used by one thread. Clusters share
// nothing, so a test may run one per thread.
#ifndef CONCORD_SIM_CLUSTER_H_
#define CONCORD_SIM_CLUSTER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "concord/config.h"
#include "concord/sim/disk.h"
#include "concord/sim/latency.h"
#include "concord/sim/process.h"

namespace concord::sim {

// Probabilities and fractions are from 0 to 1; what lies outside is taken for the nearest of them.
struct ClusterOptions {
  std::uint64_t seed = 1;

  // Of every node: the intervals, successor_count, hash_bits and hash_func, call_timeout_floor and
  // _ceiling. A call of the ring is given up after eight latencies, or the nearest of these two.
  Config config;

  Latency distribution = Latency::kUniform;
  absl::Duration latency = absl::Milliseconds(5);
  absl::Duration pair_spread;  // each pair of processes is this much further apart at most
  double loss = 0;             // of messages, that do not arrive
  double duplication = 0;      // of messages, that arrive twice
  double reordering = 0;       // of messages, that later ones overtake

  absl::Duration clock_skew;  // each clock is wrong by this much at most
  double clock_drift = 0;     // each timer runs too fast or slow by this fraction at most

  DiskFaults disk;  // of every process
};

class Cluster {
 public:
  // `main` makes what runs in a process, whenever one starts. It may return null: a process in
  // which nothing runs but the nodes that the test makes.
  Cluster(ClusterOptions options, std::function<std::unique_ptr<Application>(Process&)> main);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  // --- Processes: as long as the cluster lives, whether they are up or not ---
  // A new one, which starts at once.
  Process& AddProcess(std::string name);
  const std::vector<Process*>& processes() const;
  // What runs in it; null while it is down.
  Application* application(const Process& process) const;
  bool up(const Process& process) const;

  // --- Faults ---
  // Ends it at once; not to be called by what runs in it. Its files stay, as sim::Disk says. Calls
  // to it are refused; or they are never answered, if it is `silent`.
  void Crash(Process& process, bool silent = false);
  // Starts one that is down.
  void Restart(Process& process, bool new_address = false);
  // It stands still: what is meant for it waits. (Nothing happens while it has no started node.)
  void Pause(Process& process);
  void Resume(Process& process);
  // Processes of different sides do not hear each other. Who is not named is on the first side.
  // With `one_way` the first side hears the others, and they do not hear it.
  void Partition(const std::vector<std::vector<const Process*>>& sides, bool one_way = false);
  void SetLoss(double loss);
  // Partitions end, and nothing is lost, doubled or overtaken any more.
  void HealNetwork();

  // --- Time ---
  absl::Time now() const;  // without the error of a process's clock
  void RunFor(absl::Duration duration);
  // Until `condition` holds, which is asked after every event; false: it did not within `limit`.
  bool RunUntil(const std::function<bool()>& condition, absl::Duration limit);
  // Runs `then` after `delay`, whatever happens to processes: the steps of a test.
  void After(absl::Duration delay, std::function<void()> then);
  // Random bits, decided by the seed.
  std::uint64_t Random();

  // --- What an omniscient observer knows ---
  // Whether each member of a ring has its true predecessor and successors.
  bool IsIdeal() const;
  // The process whose node is the owner of `key` once the ring is ideal; null: there is no member.
  Process* Owner(std::string_view key) const;
  // The pointers of each member, a line each; what is not as in the ideal ring is marked with "!".
  std::string Explain() const;
  // A digest of all that has happened in the ring and on the network: equal for equal runs.
  std::uint64_t TraceHash() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_CLUSTER_H_
