// A small random number generator whose sequence is the same on every machine.
#ifndef CONCORD_TESTS_CORE_PRNG_H_
#define CONCORD_TESTS_CORE_PRNG_H_

#include <cstdint>

namespace concord::core {

// SplitMix64 (Steele, Lea, Flood, 2014).
class Prng {
 public:
  explicit Prng(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  // 0 <= result < limit; limit > 0. The bias is of no matter for small limits.
  std::uint64_t Below(std::uint64_t limit) { return Next() % limit; }
  bool OneIn(std::uint64_t n) { return Below(n) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace concord::core

#endif  // CONCORD_TESTS_CORE_PRNG_H_
