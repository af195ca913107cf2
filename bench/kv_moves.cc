#include "kv_moves.h"

#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "measure.h"
#include "report.h"

namespace concord::bench {
namespace {

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double Megabytes(std::uint64_t bytes) { return 1e-6 * static_cast<double>(bytes); }

// The newcomer needs all that it holds in the end.
Move Join(KvRing& ring, const KvLoad& load) {
  const std::size_t keys = load.keys().size();
  const RingStats before = ring.WaitFor(keys, /*surplus=*/false);
  const Clock::time_point begin = Clock::now();
  const std::string name = ring.Add();
  ring.WaitFor(keys, /*surplus=*/true);
  const double seconds = SecondsSince(begin);
  const RingStats after = ring.WaitFor(keys, /*surplus=*/false);
  return {.seconds = seconds,
          .megabytes = Megabytes(after.moved_bytes() - before.moved_bytes()),
          .ideal = Megabytes(after.of(name).entries() * load.entry_bytes())};
}

// Somebody else needs each entry that the dead one held.
Move Die(KvRing& ring, const KvLoad& load) {
  const std::size_t keys = load.keys().size();
  const RingStats before = ring.WaitFor(keys, /*surplus=*/false);
  const Clock::time_point begin = Clock::now();
  const kv::wire::StatsResponse& dead = before.of(ring.Kill());
  const RingStats after = ring.WaitFor(keys, /*surplus=*/false);
  return {.seconds = SecondsSince(begin),
          .megabytes = Megabytes(after.moved_bytes() - (before.moved_bytes() - dead.moved_bytes())),
          .ideal = Megabytes(dead.entries() * load.entry_bytes())};
}

std::string Cell(const std::vector<Move>& moves, double (*figure)(const Move&)) {
  std::vector<double> values;
  for (const Move& move : moves) values.push_back(figure(move));
  return SpreadCell(values, 0, 1);
}

void PrintLine(const std::string& name, const std::vector<Move>& moves) {
  PrintRow(name, {Cell(moves, [](const Move& move) { return move.seconds; }),
                  Cell(moves, [](const Move& move) { return move.megabytes; }),
                  Cell(moves, [](const Move& move) { return move.ideal; }),
                  Cell(moves, [](const Move& move) { return move.megabytes / move.ideal; })});
}

}  // namespace

void MeasureMoves(KvRing& ring, const KvLoad& load, Moves& moves) {
  moves.stores = ring.size();
  moves.joins.push_back(Join(ring, load));
  moves.deaths.push_back(Die(ring, load));
}

void PrintMoves(const std::vector<Moves>& moves) {
  PrintRow("a store comes or goes", {"s to all copies", "MB moved", "MB ideal", "moved / ideal"});
  std::puts("|---|--:|--:|--:|--:|");
  for (const Moves& each : moves) {
    PrintLine(absl::StrCat("join, ", each.stores, " to ", each.stores + 1), each.joins);
    PrintLine(absl::StrCat("kill -9, ", each.stores + 1, " to ", each.stores), each.deaths);
  }
  std::puts("");
}

}  // namespace concord::bench
