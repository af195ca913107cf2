// What a lookup is asked with, and what it finds.
#ifndef CONCORD_LOOKUP_H_
#define CONCORD_LOOKUP_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/types.h"

namespace concord {

struct LookupOptions {
  // For the whole lookup, every forward and retry of it included; it travels with the call.
  // Zero: Config::lookup_timeout. 1 ms to 10 min.
  absl::Duration timeout = absl::ZeroDuration();

  // Whether the owner itself is to say that the key is in its range. What a lookup finds may be a
  // moment old: one that has just died, or that owned the key until somebody joined. With this,
  // whom it finds is asked, and whoever that one names instead; when it does not answer, the key is
  // looked up again, until the timeout. Costs one more call, and a few more while members come and
  // go. (It may change right after, too: the owner should check Owns when it acts.)
  bool confirm = false;
};

struct LookupResult {
  Server owner;
  unsigned hops = 0;  // calls that the lookup was forwarded by; 0: this node knew the answer

  // Of a confirmed lookup: the range that the owner has, and its epoch, as the owner's own
  // RangeChange tells it (0: a node of the Go library, which has none).
  std::optional<Range> range;
  std::uint64_t epoch = 0;
};

// Gets what a lookup found. Runs exactly once: in LookupAsync itself when the answer needs no call,
// else on a thread of the node's own, with no lock held. It must not block: while it runs, this
// node answers nobody; and it must not throw. It may call any method but those that wait: Lookup,
// LookupN, Create, Join, Bootstrap and Leave say FAILED_PRECONDITION there. Stop() only begins to
// stop, and returns.
using LookupCallback = std::function<void(const absl::StatusOr<LookupResult>&)>;

// Gets the servers that LookupNAsync found, in the same way.
using LookupNCallback = std::function<void(const absl::StatusOr<std::vector<Server>>&)>;

}  // namespace concord

#endif  // CONCORD_LOOKUP_H_
