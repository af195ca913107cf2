// What is to happen when: the queue of a discrete-event simulation.
#ifndef CONCORD_SIM_AGENDA_H_
#define CONCORD_SIM_AGENDA_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/virtual_time.h"

namespace concord::sim {

// Entries come out by time, and those of one moment in the order in which they went in.
template <typename Entry>
class Agenda {
 public:
  void Add(Nanos at, const Entry& entry) {
    heap_.push_back({at, added_++, entry});
    SiftUp(heap_.size() - 1);
  }

  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  // Precondition of these: not empty.
  Nanos next_time() const { return heap_.front().at; }
  Entry Take() {
    const Entry entry = heap_.front().entry;
    const Item last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) SiftDown(last);
    return entry;
  }

 private:
  // A heap with four children a node: half as deep as a binary one, and each step is one cache line
  // or two.
  static constexpr std::size_t kChildren = 4;

  struct Item {
    Nanos at;
    std::uint64_t order;
    Entry entry;
    bool Before(const Item& other) const {
      return at != other.at ? at < other.at : order < other.order;
    }
  };

  void SiftUp(std::size_t i) {
    const Item item = heap_[i];
    for (; i > 0; i = (i - 1) / kChildren) {
      const Item& parent = heap_[(i - 1) / kChildren];
      if (!item.Before(parent)) break;
      heap_[i] = parent;
    }
    heap_[i] = item;
  }

  // Puts `item` where the root has been taken from, and lower where it belongs.
  void SiftDown(const Item& item) {
    std::size_t i = 0;
    for (;;) {
      const std::size_t first = i * kChildren + 1;
      if (first >= heap_.size()) break;
      const std::size_t end = std::min(first + kChildren, heap_.size());
      std::size_t least = first;
      for (std::size_t child = first + 1; child < end; ++child) {
        if (heap_[child].Before(heap_[least])) least = child;
      }
      if (!heap_[least].Before(item)) break;
      heap_[i] = heap_[least];
      i = least;
    }
    heap_[i] = item;
  }

  std::uint64_t added_ = 0;
  std::vector<Item> heap_;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_AGENDA_H_
