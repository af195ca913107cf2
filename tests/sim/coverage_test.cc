#include "sim/coverage.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "sim/prng.h"

namespace concord::sim {
namespace {

// By walking.
class Naive {
 public:
  explicit Naive(std::size_t size) : covered_(size), marked_(size) {}

  void AddArc(std::size_t from, std::size_t to, int times) {
    for (std::size_t i = Next(from); i != to; i = Next(i)) {
      if (i != from) covered_[i] += times;
    }
  }
  void Mark(std::size_t position, bool marked) { marked_[position] = marked; }
  std::size_t Uncovered() const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < covered_.size(); ++i) count += Free(i) ? 1 : 0;
    return count;
  }
  bool HasUncovered(std::size_t from, std::size_t to) const {
    for (std::size_t i = Next(from); i != to; i = Next(i)) {
      if (i != from && Free(i)) return true;
    }
    return false;
  }
  int CountAt(std::size_t position) const { return covered_[position]; }

 private:
  std::size_t Next(std::size_t i) const { return (i + 1) % covered_.size(); }
  bool Free(std::size_t i) const { return marked_[i] && covered_[i] == 0; }

  std::vector<int> covered_;
  std::vector<bool> marked_;
};

TEST(Coverage, SaysWhatAWalkWouldSay) {
  for (const std::size_t size : {1, 2, 3, 7, 8, 20}) {
    SCOPED_TRACE(size);
    Prng prng(size);
    Coverage coverage(size);
    Naive naive(size);
    std::vector<std::pair<std::size_t, std::size_t>> arcs;
    for (int step = 0; step < 3000; ++step) {
      const std::size_t a = prng.Below(size), b = prng.Below(size);
      if (prng.OneIn(3)) {
        const bool marked = prng.OneIn(2);
        coverage.Mark(a, marked);
        naive.Mark(a, marked);
      } else if (arcs.size() < 4 && a != b) {
        coverage.AddArc(a, b, +1);
        naive.AddArc(a, b, +1);
        arcs.emplace_back(a, b);
      } else if (!arcs.empty()) {
        coverage.AddArc(arcs.back().first, arcs.back().second, -1);
        naive.AddArc(arcs.back().first, arcs.back().second, -1);
        arcs.pop_back();
      }
      ASSERT_EQ(coverage.Uncovered(), naive.Uncovered());
      const std::size_t from = prng.Below(size), to = prng.Below(size);
      ASSERT_EQ(coverage.CountAt(from), static_cast<std::size_t>(naive.CountAt(from)));
      if (from != to) {
        ASSERT_EQ(coverage.HasUncovered(from, to), naive.HasUncovered(from, to));
      }
    }
  }
}

TEST(Coverage, AnArcFromAPositionToItselfCoversAllOthers) {
  Coverage coverage(5);
  for (std::size_t i = 0; i < 5; ++i) coverage.Mark(i, true);
  coverage.AddArc(2, 2, +1);
  EXPECT_EQ(coverage.Uncovered(), 1u);
  EXPECT_EQ(coverage.CountAt(2), 0u);
}

}  // namespace
}  // namespace concord::sim
