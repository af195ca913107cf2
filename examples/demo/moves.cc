#include "examples/demo/moves.h"

namespace concord::example {

Moves CountMoves(const std::vector<Server>& before, const std::vector<Server>& after,
                 const std::function<const Server*(std::size_t i)>& destination) {
  Moves moves;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (const Server* to = destination(i)) {
      ++moves.due;
      moves.arrived += after[i] == *to;
    } else {
      ++moves.others;
      moves.stayed += after[i] == before[i];
    }
  }
  return moves;
}

}  // namespace concord::example
