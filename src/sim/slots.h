// Values that come and go, each known by a small number while it lives.
#ifndef CONCORD_SIM_SLOTS_H_
#define CONCORD_SIM_SLOTS_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

namespace concord::sim {

template <typename T>
class Slots {
 public:
  std::uint32_t Put(T value) {
    if (free_.empty()) {
      values_.push_back(std::move(value));
      used_.push_back(true);
      return static_cast<std::uint32_t>(values_.size() - 1);
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    values_[slot] = std::move(value);
    used_[slot] = true;
    return slot;
  }

  T Take(std::uint32_t slot) {
    if (!used_[slot]) std::abort();  // taken twice: it would be given to two
    free_.push_back(slot);
    used_[slot] = false;
    return std::move(values_[slot]);
  }

  T& operator[](std::uint32_t slot) { return values_[slot]; }
  const T& operator[](std::uint32_t slot) const { return values_[slot]; }
  bool Has(std::uint32_t slot) const { return used_[slot]; }
  // Beyond the last one ever used.
  std::uint32_t end() const { return static_cast<std::uint32_t>(values_.size()); }

 private:
  std::vector<T> values_;
  std::vector<bool> used_;
  std::vector<std::uint32_t> free_;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_SLOTS_H_
