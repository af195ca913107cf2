#include "sim/scenario.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "sim/prng.h"

namespace concord::sim {
namespace {

template <typename T, std::size_t N>
const T& OneOf(Prng& prng, const std::array<T, N>& choices) {
  return choices[prng.Below(N)];
}

absl::Duration Moment(Prng& prng, absl::Duration end) {
  return absl::Nanoseconds(static_cast<std::int64_t>(
      prng.Below(static_cast<std::uint64_t>(absl::ToInt64Nanoseconds(end)))));
}

NetworkOptions DrawNetwork(Prng& prng, bool harsh) {
  using Latency = NetworkOptions::Latency;
  NetworkOptions network;
  network.distribution = OneOf(prng, std::array{Latency::kConstant, Latency::kUniform,
                                                Latency::kExponential, Latency::kHeavyTail});
  network.latency = absl::Microseconds(OneOf(prng, std::array{100, 1'000, 10'000, 40'000}));
  if (prng.OneIn(3)) network.pair_spread = 2 * network.latency;
  if (prng.OneIn(2)) {
    network.loss = OneOf(prng, harsh ? std::array{10'000u, 50'000u, 300'000u}
                                     : std::array{1'000u, 10'000u, 50'000u});
  }
  if (prng.OneIn(3)) network.duplicate = OneOf(prng, std::array{1'000u, 50'000u, 300'000u});
  if (prng.OneIn(3)) network.reorder = OneOf(prng, std::array{10'000u, 200'000u});
  network.perfect_detector = !harsh;
  return network;
}

WorldOptions DrawWorld(Prng& prng, bool harsh) {
  WorldOptions world;
  world.network = DrawNetwork(prng, harsh);
  const std::array intervals{absl::Milliseconds(100), absl::Milliseconds(500), absl::Seconds(1),
                             absl::Seconds(5)};
  core::MemberOptions& member = world.member;
  member.stabilize_interval = OneOf(prng, intervals);
  member.check_predecessor_interval = OneOf(prng, intervals);
  member.fix_finger_interval = OneOf(prng, intervals);
  member.probe_interval = 4 * member.stabilize_interval;
  member.evidence_cooldown = absl::Milliseconds(OneOf(prng, std::array{1, 100, 1'000}));
  member.successor_count = OneOf(prng, std::array{1, 2, 2, 3, 3, 4, 6, 12});
  member.space = core::IdSpace(OneOf(prng, std::array{4u, 6u, 8u, 16u, 32u, 64u, 64u}));
  // Twice the slowest message is less than a call waits, where nobody may be taken for dead.
  world.call_timeout = absl::Milliseconds(OneOf(prng, std::array{250, 500, 2'000}));
  if (prng.OneIn(2)) world.clock_error = OneOf(prng, std::array{100u, 10'000u, 200'000u});
  return world;
}

// How often each kind of fault comes, relative to the others; 0: never in this run.
struct Weights {
  std::array<unsigned, 10> of_kind{};  // as in Action::Kind
  Action::Kind Draw(Prng& prng) const {
    unsigned total = 0;
    for (const unsigned weight : of_kind) total += weight;
    std::uint64_t left = prng.Below(total);
    std::size_t kind = 0;
    while (left >= of_kind[kind]) left -= of_kind[kind++];
    return static_cast<Action::Kind>(kind);
  }
};

Weights DrawWeights(Prng& prng, bool harsh) {
  const std::array some{0u, 1u, 4u};
  Weights weights;
  weights.of_kind[0] = 1 + OneOf(prng, some);
  weights.of_kind[1] = OneOf(prng, some);
  weights.of_kind[2] = OneOf(prng, some);
  weights.of_kind[3] = OneOf(prng, some);
  if (harsh) {
    for (std::size_t kind = 4; kind < 8; ++kind) weights.of_kind[kind] = OneOf(prng, some);
  }
  weights.of_kind[8] = OneOf(prng, some);
  if (harsh && prng.OneIn(4)) weights.of_kind[9] = 1;
  return weights;
}

void DrawActions(Prng& prng, Scenario& scenario) {
  const Weights weights = DrawWeights(prng, scenario.assumptions == Assumptions::kHarsh);
  const bool storms = prng.OneIn(3);
  const std::size_t count = prng.Between(1, 3 * scenario.hosts);
  std::vector<absl::Duration> times;
  for (std::size_t i = 0; i < count; ++i) {
    // In a storm many things happen at once.
    const bool at_once = storms && i > 0 && !prng.OneIn(8);
    times.push_back(at_once ? times.back() : Moment(prng, scenario.faults));
  }
  std::sort(times.begin(), times.end());
  for (const absl::Duration at : times) {
    Action action;
    action.kind = weights.Draw(prng);
    action.at = at;
    action.host = static_cast<HostId>(prng.Below(scenario.hosts + scenario.twins));
    action.detail = prng.Next();
    if (action.kind == Action::Kind::kPause) {
      action.detail = OneOf(prng, std::array{100'000'000ull, 1'000'000'000ull, 180'000'000'000ull});
    }
    scenario.actions.push_back(action);
  }
}

// In its place, after those of the same moment.
void Add(const Action& action, std::vector<Action>& actions) {
  const auto is_earlier = [](const Action& a, const Action& b) { return a.at < b.at; };
  actions.insert(std::upper_bound(actions.begin(), actions.end(), action, is_earlier), action);
}

// A node seems to be dead, so that somebody starts it elsewhere, and is not.
void DrawConflicts(Prng& prng, Scenario& scenario) {
  for (HostId host = 0; host < scenario.twins; ++host) {
    Action silence;
    silence.at = Moment(prng, scenario.faults);
    silence.host = host;
    silence.kind = prng.OneIn(2) ? Action::Kind::kPause : Action::Kind::kPartition;
    silence.detail =
        silence.kind == Action::Kind::kPause ? 60'000'000'000ull : 2 * prng.Below(1000);
    Action restart;
    restart.at = silence.at + absl::Seconds(prng.Between(5, 40));
    restart.host = static_cast<HostId>(host + scenario.hosts);
    restart.kind = Action::Kind::kJoin;
    restart.detail = prng.Next();
    Add(silence, scenario.actions);
    Add(restart, scenario.actions);
  }
}

}  // namespace

Scenario DrawScenario(std::uint64_t seed, Assumptions assumptions) {
  const bool proof = assumptions == Assumptions::kProof;
  const bool harsh = assumptions == Assumptions::kHarsh;
  Prng prng(Scramble(seed) ^ static_cast<std::uint64_t>(assumptions));
  Scenario scenario;
  scenario.seed = seed;
  scenario.assumptions = assumptions;
  scenario.world = DrawWorld(prng, harsh);
  scenario.world.seed = seed;
  const std::size_t r = scenario.world.member.successor_count;
  const std::size_t few = prng.OneIn(8) ? 60 : 12;
  scenario.first_members = proof ? r + 1 + prng.Below(few) : 1;
  scenario.hosts = scenario.first_members + prng.Below(2 * few);
  // On a small circle there are not more hosts than points.
  const unsigned bits = scenario.world.member.space.bits();
  if (bits < 16) scenario.hosts = std::min(scenario.hosts, std::size_t{1} << bits);
  scenario.first_members = std::min(scenario.first_members, scenario.hosts);
  if (harsh && prng.OneIn(4)) {
    scenario.twins = 1 + prng.Below(std::min<std::size_t>(scenario.hosts, 4));
  }
  scenario.faults = absl::Seconds(prng.Between(10, 200));
  // A lookup in a ring without fingers goes along the successors, and has to have the time for
  // that.
  const std::size_t longest_way = scenario.hosts / r + 5;
  scenario.world.find_timeout =
      absl::Seconds(1) +
      8 * static_cast<std::int64_t>(longest_way) *
          std::min(3 * scenario.world.network.latency + scenario.world.network.pair_spread,
                   scenario.world.network.slowest);
  DrawActions(prng, scenario);
  DrawConflicts(prng, scenario);
  return scenario;
}

std::string Describe(const Action& action) {
  const auto line = [&](auto... words) {
    return absl::StrCat(absl::FormatDuration(action.at), " ", words...);
  };
  const bool odd = action.detail % 2 == 1;
  switch (action.kind) {
    case Action::Kind::kJoin:
      return line("n", action.host, " joins");
    case Action::Kind::kCrash:
      return line("n", action.host, " crashes", odd ? ", and is silent" : "");
    case Action::Kind::kStop:
      return line("n", action.host, " stops");
    case Action::Kind::kRestart:
      return line("n", action.host, " starts again", odd ? " at a new address" : "");
    case Action::Kind::kPause:
      return line("n", action.host, " stands still for ",
                  absl::FormatDuration(absl::Nanoseconds(action.detail)));
    case Action::Kind::kPartition:
      return line("the network falls into ", Sides(action.detail), " sides",
                  odd ? ", one way" : "");
    case Action::Kind::kBreakLinks:
      return line("some links break");
    case Action::Kind::kHealNetwork:
      return line("the network heals");
    case Action::Kind::kLeave:
      return line("n", action.host, " leaves");
    case Action::Kind::kFullRestart:
      return line("all die, and start again");
    case Action::Kind::kTick:
      return line("a timer of n", action.host, " fires");
    case Action::Kind::kDelay:
      return line("messages take ", absl::FormatDuration(absl::Nanoseconds(action.detail)),
                  " more");
  }
  return "";
}

std::string Describe(const Scenario& scenario) {
  const core::MemberOptions& member = scenario.world.member;
  const NetworkOptions& network = scenario.world.network;
  const std::array latencies{"constant", "uniform", "exponential", "heavy-tailed"};
  return absl::StrCat(
      scenario.first_members, " members at first, ", scenario.hosts, " hosts, ", scenario.twins,
      " of them twice, r = ", member.successor_count, ", ", member.space.bits(),
      " bits; stabilize every ", absl::FormatDuration(member.stabilize_interval),
      ", check the predecessor every ", absl::FormatDuration(member.check_predecessor_interval),
      "; latency ", latencies[static_cast<std::size_t>(network.distribution)], " from ",
      absl::FormatDuration(network.latency), ", loss ", network.loss / 10'000.0, " %, duplicates ",
      network.duplicate / 10'000.0, " %, reordered ", network.reorder / 10'000.0, " %; ",
      scenario.actions.size(), " actions in ", absl::FormatDuration(scenario.faults));
}

}  // namespace concord::sim
