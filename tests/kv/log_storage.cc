#include "kv/log_storage.h"

#include <cstdint>
#include <cstring>
#include <string_view>

#include "examples/kv/wire.h"
#include "kv.pb.h"

namespace kv {
namespace {

constexpr char kLog[] = "log";
constexpr char kNewLog[] = "log.new";
constexpr char kTable[] = "table";

std::uint64_t Checksum(std::string_view text) {  // FNV-1a
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const unsigned char c : text) hash = (hash ^ c) * 0x100000001b3;
  return hash;
}

// The length of what follows, its checksum, and: the hash, then an entry; without a version it was
// removed.
std::string RecordOf(concord::Id hash, const Entry& entry) {
  std::string body(reinterpret_cast<const char*>(&hash), sizeof hash);
  body += ToWire(entry).SerializeAsString();
  const std::uint64_t head[] = {body.size(), Checksum(body)};
  return std::string(reinterpret_cast<const char*>(head), sizeof head) + body;
}

// Takes the first record from `log`; false: there is none, or a part of one.
bool TakeRecord(std::string_view& log, concord::Id& hash, Entry& entry) {
  std::uint64_t head[2];
  if (log.size() < sizeof head) return false;
  std::memcpy(head, log.data(), sizeof head);
  const std::string_view rest = log.substr(sizeof head);
  if (head[0] < sizeof hash || rest.size() < head[0]) return false;
  const std::string_view body = rest.substr(0, head[0]);
  if (Checksum(body) != head[1]) return false;
  std::memcpy(&hash, body.data(), sizeof hash);
  wire::Entry message;
  if (!message.ParseFromString(std::string(body.substr(sizeof hash)))) return false;
  entry = FromWire(std::move(message));
  log = rest.substr(head[0]);
  return true;
}

}  // namespace

absl::Status LogStorage::Open() {
  const absl::StatusOr<std::string> log = process_.disk().Read(kLog);
  if (absl::IsNotFound(log.status())) return absl::OkStatus();
  if (!log.ok()) return log.status();
  std::string_view rest = *log;
  concord::Id hash = 0;
  for (Entry entry; TakeRecord(rest, hash, entry);) {
    const Place place{hash, entry.key};
    if (entry.version == Version{}) {
      entries_.erase(place);
    } else {
      entries_[place] = entry;
    }
  }
  std::string compact;
  for (const auto& [place, entry] : entries_) compact += RecordOf(place.hash, entry);
  concord::sim::Disk& disk = process_.disk();
  if (absl::Status s = disk.Write(kNewLog, compact); !s.ok()) return s;
  if (absl::Status s = disk.Sync(kNewLog); !s.ok()) return s;
  if (absl::Status s = disk.Write(kTable, ""); !s.ok()) return s;
  return disk.Rename(kNewLog, kLog);
}

// What is read comes from memory, and fails as a disk would.
absl::Status LogStorage::Access() {
  const absl::Status read = process_.disk().Read(kTable).status();
  return absl::IsNotFound(read) ? absl::OkStatus() : read;
}

absl::Status LogStorage::Append(const std::string& records) {
  return process_.disk().Append(kLog, records);
}

absl::Status LogStorage::Put(const std::vector<std::pair<concord::Id, Entry>>& entries) {
  std::string records;
  for (const auto& [hash, entry] : entries) records += RecordOf(hash, entry);
  if (absl::Status status = Append(records); !status.ok()) return status;
  for (const auto& [hash, entry] : entries) entries_[{hash, entry.key}] = entry;
  return absl::OkStatus();
}

absl::Status LogStorage::Remove(const std::vector<Place>& places) {
  std::string records;
  for (const Place& place : places) records += RecordOf(place.hash, {place.key, {}, false, ""});
  if (absl::Status status = Append(records); !status.ok()) return status;
  for (const Place& place : places) entries_.erase(place);
  return absl::OkStatus();
}

void LogStorage::Sync(std::function<void(const absl::Status&)> done) {
  const absl::Status synced = process_.disk().Sync(kLog);
  process_.After(absl::Milliseconds(1), [done = std::move(done), synced] { done(synced); });
}

absl::StatusOr<std::optional<Entry>> LogStorage::Get(concord::Id hash, const std::string& key) {
  if (absl::Status status = Access(); !status.ok()) return status;
  const auto found = entries_.find({hash, key});
  return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

absl::StatusOr<std::optional<Entry>> LogStorage::Peek(concord::Id hash, const std::string& key) {
  absl::StatusOr<std::optional<Entry>> entry = Get(hash, key);
  if (entry.ok() && *entry) (*entry)->value.clear();
  return entry;
}

absl::Status LogStorage::Scan(const Span& span, const Place& from, bool values,
                              const Visit& visit) {
  if (absl::Status status = Access(); !status.ok()) return status;
  for (auto at = entries_.lower_bound(from); at != entries_.end(); ++at) {
    if (at->first.hash > span.last) break;
    if (at->first.hash < span.first) continue;
    Entry entry = at->second;
    if (!values) entry.value.clear();
    if (!visit(at->first, std::move(entry))) break;
  }
  return absl::OkStatus();
}

}  // namespace kv
