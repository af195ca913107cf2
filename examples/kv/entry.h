// What the store holds: for each key an entry, which is a value or a tombstone, and its version.
#ifndef CONCORD_EXAMPLES_KV_ENTRY_H_
#define CONCORD_EXAMPLES_KV_ENTRY_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>

#include "concord/types.h"

namespace kv {

inline constexpr std::size_t kMaxKeyBytes = 1 << 10;
inline constexpr std::size_t kMaxValueBytes = 1 << 20;

// Of two versions the later wins. The default is earlier than all others: there is none.
struct Version {
  std::uint64_t time = 0;  // of a HybridClock
  std::uint64_t node = 0;  // the identifier of the node that gave it
  friend auto operator<=>(const Version&, const Version&) = default;
};

struct Entry {
  std::string key;
  Version version;
  bool deleted = false;
  std::string value;  // empty when deleted
  friend bool operator==(const Entry&, const Entry&) = default;

  std::size_t bytes() const { return key.size() + value.size(); }
};

// Entries are kept in the order of the ring: by hash, and keys of one hash by themselves.
struct Place {
  concord::Id hash = 0;
  std::string key;
  friend bool operator<(const Place& a, const Place& b) {
    return std::tie(a.hash, a.key) < std::tie(b.hash, b.key);
  }
  friend bool operator==(const Place&, const Place&) = default;
};

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_ENTRY_H_
