// The virtual network: how long a message takes, and whether it arrives.
#ifndef CONCORD_SIM_NETWORK_H_
#define CONCORD_SIM_NETWORK_H_

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "concord/sim/latency.h"
#include "sim/prng.h"
#include "sim/virtual_time.h"

namespace concord::sim {

using HostId = std::uint32_t;

struct NetworkOptions {
  using Latency = sim::Latency;
  Latency distribution = Latency::kUniform;
  absl::Duration latency = absl::Milliseconds(5);
  // Each pair of hosts is this much further apart at most: their distance is fixed for a run.
  absl::Duration pair_spread;
  unsigned loss = 0;       // messages in a million that do not arrive
  unsigned duplicate = 0;  // messages in a million that arrive twice
  unsigned reorder = 0;    // messages in a million that later ones overtake
  // Nobody who lives is taken for dead, as Zave assumes: between two hosts, after a lost message,
  // the next call gets through, and no message takes longer than `slowest`.
  bool perfect_detector = false;
  absl::Duration slowest = absl::Milliseconds(100);
};

class Network {
 public:
  // No message takes longer than this.
  static constexpr absl::Duration kLongestWay = absl::Minutes(1);

  Network(std::uint64_t seed, const NetworkOptions& options);

  // When a message of now arrives; a second time when it is duplicated. kNever: it is lost.
  struct Fate {
    Nanos first = kNever;
    Nanos second = kNever;  // not before the first
  };
  Fate Send(HostId from, HostId to, Nanos now);

  // Whether messages from one to the other get through at all.
  bool Connected(HostId from, HostId to) const;

  // Hosts of different sides do not hear each other; everybody is on side 0 at first. With
  // `one_way`, side 0 hears the others, but they do not hear it.
  void Partition(std::vector<std::uint8_t> sides, bool one_way);
  // In a million pairs of hosts, so many cannot reach each other, though both reach the others.
  void BreakLinks(unsigned in_a_million, std::uint64_t salt);
  void SetLoss(unsigned in_a_million) { options_.loss = in_a_million; }
  // Each message takes so much longer.
  void SetDelay(absl::Duration delay) { delay_ = ToNanos(delay); }
  // Partitions and broken links end.
  void Reconnect();
  // And nothing is lost, doubled, overtaken or delayed any more, nor anybody taken for dead.
  void Heal();

  const NetworkOptions& options() const { return options_; }

 private:
  Nanos Latency(HostId from, HostId to);
  bool Loses(HostId from, HostId to, Nanos now);

  NetworkOptions options_;
  Nanos latency_;
  Nanos pair_spread_;
  Nanos slowest_;
  Nanos delay_ = 0;
  std::uint64_t pair_salt_;
  Prng prng_;
  std::vector<std::uint8_t> sides_;
  bool one_way_ = false;
  unsigned broken_links_ = 0;
  std::uint64_t broken_salt_ = 0;
  std::map<std::pair<HostId, HostId>, Nanos> no_loss_until_;  // with perfect_detector
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_NETWORK_H_
