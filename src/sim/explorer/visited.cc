#include "sim/explorer/visited.h"

#include <utility>

namespace concord::sim {
namespace {

std::array<std::uint8_t, 5> Pack(std::uint64_t value) {
  std::array<std::uint8_t, 5> packed;
  for (std::size_t i = 0; i < packed.size(); ++i) {
    packed[i] = static_cast<std::uint8_t>(value >> 8 * i);
  }
  return packed;
}

}  // namespace

Visited::Visited(std::size_t slots) : fingerprints_(slots), parents_(slots) {}

Visited::Slot Visited::SlotOf(std::uint64_t fingerprint) const {
  std::size_t i = HomeOf(fingerprint);
  while (fingerprints_[i] != 0 && fingerprints_[i] != fingerprint) {
    i = (i + 1) & (fingerprints_.size() - 1);
  }
  return i;
}

bool Visited::Insert(std::uint64_t fingerprint, Slot parent) {
  if (fingerprint == 0) fingerprint = 1;
  const Slot slot = SlotOf(fingerprint);
  if (fingerprints_[slot] != 0) return false;
  fingerprints_[slot] = fingerprint;
  parents_[slot] = Pack(parent);
  ++size_;
  return true;
}

Visited::Slot Visited::Find(std::uint64_t fingerprint) const {
  if (fingerprint == 0) fingerprint = 1;
  const Slot slot = SlotOf(fingerprint);
  return fingerprints_[slot] == 0 ? kNone : slot;
}

Visited::Slot Visited::parent(Slot slot) const {
  Slot value = 0;
  for (std::size_t i = 0; i < parents_[slot].size(); ++i) {
    value |= Slot{parents_[slot][i]} << 8 * i;
  }
  return value;
}

void Visited::Grow() {
  Visited grown(2 * fingerprints_.size());
  for (Slot slot = 0; slot < fingerprints_.size(); ++slot) {
    if (fingerprints_[slot] != 0) grown.Insert(fingerprints_[slot], kNone);
  }
  for (Slot slot = 0; slot < fingerprints_.size(); ++slot) {
    if (fingerprints_[slot] == 0) continue;
    const Slot old = parent(slot);
    if (old == kNone) continue;
    grown.parents_[grown.SlotOf(fingerprints_[slot])] = Pack(grown.SlotOf(fingerprints_[old]));
  }
  *this = std::move(grown);
}

}  // namespace concord::sim
