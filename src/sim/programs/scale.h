// How fast the simulator is, and how large its rings may be.
#ifndef CONCORD_SIM_PROGRAMS_SCALE_H_
#define CONCORD_SIM_PROGRAMS_SCALE_H_

#include <cstddef>

namespace concord::sim {

struct ScaleOptions {
  std::size_t nodes = 10'000;
  unsigned minutes = 10;  // of virtual time in which an ideal ring is kept up
  bool check = false;     // with the checker of the ring, after every event
  bool grow = false;      // rather let the ring grow from one member until it is ideal
};

// Prints protocol events a second and bytes a node. False: the ring was not ideal at the end.
bool MeasureScale(const ScaleOptions& options);

}  // namespace concord::sim

#endif  // CONCORD_SIM_PROGRAMS_SCALE_H_
