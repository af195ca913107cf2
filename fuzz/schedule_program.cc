#include "schedule_program.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace concord::fuzz {
namespace {

using sim::Action;
using sim::Assumptions;

constexpr absl::Duration kGap = absl::Milliseconds(40);

template <typename T, std::size_t N>
const T& OneOf(Input& input, const std::array<T, N>& choices) {
  return choices[input.Below(N)];
}

// Those that take the living for dead are left to the harsh.
constexpr std::array kAlways{Action::Kind::kJoin, Action::Kind::kCrash,   Action::Kind::kStop,
                             Action::Kind::kTick, Action::Kind::kRestart, Action::Kind::kDelay};
constexpr std::array kHarsh{Action::Kind::kJoin,       Action::Kind::kCrash,
                            Action::Kind::kStop,       Action::Kind::kTick,
                            Action::Kind::kRestart,    Action::Kind::kDelay,
                            Action::Kind::kPause,      Action::Kind::kPartition,
                            Action::Kind::kBreakLinks, Action::Kind::kHealNetwork};

std::uint64_t Detail(Action::Kind kind, unsigned byte) {
  // Nanoseconds where it is a time, up to 25 s.
  const bool time = kind == Action::Kind::kPause || kind == Action::Kind::kDelay;
  return time ? std::uint64_t{byte} * 100'000'000 : byte;
}

Action ReadAction(Input& input, Assumptions assumptions, std::size_t hosts, absl::Duration& at) {
  Action action;
  action.kind = assumptions == Assumptions::kHarsh ? OneOf(input, kHarsh) : OneOf(input, kAlways);
  action.at = at += input.Byte() % 64 * kGap;
  action.host = static_cast<sim::HostId>(input.Byte() % hosts);
  action.detail = Detail(action.kind, input.Byte());
  return action;
}

}  // namespace

sim::Scenario ReadSchedule(Input input) {
  using Latency = sim::NetworkOptions::Latency;
  sim::Scenario scenario;
  scenario.assumptions =
      OneOf(input, std::array{Assumptions::kProof, Assumptions::kYoung, Assumptions::kHarsh});
  core::MemberOptions& member = scenario.world.member;
  member.successor_count = input.Below(4) + 1;
  const unsigned more_members = input.Below(4);
  const bool proof = scenario.assumptions == Assumptions::kProof;
  scenario.first_members = proof ? member.successor_count + 1 + more_members : 1;
  scenario.hosts = scenario.first_members + input.Below(6);
  member.space = core::IdSpace(OneOf(input, std::array{4u, 8u, 64u}));
  const std::array intervals{absl::Milliseconds(100), absl::Milliseconds(500), absl::Seconds(2)};
  member.stabilize_interval = OneOf(input, intervals);
  member.check_predecessor_interval = OneOf(input, intervals);
  sim::NetworkOptions& network = scenario.world.network;
  const unsigned latency = input.Byte();
  network.distribution = std::array{Latency::kConstant, Latency::kUniform, Latency::kExponential,
                                    Latency::kHeavyTail}[latency % 4];
  network.latency = latency / 4 % 2 == 0 ? absl::Milliseconds(1) : absl::Milliseconds(20);
  network.loss = OneOf(input, std::array{0u, 10'000u, 50'000u});
  network.duplicate = OneOf(input, std::array{0u, 50'000u, 300'000u});
  network.reorder = OneOf(input, std::array{0u, 200'000u});
  network.perfect_detector = scenario.assumptions != Assumptions::kHarsh;
  scenario.seed = scenario.world.seed = input.Byte();
  scenario.world.find_timeout = absl::Seconds(20);
  scenario.most_events = 2'000'000;

  absl::Duration at = absl::Milliseconds(100);
  while (!input.empty() && scenario.actions.size() < kMostRecords) {
    scenario.actions.push_back(ReadAction(input, scenario.assumptions, scenario.hosts, at));
  }
  scenario.faults = at + absl::Seconds(1);
  return scenario;
}

void WriteHead(Output& out, const ScheduleHead& head) {
  for (const unsigned byte :
       {head.assumptions, head.successor_count, head.more_members, head.more_hosts, head.bits,
        head.stabilize_interval, head.check_predecessor_interval, head.latency, head.loss,
        head.duplicate, head.reorder, head.seed}) {
    out.Byte(byte);
  }
}

void WriteAction(Output& out, Action::Kind kind, unsigned gap, unsigned host, unsigned detail) {
  const auto place = std::find(kHarsh.begin(), kHarsh.end(), kind) - kHarsh.begin();
  out.Byte(static_cast<unsigned>(place)).Byte(gap).Byte(host).Byte(detail);
}

}  // namespace concord::fuzz
