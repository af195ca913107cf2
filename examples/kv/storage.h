// Where a store keeps its entries: in the order of the ring, so that an arc is one scan.
#ifndef CONCORD_EXAMPLES_KV_STORAGE_H_
#define CONCORD_EXAMPLES_KV_STORAGE_H_

#include <functional>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "concord/types.h"
#include "examples/kv/entry.h"

namespace kv {

// The identifiers from `first` to `last`, both included, without passing zero.
struct Span {
  concord::Id first = 0;
  concord::Id last = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

// Used by one thread. Where it says so it calls back, on that thread.
class Storage {
 public:
  virtual ~Storage() = default;

  // Instead of what is there, whatever that is: all of them, or on an error none. They can be read
  // at once, and are durable when a Sync that begins later has ended.
  virtual absl::Status Put(const std::vector<std::pair<concord::Id, Entry>>& entries) = 0;
  virtual absl::Status Remove(const std::vector<Place>& places) = 0;
  // What was put and removed before is durable when `done` gets OK. Many of them cost one.
  virtual void Sync(std::function<void(const absl::Status&)> done) = 0;

  virtual absl::StatusOr<std::optional<Entry>> Get(concord::Id hash, const std::string& key) = 0;
  // The same without its value.
  virtual absl::StatusOr<std::optional<Entry>> Peek(concord::Id hash, const std::string& key) = 0;

  // The entries of `span` in their order, from `from` on, until `visit` returns false. Without
  // `values` theirs are empty.
  using Visit = std::function<bool(const Place&, Entry)>;
  virtual absl::Status Scan(const Span& span, const Place& from, bool values,
                            const Visit& visit) = 0;
};

// An arc of the ring as one span, or as two when it passes zero, in the arc's order.
inline std::vector<Span> SpansOf(const concord::Range& arc) {
  constexpr concord::Id kLast = ~concord::Id{0};
  if (arc.start < arc.end) return {{arc.start + 1, arc.end}};
  if (arc.start == kLast) return {{0, arc.end}};
  return {{arc.start + 1, kLast}, {0, arc.end}};
}

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_STORAGE_H_
