// Races on purpose, of which ThreadSanitizer has to warn: it would be no use if its options, which
// spare gRPC, made it overlook what our own code does on gRPC's events.
//
//   threads   between two plain threads
//   handler   between a caller and the handler of its call, on the network thread
//   none      the same as handler, and no race
#include <cstdio>
#include <cstring>
#include <thread>

#include "absl/status/status.h"
#include "arrivals.h"
#include "station.h"

namespace concord::runtime {
namespace {

int shared = 0;

void RaceBetweenThreads() {
  std::thread other([] { ++shared; });
  ++shared;
  other.join();
}

void CallTheHandler(bool race) {
  Arrivals<bool> handled, called;
  FakeRing ring;
  ring.SetNotify([&](const Server&) {
    ++shared;
    handled.Put(true);
    return absl::OkStatus();
  });
  Station station(ring);
  station.peers().Notify(station.address(), At(1), [&](absl::Status) { called.Put(true); });
  if (!race) handled.Take();
  ++shared;
  called.Take();
}

}  // namespace
}  // namespace concord::runtime

int main(int argc, char** argv) {
  const char* const kind = argc > 1 ? argv[1] : "";
  if (std::strcmp(kind, "threads") == 0) {
    concord::runtime::RaceBetweenThreads();
  } else if (std::strcmp(kind, "handler") == 0) {
    concord::runtime::CallTheHandler(true);
  } else if (std::strcmp(kind, "none") == 0) {
    concord::runtime::CallTheHandler(false);
  } else {
    std::fputs("usage: concord_race threads|handler|none\n", stderr);
    return 2;
  }
  return 0;
}
