// Rings of stores, each a process of its own.
#ifndef CONCORD_BENCH_KV_RING_H_
#define CONCORD_BENCH_KV_RING_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "examples/common/process.h"
#include "examples/kv/client.h"

namespace concord::bench {

// What all stores of a ring say at about one time, in the order of the ring.
struct RingStats {
  std::vector<kv::wire::StatsResponse> stores = {};

  std::uint64_t entries() const;
  std::uint64_t owned_entries() const;
  std::uint64_t moved_bytes() const;
  const kv::wire::StatsResponse& of(const std::string& name) const;

  // Whether `stores` of them own `keys`, and hold each so many times as it has copies; with
  // `surplus`, some more often.
  bool Hold(std::size_t keys, std::size_t stores, bool surplus) const;

 private:
  bool KnowsHolders(std::size_t place) const;
};

// Whatever goes wrong ends the program.
class KvRing {
 public:
  // `program`: concord-kv. `folder`: where theirs are. `flags`: further ones, of every store.
  KvRing(std::string program, std::string folder, std::vector<std::string> flags);

  // Starts one more, and waits until it says that it is in the ring; returns its name.
  std::string Add();
  // kill -9 of the one that has been there longest; returns its name.
  std::string Kill();
  // Waits until they hold `keys`, as RingStats::Hold.
  RingStats WaitFor(std::size_t keys, bool surplus) const;

  std::size_t size() const { return stores_.size(); }
  std::vector<std::string> addresses() const;
  double CpuMicroseconds() const;  // of all of them

 private:
  struct Store {
    std::string name;
    std::string address;
    std::unique_ptr<example::Process> process;
  };

  const std::string program_, folder_;
  const std::vector<std::string> flags_;
  std::size_t started_ = 0;
  std::vector<Store> stores_;
};

}  // namespace concord::bench

#endif  // CONCORD_BENCH_KV_RING_H_
