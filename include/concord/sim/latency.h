// How long messages take on a virtual network.
#ifndef CONCORD_SIM_LATENCY_H_
#define CONCORD_SIM_LATENCY_H_

namespace concord::sim {

enum class Latency {
  kConstant,     // always `latency`
  kUniform,      // from `latency` to twice as much
  kExponential,  // `latency` and an exponential rest with the same mean
  kHeavyTail,    // from `latency` on; one message in 30 takes ten times as long, one in 1000, 100
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_LATENCY_H_
