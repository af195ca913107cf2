// Rings that exist on paper: what a member of an ideal ring of N members knows.
#ifndef CONCORD_BENCH_RINGS_H_
#define CONCORD_BENCH_RINGS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "concord/types.h"
#include "core/finger_table.h"
#include "core/member.h"
#include "core/routing_table.h"

namespace concord::bench {

// SplitMix64 (Steele, Lea, Flood, 2014): the same sequence on every machine.
class Prng {
 public:
  explicit Prng(std::uint64_t seed) : state_(seed) {}
  std::uint64_t Next();

 private:
  std::uint64_t state_;
};

// Some identifiers, the same in every run; a power of two of them.
std::vector<Id> RandomIds(std::size_t count);

// A ring of `size` members at random places of the 64-bit circle, seen by the first of them, which
// has the default number of successors and every finger.
class PaperRing {
 public:
  explicit PaperRing(std::size_t size);

  const std::vector<Server>& members() const { return members_; }  // by identifier
  const Server& self() const { return members_.front(); }
  const Server& predecessor() const { return members_.back(); }
  std::vector<Server> Successors(std::size_t count) const;
  const Server& OwnerOf(Id id) const;

  core::RoutingTable Table() const;
  core::Member Member() const;

 private:
  std::vector<Server> members_;
};

}  // namespace concord::bench

#endif  // CONCORD_BENCH_RINGS_H_
