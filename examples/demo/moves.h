// Which keys have a new owner, and should they?
#ifndef CONCORD_EXAMPLES_DEMO_MOVES_H_
#define CONCORD_EXAMPLES_DEMO_MOVES_H_

#include <cstddef>
#include <functional>
#include <vector>

#include "concord/types.h"

namespace concord::example {

struct Moves {
  std::size_t due = 0;      // keys that had to move
  std::size_t arrived = 0;  // of those: that have the owner they had to go to
  std::size_t others = 0;   // keys that had to stay
  std::size_t stayed = 0;   // of those: that have their old owner
};

// `before` and `after` are the owners of the same keys, in the same order. `destination` says where
// the i-th key had to go; nullptr: it had to stay.
Moves CountMoves(const std::vector<Server>& before, const std::vector<Server>& after,
                 const std::function<const Server*(std::size_t i)>& destination);

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_DEMO_MOVES_H_
