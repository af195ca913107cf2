// What this store holds: the entries on its disk, with their digests, and what of them is durable.
#ifndef CONCORD_EXAMPLES_KV_SHELF_H_
#define CONCORD_EXAMPLES_KV_SHELF_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "concord/types.h"
#include "examples/kv/digest_tree.h"
#include "examples/kv/entry.h"
#include "examples/kv/storage.h"

namespace kv {

// Used by one thread. After an error of the disk nobody knows what is on it: every call fails from
// then on, and the store has to be started again.
class Shelf {
 public:
  using Hash = std::function<concord::Id(const std::string& key)>;
  // `storage` must outlive us. `levels`: of the digest tree.
  Shelf(Storage& storage, Hash hash, int levels = DigestTree::kLevels)
      : storage_(storage), hash_(std::move(hash)), digests_(levels) {}

  // First this: reads all that there is, without the values.
  absl::Status Load();
  // The time of the latest version that was ever kept here.
  std::uint64_t latest() const { return latest_; }
  // Not OK: it is broken.
  const absl::Status& status() const { return broken_; }

  // Takes each entry that is later than what is there. `done` gets, in their order, the versions
  // that are there then, when they survive a crash, which may be at once; or an error.
  using Kept = std::function<void(absl::StatusOr<std::vector<Version>>)>;
  void Keep(std::vector<Entry> entries, Kept done);

  // What is there of a key, whether it is durable or not; nothing: not even a tombstone.
  absl::StatusOr<std::optional<Entry>> Get(const std::string& key);
  // The same once it is durable.
  void GetDurable(const std::string& key,
                  std::function<void(absl::StatusOr<std::optional<Entry>>)> done);

  // The entries of `arc` in its order, from the one after `after` on (a null: from its begin),
  // until there are `most` of them or they have `bytes`, and whether there are more.
  struct Page {
    std::vector<Entry> entries;
    bool more = false;
  };
  absl::StatusOr<Page> List(const concord::Range& arc, const std::optional<std::string>& after,
                            bool values, std::size_t most, std::size_t bytes);
  absl::StatusOr<Digest> DigestOf(const concord::Range& arc);
  std::vector<concord::Range> Split(const concord::Range& arc) const { return digests_.Split(arc); }
  std::uint64_t entries() const { return digests_.all().entries; }

  // Those that are still there in exactly these versions.
  absl::Status Remove(const std::vector<Entry>& entries);

  concord::Id HashOf(const std::string& key) const { return hash_(key); }

 private:
  using Durable = std::function<void(const absl::Status&)>;

  absl::Status Broken(absl::Status status);
  void Sync();

  Storage& storage_;
  const Hash hash_;
  DigestTree digests_;
  std::uint64_t latest_ = 0;
  absl::Status broken_;

  // Every Keep has a number. What was kept under one up to durable_ is durable.
  std::uint64_t kept_ = 0, durable_ = 0;
  bool syncing_ = false;
  std::multimap<std::uint64_t, Durable> waiting_;
  std::map<std::string, std::uint64_t> fresh_;  // keys that are not durable, and since when
};

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_SHELF_H_
