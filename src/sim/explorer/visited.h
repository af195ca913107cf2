// The states that a search has seen: of each a 64-bit fingerprint and from which it was reached,
// 13 bytes a slot.
//
// Two states with one fingerprint would be taken for one, and what only the second leads to would
// be missed. With n states the chance that it happens at all is about n² / 2^65: one in 3700 for
// 10^8 states, one in 37 for 10^9.
#ifndef CONCORD_SIM_EXPLORER_VISITED_H_
#define CONCORD_SIM_EXPLORER_VISITED_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace concord::sim {

class Visited {
 public:
  using Slot = std::uint64_t;  // where a state is; changes when the table grows
  static constexpr Slot kNone = (Slot{1} << 40) - 1;

  explicit Visited(std::size_t slots = std::size_t{1} << 16);

  // True iff `fingerprint` was not there yet. There must be room, see Full.
  bool Insert(std::uint64_t fingerprint, Slot parent);
  // kNone if it is not there.
  Slot Find(std::uint64_t fingerprint) const;
  std::uint64_t fingerprint(Slot slot) const { return fingerprints_[slot]; }
  Slot parent(Slot slot) const;
  void Prefetch(std::uint64_t fingerprint) const {
    __builtin_prefetch(&fingerprints_[HomeOf(fingerprint)]);
  }

  std::size_t size() const { return size_; }
  std::size_t bytes() const { return fingerprints_.size() * kSlotBytes; }
  // Three quarters are taken: time to Grow. Full: no more may be inserted.
  bool Crowded() const { return 4 * size_ > 3 * fingerprints_.size(); }
  bool Full() const { return 20 * size_ > 19 * fingerprints_.size(); }
  void Grow();

 private:
  static constexpr std::size_t kSlotBytes = 13;
  using Packed = std::array<std::uint8_t, 5>;

  std::size_t HomeOf(std::uint64_t fingerprint) const {
    return fingerprint & (fingerprints_.size() - 1);
  }
  // Where `fingerprint` is, or where it would go.
  Slot SlotOf(std::uint64_t fingerprint) const;

  std::vector<std::uint64_t> fingerprints_;  // a power of two; 0: free
  std::vector<Packed> parents_;
  std::size_t size_ = 0;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_EXPLORER_VISITED_H_
