// Asks members for their rings over gRPC, as other members do.
#ifndef CONCORD_EXAMPLES_DEMO_RING_POLLER_H_
#define CONCORD_EXAMPLES_DEMO_RING_POLLER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "examples/demo/oracle.h"

namespace concord::example {

class RingPoller {
 public:
  RingPoller();
  ~RingPoller();

  // GetRing of each of `addresses`, all asked at once, in their order.
  std::vector<absl::StatusOr<Neighbours>> Ask(const std::vector<std::string>& addresses,
                                              absl::Duration timeout);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_DEMO_RING_POLLER_H_
