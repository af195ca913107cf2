#include "examples/kv/shelf.h"

#include <algorithm>

namespace kv {

absl::Status Shelf::Load() {
  return storage_.Scan({0, ~concord::Id{0}}, {0, ""}, /*values=*/false,
                       [&](const Place& place, const Entry& entry) {
                         digests_.Add(place.hash, kv::DigestOf(entry));
                         latest_ = std::max(latest_, entry.version.time);
                         return true;
                       });
}

absl::Status Shelf::Broken(absl::Status status) {
  if (broken_.ok()) broken_ = status;
  const auto waiting = std::exchange(waiting_, {});
  for (const auto& [number, durable] : waiting) durable(broken_);
  return status;
}

void Shelf::Keep(std::vector<Entry> entries, Kept done) {
  if (!broken_.ok()) return done(broken_);
  std::vector<Version> versions;
  std::vector<std::pair<concord::Id, Entry>> later;
  std::vector<std::pair<concord::Id, Digest>> gone;
  std::map<std::string, std::size_t> known;  // of one key the latest of these counts
  for (Entry& entry : entries) {
    const concord::Id hash = hash_(entry.key);
    const absl::StatusOr<std::optional<Entry>> present = storage_.Peek(hash, entry.key);
    if (!present.ok()) return done(Broken(present.status()));
    const auto again = known.find(entry.key);
    const Version there = again != known.end() ? later[again->second].second.version
                          : *present           ? (*present)->version
                                               : Version{};
    if (entry.version <= there) {
      versions.push_back(there);
      continue;
    }
    versions.push_back(entry.version);
    if (again != known.end()) {
      later[again->second].second = std::move(entry);
      continue;
    }
    if (*present) gone.emplace_back(hash, kv::DigestOf(**present));
    known.emplace(entry.key, later.size());
    later.emplace_back(hash, std::move(entry));
  }

  if (!later.empty()) {
    if (absl::Status put = storage_.Put(later); !put.ok()) return done(Broken(put));
    ++kept_;
    for (const auto& [hash, digest] : gone) digests_.Subtract(hash, digest);
    for (const auto& [hash, entry] : later) {
      digests_.Add(hash, kv::DigestOf(entry));
      latest_ = std::max(latest_, entry.version.time);
      fresh_[entry.key] = kept_;
    }
  }
  // What is there already may not be durable yet either.
  if (durable_ == kept_) return done(std::move(versions));
  waiting_.emplace(
      kept_, [versions = std::move(versions), done = std::move(done)](const absl::Status& status) {
        status.ok() ? done(versions) : done(status);
      });
  Sync();
}

// One at a time: all that comes meanwhile shares the next.
void Shelf::Sync() {
  if (std::exchange(syncing_, true)) return;
  storage_.Sync([this, upto = kept_](const absl::Status& status) {
    syncing_ = false;
    if (!status.ok()) {
      Broken(status).IgnoreError();
      return;
    }
    durable_ = upto;
    std::erase_if(fresh_, [&](const auto& key) { return key.second <= upto; });
    if (durable_ < kept_) Sync();
    std::vector<Durable> done;
    while (!waiting_.empty() && waiting_.begin()->first <= upto) {
      done.push_back(std::move(waiting_.begin()->second));
      waiting_.erase(waiting_.begin());
    }
    for (const Durable& durable : done) durable(status);
  });
}

absl::StatusOr<std::optional<Entry>> Shelf::Get(const std::string& key) {
  if (!broken_.ok()) return broken_;
  absl::StatusOr<std::optional<Entry>> entry = storage_.Get(hash_(key), key);
  if (!entry.ok()) return Broken(entry.status());
  return entry;
}

void Shelf::GetDurable(const std::string& key,
                       std::function<void(absl::StatusOr<std::optional<Entry>>)> done) {
  absl::StatusOr<std::optional<Entry>> entry = Get(key);
  const auto fresh = fresh_.find(key);
  if (!entry.ok() || fresh == fresh_.end()) return done(std::move(entry));
  waiting_.emplace(fresh->second,
                   [entry = std::move(entry), done = std::move(done)](const absl::Status& status) {
                     status.ok() ? done(entry) : done(status);
                   });
}

absl::StatusOr<Shelf::Page> Shelf::List(const concord::Range& arc,
                                        const std::optional<std::string>& after, bool values,
                                        std::size_t most, std::size_t bytes) {
  if (!broken_.ok()) return broken_;
  Page page;
  std::size_t size = 0;
  bool begun = !after.has_value();
  const concord::Id from = after ? hash_(*after) : 0;
  for (const Span& span : SpansOf(arc)) {
    if (page.more) break;
    if (!begun && (from < span.first || from > span.last)) continue;
    const Place begin = begun ? Place{span.first, ""} : Place{from, *after};
    begun = true;
    const absl::Status read =
        storage_.Scan(span, begin, values, [&](const Place& place, Entry entry) {
          if (after && place == Place{from, *after}) return true;
          size += entry.bytes();
          if (!page.entries.empty() && (page.entries.size() == most || size > bytes)) {
            page.more = true;
            return false;
          }
          page.entries.push_back(std::move(entry));
          return true;
        });
    if (!read.ok()) return Broken(read);
  }
  return page;
}

absl::StatusOr<Digest> Shelf::DigestOf(const concord::Range& arc) {
  if (!broken_.ok()) return broken_;
  absl::StatusOr<Digest> digest = digests_.Of(arc, storage_);
  if (!digest.ok()) return Broken(digest.status());
  return digest;
}

absl::Status Shelf::Remove(const std::vector<Entry>& entries) {
  if (!broken_.ok()) return broken_;
  std::vector<Place> places;
  std::vector<std::pair<concord::Id, Digest>> gone;
  for (const Entry& entry : entries) {
    const concord::Id hash = hash_(entry.key);
    const absl::StatusOr<std::optional<Entry>> present = storage_.Peek(hash, entry.key);
    if (!present.ok()) return Broken(present.status());
    if (!*present || (*present)->version != entry.version) continue;
    places.push_back({hash, entry.key});
    gone.emplace_back(hash, kv::DigestOf(**present));
  }
  if (places.empty()) return absl::OkStatus();
  if (absl::Status removed = storage_.Remove(places); !removed.ok()) return Broken(removed);
  for (const auto& [hash, digest] : gone) digests_.Subtract(hash, digest);
  return absl::OkStatus();
}

}  // namespace kv
