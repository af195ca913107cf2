// What happens, in which order, from a seed.
#ifndef CONCORD_TESTS_CHAOS_SCHEDULE_H_
#define CONCORD_TESTS_CHAOS_SCHEDULE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "faults.h"
#include "sim/prng.h"

namespace concord::chaos {

struct Episode {
  Fault fault = Fault::kKill;
  std::size_t count = 1;   // nodes that it strikes
  std::uint64_t draw = 0;  // which ones
  absl::Duration hold;     // from its beginning to its end, at least
};

// kill x2 0.0 s draw 17
std::string ToText(const Episode& episode);

// Rounds without end: each has every class once, in an order of its own. A full restart is only in
// the first, so that processes grow old.
class Schedule {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::vector<Fault> faults;  // at least one
    std::size_t nodes = 16;
    std::size_t successors = 3;
    absl::Duration interval;
    absl::Duration longest_stop;  // of class stop, at least 1 s
    std::size_t most_killed = 2;  // by one fault of class kill, 1 to successors - 1
  };

  explicit Schedule(Options options) : options_(std::move(options)), prng_(options_.seed) {}

  Episode Next();
  std::size_t round() const { return round_; }  // of the last episode, from 1

 private:
  void Deal();
  Episode Draw(Fault fault);

  const Options options_;
  sim::Prng prng_;
  std::vector<Fault> left_;  // of this round, the next one last
  std::size_t round_ = 0;
};

// `count` neighbours of a ring of `may_die.size()` members, all of which may die; as many as there
// are side by side if those are fewer.
std::vector<std::size_t> PickNeighbours(const std::vector<bool>& may_die, std::size_t count,
                                        std::uint64_t draw);

// `members` dealt to `sides`, each of which gets one at least.
std::vector<std::size_t> PickSides(std::size_t members, std::size_t sides, std::uint64_t draw);

}  // namespace concord::chaos

#endif  // CONCORD_TESTS_CHAOS_SCHEDULE_H_
