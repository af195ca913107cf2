// Zave's progress: when faults stop, the ring becomes ideal, and then no step changes anything.
#ifndef CONCORD_SIM_EXPLORER_PROGRESS_H_
#define CONCORD_SIM_EXPLORER_PROGRESS_H_

#include <string>

#include "sim/explorer/flat_map.h"
#include "sim/explorer/model.h"

namespace concord::sim {

class Progress {
 public:
  explicit Progress(Model& model) : model_(model) {}

  // What goes wrong when from `ring`, where nobody waits for anything, faults stop: every member
  // in turn ticks, and everything arrives before the next tick. What was on its way before is
  // lost. Empty when the ring becomes ideal and stays so.
  std::string Broken(Ring ring);

 private:
  // False: they never stop asking.
  bool Round(Ring& ring);
  bool Settle(Ring& ring);
  bool SettleNode(Ring& ring, unsigned node);
  bool Ideal(const Ring& ring);

  Model& model_;
  Picture picture_;
  FlatMap sound_;  // fingerprints of rings that were found to become ideal
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_EXPLORER_PROGRESS_H_
