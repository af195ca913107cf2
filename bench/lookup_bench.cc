// Lookups that the asked node answers by itself. `locks` is counted, not believed: how many locks
// the calling thread took for each.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "concord/config.h"
#include "concord/node.h"
#include "lock_count.h"
#include "lookup_ring.h"

namespace concord::bench {
namespace {

constexpr std::size_t kSelf = 0;
constexpr std::size_t kSuccessor = 1;

// FNV-1a and a finalizer: a hash that costs next to nothing, to see what the rest costs.
Id CheapHash(std::string_view key) {
  Id hash = 0xcbf29ce484222325;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  return hash ^ (hash >> 33);
}

LookupRing& RingWithSha256() {
  static LookupRing ring;
  return ring;
}

LookupRing& RingWithCheapHash() {
  static LookupRing ring([] {
    Config config;
    config.hash_func = CheapHash;
    return config;
  }());
  return ring;
}

// Runs `ask` with the first node of `ring` and keys of the node at `place`, on every thread of
// `state`.
template <typename Ask>
void AskFirst(benchmark::State& state, LookupRing& ring, std::size_t place, Ask ask) {
  Node& node = ring.first();
  const std::vector<std::string> keys = ring.KeysOf(place, kKeysToLookUp);
  ask(node, keys.front());  // what a thread does once: its context to hash with, its snapshot
  std::size_t i = 0;
  for (auto _ : state) ask(node, keys[i++ % keys.size()]);

  const std::uint64_t locks = LocksTakenByThisThread();  // the loop above takes some of its own
  for (const std::string& key : keys) ask(node, key);
  const double taken = static_cast<double>(LocksTakenByThisThread() - locks);
  state.counters["locks"] =
      benchmark::Counter(taken / static_cast<double>(keys.size()), benchmark::Counter::kAvgThreads);
}

void LookupAsync(Node& node, const std::string& key) {
  node.LookupAsync(key, {}, [](const absl::StatusOr<LookupResult>& result) {
    if (!result.ok() || result->hops != 0) std::abort();
    benchmark::DoNotOptimize(result->owner);
  });
}

void Owns(Node& node, const std::string& key) { benchmark::DoNotOptimize(node.Owns(key)); }

void IdOf(Node& node, const std::string& key) { benchmark::DoNotOptimize(node.IdOf(key)); }

void Lookup(Node& node, const std::string& key) { benchmark::DoNotOptimize(node.Lookup(key)); }

#define CONCORD_LOCAL(name, ring, owner, ask)                                 \
  void name(benchmark::State& state) { AskFirst(state, ring(), owner, ask); } \
  BENCHMARK(name)->Threads(1)->Threads(2)->UseRealTime()

CONCORD_LOCAL(LookupAsyncOwnKey, RingWithSha256, kSelf, LookupAsync);
CONCORD_LOCAL(LookupAsyncSuccessorsKey, RingWithSha256, kSuccessor, LookupAsync);
CONCORD_LOCAL(LookupOwnKey, RingWithSha256, kSelf, Lookup);
CONCORD_LOCAL(OwnsOwnKey, RingWithSha256, kSelf, Owns);
CONCORD_LOCAL(HashSha256, RingWithSha256, kSelf, IdOf);

CONCORD_LOCAL(LookupAsyncOwnKeyCheapHash, RingWithCheapHash, kSelf, LookupAsync);
CONCORD_LOCAL(LookupAsyncSuccessorsKeyCheapHash, RingWithCheapHash, kSuccessor, LookupAsync);
CONCORD_LOCAL(OwnsOwnKeyCheapHash, RingWithCheapHash, kSelf, Owns);
CONCORD_LOCAL(HashCheap, RingWithCheapHash, kSelf, IdOf);

#undef CONCORD_LOCAL

}  // namespace
}  // namespace concord::bench
