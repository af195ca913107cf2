// Where the nodes are, and what can be done to their packets.
#ifndef CONCORD_EXAMPLES_COMMON_NETWORK_H_
#define CONCORD_EXAMPLES_COMMON_NETWORK_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace concord::example {

// Hosts are numbered from 0. The faults of packets stay until Heal(), and are UNIMPLEMENTED where
// only processes can be disturbed.
class Network {
 public:
  virtual ~Network() = default;

  virtual bool has_packet_faults() const { return false; }
  virtual std::string name() const = 0;
  virtual std::string HostOf(std::size_t host) const = 0;  // an IPv4 address
  // What a command line begins with to run at that host.
  virtual std::vector<std::string> Enter(std::size_t host) const = 0;

  virtual absl::Status Split(const std::vector<std::vector<std::size_t>>& sides);
  virtual absl::Status OneWay(std::size_t from, std::size_t to);
  virtual absl::Status BlackHole(std::size_t host);
  virtual absl::Status Reset(std::size_t host);
  virtual absl::Status Heal();
};

// All hosts are addresses of the loopback interface.
std::unique_ptr<Network> NewLoopback();

// Each host is a network namespace on a bridge in one of its own. They have no names and belong to
// this process: with it, however it ends, they are gone. The calling thread, which must be the only
// one, moves to a namespace on that bridge.
//   an error  this system does not allow it, or lacks ip, nft or nsenter
absl::StatusOr<std::unique_ptr<Network>> NewNamespaces(std::size_t hosts);

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_COMMON_NETWORK_H_
