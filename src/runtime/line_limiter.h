// Keeps those who knock at the door from filling the log.
#ifndef CONCORD_RUNTIME_LINE_LIMITER_H_
#define CONCORD_RUNTIME_LINE_LIMITER_H_

#include <optional>
#include <utility>

#include "absl/time/time.h"

namespace concord::runtime {

// Lets one line a second pass, and counts those in between.
class LineLimiter {
 public:
  // How many were left out since the last that passed; nothing: this one is left out.
  std::optional<int> Pass(absl::Time now) {
    if (now < next_) {
      ++left_out_;
      return std::nullopt;
    }
    next_ = now + absl::Seconds(1);
    return std::exchange(left_out_, 0);
  }

 private:
  absl::Time next_ = absl::InfinitePast();
  int left_out_ = 0;
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_LINE_LIMITER_H_
