// Storage in memory.
#ifndef CONCORD_TESTS_KV_MAP_STORAGE_H_
#define CONCORD_TESTS_KV_MAP_STORAGE_H_

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "examples/kv/storage.h"

namespace kv {

class MapStorage final : public Storage {
 public:
  std::map<Place, Entry> entries;
  std::size_t read = 0;                                         // entries, by Scan
  std::vector<std::function<void(const absl::Status&)>> syncs;  // that have not ended

  absl::Status reads;  // not OK: what Get, Peek and Scan end with

  void EndSyncs(const absl::Status& status = absl::OkStatus()) {
    for (const auto& done : std::exchange(syncs, {})) done(status);
  }

  absl::Status Put(const std::vector<std::pair<concord::Id, Entry>>& put) override {
    for (const auto& [hash, entry] : put) entries[{hash, entry.key}] = entry;
    return absl::OkStatus();
  }
  absl::Status Remove(const std::vector<Place>& places) override {
    for (const Place& place : places) entries.erase(place);
    return absl::OkStatus();
  }
  void Sync(std::function<void(const absl::Status&)> done) override {
    syncs.push_back(std::move(done));
  }
  absl::StatusOr<std::optional<Entry>> Get(concord::Id hash, const std::string& key) override {
    if (!reads.ok()) return reads;
    const auto found = entries.find({hash, key});
    return found == entries.end() ? std::nullopt : std::optional(found->second);
  }
  absl::StatusOr<std::optional<Entry>> Peek(concord::Id hash, const std::string& key) override {
    return Get(hash, key);
  }
  absl::Status Scan(const Span& span, const Place& from, bool, const Visit& visit) override {
    if (!reads.ok()) return reads;
    for (auto at = entries.lower_bound(from); at != entries.end(); ++at) {
      if (at->first.hash > span.last) break;
      if (at->first.hash < span.first) continue;
      ++read;
      if (!visit(at->first, at->second)) break;
    }
    return absl::OkStatus();
  }
};

}  // namespace kv

#endif  // CONCORD_TESTS_KV_MAP_STORAGE_H_
