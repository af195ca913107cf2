// The states still to be looked at, in the order in which they were found.
#ifndef CONCORD_SIM_EXPLORER_FRONTIER_H_
#define CONCORD_SIM_EXPLORER_FRONTIER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "sim/explorer/model.h"

namespace concord::sim {

// A queue that stores a ring of n nodes in 4 (n + 1) bytes, and gives memory back as it is read.
class Frontier {
 public:
  explicit Frontier(unsigned nodes) : nodes_(nodes) {}

  std::size_t size() const { return size_; }
  std::size_t bytes() const { return blocks_.size() * kBlock * (nodes_ + 1) * sizeof(Word); }

  void Push(const Ring& ring) {
    if (blocks_.empty() || blocks_.back().size() == kBlock * (nodes_ + 1)) {
      blocks_.emplace_back();
      blocks_.back().reserve(kBlock * (nodes_ + 1));
    }
    std::vector<Word>& block = blocks_.back();
    block.push_back(static_cast<Word>(ring.failures | ring.restarts << 8 | ring.suspicions << 16));
    block.insert(block.end(), ring.nodes.begin(), ring.nodes.begin() + nodes_);
    ++size_;
  }

  // There must be one.
  Ring Pop() {
    const Word* const words = blocks_.front().data() + read_;
    Ring ring;
    ring.failures = static_cast<std::uint8_t>(words[0]);
    ring.restarts = static_cast<std::uint8_t>(words[0] >> 8);
    ring.suspicions = static_cast<std::uint8_t>(words[0] >> 16);
    for (unsigned i = 0; i < nodes_; ++i) ring.nodes[i] = words[1 + i];
    read_ += nodes_ + 1;
    if (read_ == kBlock * (nodes_ + 1)) {
      blocks_.pop_front();
      read_ = 0;
    }
    --size_;
    return ring;
  }

 private:
  using Word = std::uint32_t;
  static constexpr std::size_t kBlock = 1 << 14;  // states

  unsigned nodes_;
  std::deque<std::vector<Word>> blocks_;
  std::size_t read_ = 0;  // words of the first block
  std::size_t size_ = 0;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_EXPLORER_FRONTIER_H_
