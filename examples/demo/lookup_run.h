// Looks every word up, each at a random node.
#ifndef CONCORD_EXAMPLES_DEMO_LOOKUP_RUN_H_
#define CONCORD_EXAMPLES_DEMO_LOOKUP_RUN_H_

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "examples/demo/cluster.h"
#include "examples/demo/oracle.h"
#include "examples/demo/screen.h"
#include "examples/demo/words.h"

namespace concord::example {

struct LookupReport {
  std::vector<Server> owners;      // of each word, as it was answered; empty where it failed
  std::size_t right = 0;           // answers that are the oracle's of the ring that was asked
  std::vector<std::string> wrong;  // the first few of the others, for people
  double mean_hops = 0;
  absl::Duration p50, p99;  // as the nodes measured it
  absl::Duration took;      // all of it
};

// `rings`: what must be true of the ring, or of each if there are several. An error if an answer is
// missing, or is none to what was asked.
absl::StatusOr<LookupReport> LookUpAll(const std::vector<Word>& words, Cluster& cluster,
                                       const std::vector<Oracle>& rings, std::mt19937_64& random,
                                       Screen& screen);

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_DEMO_LOOKUP_RUN_H_
