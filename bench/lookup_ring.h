// Rings of three nodes, as an application would run them: the default hash, the default
// configuration. From the first, a key of the third always takes exactly one hop: the second is
// the only server before that key, and knows the third as its successor.
#ifndef CONCORD_BENCH_LOOKUP_RING_H_
#define CONCORD_BENCH_LOOKUP_RING_H_

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "concord/config.h"
#include "concord/node.h"
#include "concord/types.h"

namespace concord::bench {

inline constexpr std::size_t kKeysToLookUp = 1024;

// The names of the nodes, in the order of their identifiers by the default hash.
std::array<std::string, 3> RingNames();

// Whether the node with that place in a ring of RingNames() knows both of the others as they are.
bool SeesIdealRing(const Node& node, std::size_t place);

// Keys that hash into `range` at `node`.
std::vector<std::string> KeysIn(const Range& range, const Node& node, std::size_t count);

// These end the program when something cannot be.
void RequireOk(const absl::Status& status);
void WaitUntil(const std::function<bool()>& condition);

// All three in this process. `config` is that of each but for the name.
class LookupRing {
 public:
  explicit LookupRing(Config config = {});

  Node& first() { return *nodes_[0]; }
  Server third() const { return {nodes_[2]->id(), nodes_[2]->name(), nodes_[2]->address()}; }
  std::vector<std::string> KeysOf(std::size_t place, std::size_t count) const;

 private:
  std::array<std::unique_ptr<Node>, 3> nodes_;
};

}  // namespace concord::bench

#endif  // CONCORD_BENCH_LOOKUP_RING_H_
