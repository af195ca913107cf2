// How many arcs of a circle cover each of its points.
#ifndef CONCORD_SIM_COVERAGE_H_
#define CONCORD_SIM_COVERAGE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace concord::sim {

// The circle has the positions 0 ... size - 1. An arc from one to another covers those strictly
// between them, walking upwards and around. Every operation takes O(log size) steps.
//
// A segment tree over the differences of neighbours' counts: an arc changes two of them, and the
// count of a position is the sum of all differences up to it.
class Coverage {
 public:
  explicit Coverage(std::size_t size);

  // times: +1 or -1. An arc from a position to itself covers all others.
  void AddArc(std::size_t from, std::size_t to, int times);
  // Only marked positions are counted by the questions below.
  void Mark(std::size_t position, bool marked);

  // How many marked positions no arc covers.
  std::size_t Uncovered() const;
  // Whether one of those lies strictly between `from` and `to`.
  bool HasUncovered(std::size_t from, std::size_t to) const;
  std::size_t CountAt(std::size_t position) const;

 private:
  // Of the positions below a node of the tree: the sum of their differences, and the least count of
  // a marked one (counted from the first of them), with how many have it.
  struct Node {
    std::int32_t sum = 0;
    std::int32_t least = kNone;
    std::uint32_t having_least = 0;
  };
  static constexpr std::int32_t kNone = INT32_MAX;

  static Node Join(const Node& left, const Node& right);
  void Update(std::size_t position);
  Node Between(std::size_t first, std::size_t end) const;  // of the positions [first, end)

  std::size_t leaves_;
  std::int32_t around_ = 0;          // arcs that pass from the last position to the first
  std::vector<std::int32_t> at_;     // differences that count for the position itself
  std::vector<std::int32_t> after_;  // and those that count for the positions after it only
  std::vector<bool> marked_;
  std::vector<Node> nodes_;  // the children of i are 2i and 2i + 1
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_COVERAGE_H_
