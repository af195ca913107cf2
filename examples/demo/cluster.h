// The concord-node processes of the demo.
#ifndef CONCORD_EXAMPLES_DEMO_CLUSTER_H_
#define CONCORD_EXAMPLES_DEMO_CLUSTER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "examples/common/line_splitter.h"
#include "examples/common/line_writer.h"
#include "examples/common/network.h"
#include "examples/common/process.h"
#include "output.pb.h"

namespace concord::example {

struct NodeProcess {
  NodeProcess(std::string n, std::size_t h, std::unique_ptr<Process> p)
      : name(std::move(n)),
        host(h),
        process(std::move(p)),
        keys(process->input()),
        lines(1 << 20) {}

  const std::string name;
  const std::size_t host;
  const std::unique_ptr<Process> process;
  LineWriter keys;             // on their way to the node
  LineSplitter lines;          // on their way from it
  std::optional<Server> self;  // known when it is ready
  std::optional<Range> range;  // what it last said that it owns
};

class Cluster {
 public:
  struct Options {
    std::string binary;  // concord-node
    unsigned successors = 3;
    absl::Duration interval;   // between two rounds of stabilization
    unsigned concurrency = 1;  // lookups under way in each node
  };
  using OnOutput = std::function<void(NodeProcess&, const Output&)>;

  // `network` must outlive it.
  Cluster(Options options, Network& network) : options_(std::move(options)), network_(network) {}

  // Starts a node, at the next host of the network, that joins the ring of `seeds`, or begins one
  // if there are none.
  absl::Status Start(const std::string& name, const std::vector<std::string>& seeds);

  // SIGKILL for all of them at once.
  void Kill(const std::vector<std::string>& names);

  // SIGTERM for everybody. An error if one does not end with status 0 within `timeout`.
  absl::Status Stop(absl::Duration timeout);

  // Carries keys to the nodes and their output back, for `timeout` or until something happened.
  // An error if a node has ended by itself, or says what cannot be understood; CANCELLED if we are
  // interrupted.
  absl::Status Pump(absl::Duration timeout, const OnOutput& on_output);
  // The same, until `done` says true. DEADLINE_EXCEEDED: it did not within `timeout`.
  absl::Status PumpUntil(const std::function<bool()>& done, absl::Duration timeout,
                         const OnOutput& on_output);

  const std::vector<std::unique_ptr<NodeProcess>>& nodes() const { return nodes_; }
  bool AllReady() const;
  std::vector<Server> Members() const;  // those that are ready

 private:
  absl::Status ReadFrom(NodeProcess& node, const OnOutput& on_output);
  absl::Status Take(NodeProcess& node, const std::string& line, const OnOutput& on_output);

  const Options options_;
  Network& network_;
  std::size_t hosts_ = 0;  // that have been used
  std::vector<std::unique_ptr<NodeProcess>> nodes_;
};

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_DEMO_CLUSTER_H_
