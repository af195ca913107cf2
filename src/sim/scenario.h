// What is done to a ring in one run: drawn from a seed, or written down by hand.
#ifndef CONCORD_SIM_SCENARIO_H_
#define CONCORD_SIM_SCENARIO_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "sim/network.h"
#include "sim/world.h"

namespace concord::sim {

// One thing done from outside, at a time of the run.
struct Action {
  enum class Kind : std::uint8_t {
    kJoin,         // host joins through other hosts, which `detail` picks
    kCrash,        // refused connections; with an odd `detail`, silence
    kStop,         // it stops of its own will
    kRestart,      // after a crash or stop, and joins again; odd `detail`: at a new address
    kPause,        // the process stands still for `detail` nanoseconds
    kPartition,    // the hosts fall into Sides(detail) sides; odd: of two, one hears the other
    kBreakLinks,   // a part of all pairs cannot reach each other
    kHealNetwork,  // partitions and broken links end
    kLeave,        // it leaves in order
    kFullRestart,  // all die, start again, and join those whom they knew, or begin the ring anew
    // Not drawn by DrawScenario:
    kTick,   // a timer of the host fires early; `detail` picks which
    kDelay,  // from now on every message takes `detail` nanoseconds more, until the next one
  };
  Kind kind = Kind::kJoin;
  absl::Duration at;
  HostId host = 0;
  std::uint64_t detail = 0;
};

// Under which assumptions a run stands, and so what is demanded of it.
enum class Assumptions {
  // Zave's: the ring begins with more members than a list has entries, a failure leaves everybody a
  // live successor and as many principals, nobody who lives is taken for dead. Every invariant is
  // checked after every event.
  kProof,
  // A ring that grows from one member, which the proof does not cover, and else the same: failures
  // leave everybody a live successor, nobody who lives is taken for dead. What a member promises
  // alone is checked after every event; the ring has to heal when the faults end.
  kYoung,
  // No assumption: messages get lost without measure, hosts stand still for minutes, networks fall
  // apart, so that the living are taken for dead and rings for others. What a member promises alone
  // is checked after every event; what came apart has to become one ring when the faults end.
  kHarsh,
};

struct Scenario {
  std::uint64_t seed = 0;
  Assumptions assumptions = Assumptions::kProof;
  WorldOptions world;
  std::size_t hosts = 0;
  // So many more hosts have the name and identifier of host 0, 1, ... each: somebody starts a node
  // twice.
  std::size_t twins = 0;
  std::size_t first_members = 0;  // hosts 0 ... first_members - 1 are an ideal ring at first
  absl::Duration faults;          // then they end, and the ring is to heal
  std::vector<Action> actions;    // by time
  // A run with more protocol events than this never comes to rest. Several times what any takes.
  std::uint64_t most_events = 20'000'000;
};

// Into how many sides a partition of this `detail` divides the hosts: 2 to 5.
inline std::size_t Sides(std::uint64_t detail) { return 2 + detail / 2 % 4; }

// Swarm: the seed draws which faults there are, how strong, and the shape of the ring.
Scenario DrawScenario(std::uint64_t seed, Assumptions assumptions);

// In words, for people.
std::string Describe(const Scenario& scenario);
std::string Describe(const Action& action);

}  // namespace concord::sim

#endif  // CONCORD_SIM_SCENARIO_H_
