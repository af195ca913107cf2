#include "sim/coverage.h"

#include <bit>

namespace concord::sim {

Coverage::Coverage(std::size_t size)
    : leaves_(std::bit_ceil(size + 1)),
      at_(size),
      after_(size),
      marked_(size),
      nodes_(2 * leaves_) {}

Coverage::Node Coverage::Join(const Node& left, const Node& right) {
  Node node;
  node.sum = left.sum + right.sum;
  const std::int32_t right_least = right.least == kNone ? kNone : left.sum + right.least;
  if (left.least <= right_least) {
    node.least = left.least;
    node.having_least = left.having_least;
  } else {
    node.least = right_least;
  }
  if (right_least == node.least) node.having_least += right.having_least;
  return node;
}

void Coverage::Update(std::size_t position) {
  Node& leaf = nodes_[leaves_ + position];
  leaf.sum = at_[position] + after_[position];
  leaf.least = marked_[position] ? at_[position] : kNone;
  leaf.having_least = marked_[position] ? 1 : 0;
  for (std::size_t i = (leaves_ + position) / 2; i > 0; i /= 2) {
    nodes_[i] = Join(nodes_[2 * i], nodes_[2 * i + 1]);
  }
}

void Coverage::AddArc(std::size_t from, std::size_t to, int times) {
  if (to == from + 1) return;  // covers nothing
  if (to <= from) around_ += times;
  after_[from] += times;
  at_[to] -= times;
  Update(from);
  if (from != to) Update(to);
}

void Coverage::Mark(std::size_t position, bool marked) {
  if (marked_[position] == marked) return;
  marked_[position] = marked;
  Update(position);
}

std::size_t Coverage::Uncovered() const {
  const Node& all = nodes_[1];
  return all.least != kNone && around_ + all.least == 0 ? all.having_least : 0;
}

Coverage::Node Coverage::Between(std::size_t first, std::size_t end) const {
  Node left, right;
  for (first += leaves_, end += leaves_; first < end; first /= 2, end /= 2) {
    if (first % 2 == 1) left = Join(left, nodes_[first++]);
    if (end % 2 == 1) right = Join(nodes_[--end], right);
  }
  return Join(left, right);
}

bool Coverage::HasUncovered(std::size_t from, std::size_t to) const {
  if (to == from + 1) return false;
  const auto any = [this](std::size_t first, std::size_t end) {
    if (first >= end) return false;
    const Node node = Between(first, end);
    return node.least != kNone && around_ + Between(0, first).sum + node.least == 0;
  };
  if (from < to) return any(from + 1, to);
  return any(from + 1, at_.size()) || any(0, to);
}

std::size_t Coverage::CountAt(std::size_t position) const {
  return static_cast<std::size_t>(around_ + Between(0, position).sum + at_[position]);
}

}  // namespace concord::sim
