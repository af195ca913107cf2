// A hash table from 64-bit keys to 64-bit values, for what is looked up a million times a second.
#ifndef CONCORD_SIM_EXPLORER_FLAT_MAP_H_
#define CONCORD_SIM_EXPLORER_FLAT_MAP_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace concord::sim {

// SplitMix64's last step: every bit of the result depends on every bit of `x`.
constexpr std::uint64_t MixBits(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// Open addressing, linear probing, at most half full. Nothing is ever removed.
class FlatMap {
 public:
  FlatMap() : slots_(1024) {}

  // Null if there is none. Valid until the next Insert. key < 2^64 - 1.
  const std::uint64_t* Find(std::uint64_t key) const {
    const Slot& slot = slots_[SlotOf(key)];
    return slot.key == 0 ? nullptr : &slot.value;
  }

  // `key` must not be there yet.
  void Insert(std::uint64_t key, std::uint64_t value) {
    if (2 * ++size_ > slots_.size()) Grow();
    slots_[SlotOf(key)] = {key + 1, value};
  }

  std::size_t bytes() const { return slots_.size() * sizeof(Slot); }

 private:
  struct Slot {
    std::uint64_t key = 0;  // one more than the key; 0: empty
    std::uint64_t value = 0;
  };

  std::size_t SlotOf(std::uint64_t key) const {
    std::size_t i = MixBits(key + 0x9e3779b97f4a7c15);
    for (i &= slots_.size() - 1; slots_[i].key != 0 && slots_[i].key != key + 1;) {
      i = (i + 1) & (slots_.size() - 1);
    }
    return i;
  }

  void Grow() {
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.key != 0) slots_[SlotOf(slot.key - 1)] = slot;
    }
  }

  std::vector<Slot> slots_;  // a power of two
  std::size_t size_ = 0;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_EXPLORER_FLAT_MAP_H_
