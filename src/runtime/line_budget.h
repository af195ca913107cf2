// Keeps what peers cause from filling the log, without hiding the ordinary life of a ring.
#ifndef CONCORD_RUNTIME_LINE_BUDGET_H_
#define CONCORD_RUNTIME_LINE_BUDGET_H_

#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "runtime/token_bucket.h"

namespace concord::runtime {

// For lines of one kind: kAtOnce of them, then kPerSecond, and a count of those that were left out.
// Not thread-safe. (For what nobody should see twice in a second there is LineLimiter.)
class LineBudget {
 public:
  static constexpr int kAtOnce = 100;
  static constexpr int kPerSecond = 10;

  // How many were left out since the last that passed; nothing: this one is left out.
  std::optional<int> Pass(absl::Time now) {
    if (!bucket_.Take(now)) {
      ++left_out_;
      return std::nullopt;
    }
    return std::exchange(left_out_, 0);
  }

 private:
  TokenBucket bucket_{kPerSecond, kAtOnce};
  int left_out_ = 0;
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_LINE_BUDGET_H_
