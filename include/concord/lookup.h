// What a lookup is asked with, and what it finds.
#ifndef CONCORD_LOOKUP_H_
#define CONCORD_LOOKUP_H_

#include <functional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/types.h"

namespace concord {

struct LookupOptions {
  // For the whole lookup, every forward and retry of it included; it travels with the call.
  // Zero: Config::lookup_timeout. 1 ms to 10 min.
  absl::Duration timeout = absl::ZeroDuration();
};

struct LookupResult {
  Server owner;
  unsigned hops = 0;  // calls that the lookup was forwarded by; 0: this node knew the answer
};

// Gets what a lookup found. Runs exactly once: in LookupAsync itself when the answer needs no call,
// else on the node's network thread, with no lock held. It must not block: while it runs, this node
// answers nobody; and it must not throw. It may call any method but the blocking Lookup and LookupN
// (they say FAILED_PRECONDITION) and Join; Stop() only begins to stop there, and returns.
using LookupCallback = std::function<void(const absl::StatusOr<LookupResult>&)>;

}  // namespace concord

#endif  // CONCORD_LOOKUP_H_
