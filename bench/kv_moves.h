// What joins and deaths of stores cost: time, and bytes between the stores.
#ifndef CONCORD_BENCH_KV_MOVES_H_
#define CONCORD_BENCH_KV_MOVES_H_

#include <cstddef>
#include <vector>

#include "kv_load.h"
#include "kv_ring.h"

namespace concord::bench {

struct Move {
  double seconds = 0;    // until every key has all its copies
  double megabytes = 0;  // of keys and values that came to a store until nothing was surplus
  double ideal = 0;      // of those that whoever was lacking them had to get
};

// What happened to a ring of so many stores, over and over.
struct Moves {
  std::size_t stores = 0;
  std::vector<Move> joins;   // to one store more
  std::vector<Move> deaths;  // and back, by kill -9
};

// A ring that holds `load` gains a store, and then loses the one that has been there longest. Both
// are added to `moves`.
void MeasureMoves(KvRing& ring, const KvLoad& load, Moves& moves);

// As a table in Markdown, to standard output: medians, and the least and the most.
void PrintMoves(const std::vector<Moves>& moves);

}  // namespace concord::bench

#endif  // CONCORD_BENCH_KV_MOVES_H_
