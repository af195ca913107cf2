// How much of something may happen: so much at once, and so much a second after that.
#ifndef CONCORD_RUNTIME_TOKEN_BUCKET_H_
#define CONCORD_RUNTIME_TOKEN_BUCKET_H_

#include <algorithm>

#include "absl/time/time.h"

namespace concord::runtime {

// Full at first. Not thread-safe.
class TokenBucket {
 public:
  TokenBucket(double per_second, double at_once)
      : per_second_(per_second), at_once_(at_once), tokens_(at_once) {}

  // Whether it may happen once more. A clock that was set back gives nothing and takes nothing.
  bool Take(absl::Time now) {
    const double seconds = absl::ToDoubleSeconds(std::max(now - filled_, absl::ZeroDuration()));
    tokens_ = std::min(at_once_, tokens_ + seconds * per_second_);
    filled_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double per_second_;
  double at_once_;
  double tokens_;
  absl::Time filled_ = absl::InfinitePast();
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_TOKEN_BUCKET_H_
