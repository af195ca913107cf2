// One-hop lookups, made like the bare calls that they are compared with.
#ifndef CONCORD_BENCH_LOOKUP_CALLS_H_
#define CONCORD_BENCH_LOOKUP_CALLS_H_

#include <memory>
#include <string>
#include <vector>

#include "concord/node.h"
#include "concord/types.h"
#include "measure.h"

namespace concord::bench {

enum class LookupStyle {
  kAsync,    // LookupAsync; a callback, on the node's own thread, makes the next
  kBlocking  // Lookup
};

// Looks `keys` up at `node` in turn, and checks that each belongs to `owner`; with LookupAsync also
// that the answer took one hop.
std::unique_ptr<Caller> MakeLookupCaller(LookupStyle style, Node& node, const Server& owner,
                                         std::vector<std::string> keys);

}  // namespace concord::bench

#endif  // CONCORD_BENCH_LOOKUP_CALLS_H_
