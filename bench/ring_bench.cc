// Ring arithmetic and the routing decision: what every lookup begins with.
#include <benchmark/benchmark.h>

#include <vector>

#include "core/id_space.h"
#include "core/routing_table.h"
#include "rings.h"

namespace concord::bench {
namespace {

constexpr std::size_t kIds = 1024;  // a power of two
constexpr core::IdSpace kSpace(64);

// Runs `operation` on three identifiers that nobody can foresee.
template <typename Operation>
void OnRandomIds(benchmark::State& state, Operation operation) {
  const std::vector<Id> ids = RandomIds(kIds);
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(operation(ids[i % kIds], ids[(i + 1) % kIds], ids[(i + 2) % kIds]));
    ++i;
  }
}

void Distance(benchmark::State& state) {
  OnRandomIds(state, [](Id a, Id, Id b) { return kSpace.Distance(a, b); });
}
BENCHMARK(Distance);

void Between(benchmark::State& state) {
  OnRandomIds(state, [](Id a, Id x, Id b) { return kSpace.Between(a, x, b); });
}
BENCHMARK(Between);

void InArc(benchmark::State& state) {
  OnRandomIds(state, [](Id a, Id x, Id b) { return kSpace.InArc(a, x, b); });
}
BENCHMARK(InArc);

// Runs `decide` on the table of a member of a ring of state.range(0), with random keys.
template <typename Decide>
void OnTable(benchmark::State& state, Decide decide) {
  const core::RoutingTable table = PaperRing(static_cast<std::size_t>(state.range(0))).Table();
  const std::vector<Id> ids = RandomIds(kIds);
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(decide(table, ids[i++ % kIds]));
  state.counters["known"] = static_cast<double>(table.NextHops(table.self().id));
}

void KnownOwner(benchmark::State& state) {
  OnTable(state, [](const core::RoutingTable& table, Id id) { return table.KnownOwner(id); });
}
BENCHMARK(KnownOwner)->ArgName("members")->Arg(8)->Arg(64)->Arg(1000)->Arg(100000);

// The whole decision: is the owner known, and if not, who is asked?
void Route(benchmark::State& state) {
  OnTable(state, [](const core::RoutingTable& table, Id id) {
    const Server* owner = table.KnownOwner(id);
    return owner != nullptr ? owner : &table.next_hop(table.NextHops(id) - 1);
  });
}
BENCHMARK(Route)->ArgName("members")->Arg(8)->Arg(64)->Arg(1000)->Arg(100000);

}  // namespace
}  // namespace concord::bench
