// Everything hostile that we can think of, from many connections at once.
#ifndef CONCORD_TESTS_HOSTILE_FLOOD_H_
#define CONCORD_TESTS_HOSTILE_FLOOD_H_

#include <cstdint>
#include <vector>

namespace concord::testing {

struct FloodOptions {
  std::vector<int> ports;  // of the nodes, on loopback
  int connections = 64;
  int requests = 0;  // in all
  std::uint64_t seed = 1;
  bool progress = false;  // on standard error
};

struct FloodReport {
  int sent = 0;         // requests
  int ended = 0;        // of them, by the server
  int reconnected = 0;  // how often a server closed a connection
};

// Runs to its end: bounded, since a connection on which nothing moves is given up and made anew.
FloodReport RunFlood(const FloodOptions& options);

}  // namespace concord::testing

#endif  // CONCORD_TESTS_HOSTILE_FLOOD_H_
