// Events of the protocol: what the ring itself costs a node.
#include <benchmark/benchmark.h>

#include <utility>
#include <variant>

#include "core/effects.h"
#include "core/events.h"
#include "core/member.h"
#include "core/routing_table.h"
#include "rings.h"

namespace concord::bench {
namespace {

constexpr std::size_t kMembers = 1000;

// A peer asks for our ring.
void AnswerGetRing(benchmark::State& state) {
  core::Member member = PaperRing(kMembers).Member();
  core::CallId call = 0;
  for (auto _ : state) benchmark::DoNotOptimize(member.Deliver(core::GetRing{++call}));
}
BENCHMARK(AnswerGetRing);

// The predecessor says what we know.
void NotifyNothingNew(benchmark::State& state) {
  const PaperRing ring(kMembers);
  core::Member member = ring.Member();
  const core::Event event = core::Notify{ring.predecessor()};
  for (auto _ : state) benchmark::DoNotOptimize(member.Deliver(event));
}
BENCHMARK(NotifyNothingNew);

// A new predecessor: the range shrinks, a new routing table is made and published.
void NotifyNewPredecessor(benchmark::State& state) {
  const PaperRing ring(kMembers);
  const core::Member before = ring.Member();
  const Server newcomer{ring.self().id - 1, "newcomer", "127.0.0.1:9999"};
  const core::Event event = core::Notify{newcomer};
  for (auto _ : state) {
    state.PauseTiming();
    core::Member member = before;
    state.ResumeTiming();
    benchmark::DoNotOptimize(member.Deliver(event));
  }
}
BENCHMARK(NotifyNewPredecessor);

// A quiet period of Stabilize: the tick, the successor's answer, the notification, the cooldown.
void StabilizeNothingNew(benchmark::State& state) {
  const PaperRing ring(kMembers);
  core::Member member = ring.Member();
  std::vector<Server> successors(ring.members().begin() + 2, ring.members().begin() + 5);
  const core::RingView view{ring.self(), std::move(successors)};
  for (auto _ : state) {
    for (const core::Effect& effect : member.Deliver(core::TimerFired{core::Timer::kStabilize})) {
      if (const auto* ask = std::get_if<core::AskRing>(&effect)) {
        benchmark::DoNotOptimize(member.Deliver(core::RingAnswer{ask->question, view}));
      }
    }
    benchmark::DoNotOptimize(member.Deliver(core::TimerFired{core::Timer::kStabilizeCooldown}));
  }
}
BENCHMARK(StabilizeNothingNew);

void MakeRoutingTable(benchmark::State& state) {
  const PaperRing ring(kMembers);
  const core::Member member = ring.Member();
  for (auto _ : state) {
    benchmark::DoNotOptimize(core::RoutingTable(member.options().space, member.self(),
                                                member.predecessor(), member.successors(),
                                                member.fingers()));
  }
  state.counters["fingers"] = static_cast<double>(member.fingers().fingers().size());
}
BENCHMARK(MakeRoutingTable);

}  // namespace
}  // namespace concord::bench
