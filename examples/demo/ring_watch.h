// Waits for a ring to be ideal.
#ifndef CONCORD_EXAMPLES_DEMO_RING_WATCH_H_
#define CONCORD_EXAMPLES_DEMO_RING_WATCH_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "examples/demo/cluster.h"
#include "examples/demo/oracle.h"
#include "examples/demo/screen.h"

namespace concord::example {

// A ring is ideal when every member names its true predecessor and its true successors, as many as
// it keeps. It is asked for them every 20 ms, by GetRing.
class RingWatch {
 public:
  // `successors`: how many each node keeps.
  RingWatch(Cluster& cluster, std::size_t successors, Screen& screen)
      : cluster_(cluster), successors_(successors), screen_(screen) {}

  // The time from `start` until every member's answer was the oracle's. Meanwhile the cluster is
  // pumped. DEADLINE_EXCEEDED tells what is still wrong.
  absl::StatusOr<absl::Duration> UntilIdeal(const Oracle& oracle, absl::Time start,
                                            const Cluster::OnOutput& on_output);

 private:
  using Answers = std::vector<absl::StatusOr<Neighbours>>;

  bool IsRight(const Oracle& oracle, std::size_t i, const Answers& answers) const;
  std::string Explain(const Oracle& oracle, const Answers& answers) const;

  Cluster& cluster_;
  const std::size_t successors_;
  Screen& screen_;
};

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_DEMO_RING_WATCH_H_
