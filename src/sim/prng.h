// Randomness whose sequence is the same on every machine and with every compiler: integers alone.
#ifndef CONCORD_SIM_PRNG_H_
#define CONCORD_SIM_PRNG_H_

#include <bit>
#include <cstdint>

namespace concord::sim {

// The finalizer of SplitMix64: a bijection that lets every bit of `x` reach every bit of the
// result.
constexpr std::uint64_t Scramble(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// SplitMix64 (Steele, Lea, Flood, 2014).
class Prng {
 public:
  explicit constexpr Prng(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t Next() { return Scramble(state_ += 0x9e3779b97f4a7c15); }

  // 0 <= result < limit; limit > 0. The bias is of no matter for small limits.
  constexpr std::uint64_t Below(std::uint64_t limit) { return Next() % limit; }
  // first <= result <= last.
  constexpr std::uint64_t Between(std::uint64_t first, std::uint64_t last) {
    return first + Below(last - first + 1);
  }
  constexpr bool OneIn(std::uint64_t n) { return Below(n) == 0; }
  constexpr bool Chance(std::uint64_t in_a_million) { return Below(1'000'000) < in_a_million; }

  // Exponentially distributed with this mean, which is less than 2^42.
  constexpr std::uint64_t Exponential(std::uint64_t mean) {
    // mean x -ln(u) = mean x ln 2 x -log2(u), the logarithm in 16.16 fixed point; ln 2 as well.
    constexpr std::uint64_t kLn2 = 45426;
    return ((mean * MinusLog2(Next() | 1)) >> 16) * kLn2 >> 16;
  }

  // Heavy-tailed from `least` on: P(result > x) falls as x^-1.5, cut off at 2000 times the least.
  constexpr std::uint64_t HeavyTail(std::uint64_t least) {
    const int doublings = std::countl_zero(Next() | (std::uint64_t{1} << 47));
    std::uint64_t low = least;
    for (int i = 0; i < doublings; ++i) low = low * 8 / 5;
    return low + Below(low * 3 / 5 + 1);
  }

 private:
  // -log2(u / 2^64) in 16.16 fixed point; u > 0.
  static constexpr std::uint64_t MinusLog2(std::uint64_t u) {
    const int zeros = std::countl_zero(u);
    std::uint64_t mantissa = (u << zeros) >> 32;  // 1 <= mantissa / 2^31 < 2
    std::uint64_t fraction = 0;
    for (int bit = 15; bit >= 0; --bit) {  // by squaring: each step yields one binary digit
      mantissa = (mantissa * mantissa) >> 31;
      if (mantissa >> 32 != 0) {
        mantissa >>= 1;
        fraction |= std::uint64_t{1} << bit;
      }
    }
    return ((static_cast<std::uint64_t>(zeros) + 1) << 16) - fraction;
  }

  std::uint64_t state_;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_PRNG_H_
