// The processes under test.
#ifndef CONCORD_TESTS_CHAOS_NODES_H_
#define CONCORD_TESTS_CHAOS_NODES_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "examples/common/line_splitter.h"
#include "examples/common/network.h"
#include "examples/common/process.h"
#include "subject.h"

namespace concord::chaos {

struct ChaosNode {
  std::string name;
  std::size_t host = 0;
  std::unique_ptr<example::Process> process;   // nullptr: down
  std::optional<example::LineSplitter> lines;  // of its output
  std::optional<Server> self;                  // since it is a member
  bool silent = false;                         // stopped, or out of everybody's reach
};

class Nodes {
 public:
  struct Options {
    unsigned successors = 3;
    absl::Duration interval;
  };

  Nodes(const Options& options, Subject& subject, example::Network& network)
      : options_(options), subject_(subject), network_(network) {}

  // A node that is down yet. Returns its number.
  std::size_t Add(const std::string& name, std::size_t host);
  // Starts it, as a member of the ring of all the others' addresses, or as one of the `founders` of
  // a ring.
  absl::Status Start(std::size_t node, const std::vector<std::size_t>& founders = {});
  // SIGKILL, and it is down.
  void Kill(std::size_t node);
  // All of them in the same moment: nobody is left who could make up for those that are dead.
  void KillAll();
  // SIGTERM, and they are down as soon as they have ended, or killed when that takes too long.
  void Leave(const std::vector<std::size_t>& nodes);
  void Freeze(std::size_t node);
  void Thaw(std::size_t node);

  // Takes what the nodes say, and waits for it at most for `timeout`. A node that could not join is
  // started again. An error: one that was a member has ended by itself.
  absl::Status Pump(absl::Duration timeout);

  std::string AddressOf(const ChaosNode& node) const;
  std::vector<ChaosNode>& all() { return nodes_; }
  const std::vector<ChaosNode>& all() const { return nodes_; }
  // All that run are members.
  bool AllReady() const;
  std::size_t joins_refused() const { return joins_refused_; }
  // Leaves that took too long, or that somebody complained of.
  std::size_t leaves_failed() const { return leaves_failed_; }

 private:
  absl::Status Read(std::size_t node);
  absl::Status Ended(std::size_t node);

  const Options options_;
  Subject& subject_;
  example::Network& network_;
  std::vector<ChaosNode> nodes_;
  std::size_t joins_refused_ = 0;
  std::size_t leaves_failed_ = 0;
};

}  // namespace concord::chaos

#endif  // CONCORD_TESTS_CHAOS_NODES_H_
