// Digests of what is held, arc by arc: two stores that hold the same of an arc find that out by one
// number, and where they differ by comparing fewer and fewer (Merkle, 1987; Dynamo's anti-entropy).
//
// A digest is a sum over entries, so that one entry more or less changes it without the rest being
// read again, and the digests of two parts add up to that of the whole.
#ifndef CONCORD_EXAMPLES_KV_DIGEST_TREE_H_
#define CONCORD_EXAMPLES_KV_DIGEST_TREE_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "examples/kv/entry.h"
#include "examples/kv/storage.h"

namespace kv {

struct Digest {
  std::uint64_t low = 0, high = 0;  // modulo 2^64 each
  std::uint64_t entries = 0;

  Digest& operator+=(const Digest& other) {
    low += other.low;
    high += other.high;
    entries += other.entries;
    return *this;
  }
  Digest& operator-=(const Digest& other) {
    low -= other.low;
    high -= other.high;
    entries -= other.entries;
    return *this;
  }
  friend bool operator==(const Digest&, const Digest&) = default;
};

// By key, version, and whether it is deleted.
Digest DigestOf(const Entry& entry);

// The first `levels` x 4 bits of a hash lead to a leaf. Not thread-safe.
class DigestTree {
 public:
  static constexpr int kLevels = 4;  // 65,536 leaves, in 1.7 MB

  explicit DigestTree(int levels = kLevels);

  void Add(concord::Id hash, const Digest& entry);
  void Subtract(concord::Id hash, const Digest& entry);
  const Digest& all() const { return nodes_.front().front(); }

  // Of what is held in `arc`. Leaves that it cuts are read: at most two, of `storage`.
  absl::StatusOr<Digest> Of(const concord::Range& arc, Storage& storage) const;

  // `arc` in its order, cut where the tree has bounds: at most 17 parts, or itself alone when it
  // lies in one leaf.
  std::vector<concord::Range> Split(const concord::Range& arc) const;

 private:
  int ShiftOf(int level) const { return 64 - 4 * level; }
  absl::StatusOr<Digest> OfSpan(int level, concord::Id node, const Span& span,
                                Storage& storage) const;

  const int levels_;
  std::vector<std::vector<Digest>> nodes_;  // of each level, from the root on
};

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_DIGEST_TREE_H_
