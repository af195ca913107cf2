#include "examples/kv/rocks_storage.h"

#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "examples/kv/fault_point.h"

namespace kv {
namespace {

constexpr std::size_t kHashBytes = 8;
constexpr std::size_t kVersionBytes = 17;

void AppendNumber(std::string& to, std::uint64_t number) {  // big-endian: its order is the numbers'
  for (int shift = 56; shift >= 0; shift -= 8) to += static_cast<char>(number >> shift);
}

std::uint64_t NumberAt(const rocksdb::Slice& text, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    number = number << 8 | static_cast<unsigned char>(text[at + i]);
  }
  return number;
}

std::string KeyOf(concord::Id hash, const std::string& key) {
  std::string text;
  text.reserve(kHashBytes + key.size());
  AppendNumber(text, hash);
  return text += key;
}

std::string VersionOf(const Entry& entry) {
  std::string text;
  AppendNumber(text, entry.version.time);
  AppendNumber(text, entry.version.node);
  return text += entry.deleted ? '\1' : '\0';
}

absl::StatusOr<Entry> Parse(std::string key, const rocksdb::Slice& version) {
  if (version.size() != kVersionBytes) {
    return absl::DataLossError(absl::StrCat("the version of '", key, "' is damaged"));
  }
  return Entry{std::move(key), {NumberAt(version, 0), NumberAt(version, 8)}, version[16] != 0, ""};
}

absl::Status ToStatus(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsCorruption()) return absl::DataLossError(status.ToString());
  return absl::UnavailableError(status.ToString());
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksStorage>> RocksStorage::Open(const std::string& folder,
                                                                 Post post, bool fsync) {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  // A crash may leave half of what was never acknowledged at the end of the log, and no more.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_open_files = 256;
  options.keep_log_file_num = 2;
  rocksdb::ColumnFamilyOptions family;
  family.write_buffer_size = kBufferBytes;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened = rocksdb::DB::Open(
      options, folder, {{rocksdb::kDefaultColumnFamilyName, family}, {"values", family}}, &handles,
      &db);
  if (!opened.ok()) {
    const absl::Status status = ToStatus(opened);
    return absl::Status(status.code(), absl::StrCat(folder, ": ", status.message()));
  }
  return std::unique_ptr<RocksStorage>(new RocksStorage(
      std::unique_ptr<rocksdb::DB>(db), std::move(handles), std::move(post), fsync));
}

RocksStorage::RocksStorage(std::unique_ptr<rocksdb::DB> db,
                           std::vector<rocksdb::ColumnFamilyHandle*> families, Post post,
                           bool fsync)
    : db_(std::move(db)),
      versions_(families[0]),
      values_(families[1]),
      post_(std::move(post)),
      fsync_(fsync),
      thread_([this] { SyncInTurn(); }) {}

RocksStorage::~RocksStorage() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_one();
  }
  thread_.join();
  db_->DestroyColumnFamilyHandle(versions_);
  db_->DestroyColumnFamilyHandle(values_);
}

absl::Status RocksStorage::Put(const std::vector<std::pair<concord::Id, Entry>>& entries) {
  rocksdb::WriteBatch batch;
  for (const auto& [hash, entry] : entries) {
    const std::string key = KeyOf(hash, entry.key);
    batch.Put(versions_, key, VersionOf(entry));
    if (entry.deleted) {
      batch.Delete(values_, key);
    } else {
      batch.Put(values_, key, entry.value);
    }
  }
  FaultPoint("before_put");
  const rocksdb::Status put = db_->Write(rocksdb::WriteOptions(), &batch);
  FaultPoint("after_put");
  return ToStatus(put);
}

absl::Status RocksStorage::Remove(const std::vector<Place>& places) {
  rocksdb::WriteBatch batch;
  for (const Place& place : places) {
    const std::string key = KeyOf(place.hash, place.key);
    batch.Delete(versions_, key);
    batch.Delete(values_, key);
  }
  FaultPoint("before_remove");
  const rocksdb::Status removed = db_->Write(rocksdb::WriteOptions(), &batch);
  FaultPoint("after_remove");
  return ToStatus(removed);
}

void RocksStorage::Sync(std::function<void(const absl::Status&)> done) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(done));
  changed_.notify_one();
}

// All that wait when it begins share one: that is the group commit.
void RocksStorage::SyncInTurn() {
  std::unique_lock lock(mutex_);
  for (;;) {
    while (waiting_.empty() && !stopped_) changed_.wait(lock);
    if (stopped_) return;
    auto group = std::exchange(waiting_, {});
    lock.unlock();
    FaultPoint("before_sync");
    const absl::Status status = ToStatus(db_->FlushWAL(fsync_));
    FaultPoint("after_sync");
    post_([group = std::move(group), status] {
      for (const auto& done : group) done(status);
    });
    lock.lock();
  }
}

absl::StatusOr<std::optional<Entry>> RocksStorage::Peek(concord::Id hash, const std::string& key) {
  rocksdb::PinnableSlice version;
  const rocksdb::Status got =
      db_->Get(rocksdb::ReadOptions(), versions_, KeyOf(hash, key), &version);
  if (got.IsNotFound()) return std::nullopt;
  if (!got.ok()) return ToStatus(got);
  absl::StatusOr<Entry> entry = Parse(key, version);
  if (!entry.ok()) return entry.status();
  return *std::move(entry);
}

absl::StatusOr<std::optional<Entry>> RocksStorage::Get(concord::Id hash, const std::string& key) {
  absl::StatusOr<std::optional<Entry>> entry = Peek(hash, key);
  if (!entry.ok() || !*entry || (*entry)->deleted) return entry;
  const rocksdb::Status got =
      db_->Get(rocksdb::ReadOptions(), values_, KeyOf(hash, key), &(*entry)->value);
  if (!got.ok()) return ToStatus(got);
  return entry;
}

absl::Status RocksStorage::Scan(const Span& span, const Place& from, bool values,
                                const Visit& visit) {
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(rocksdb::ReadOptions(), versions_));
  const Place begin = from.hash < span.first ? Place{span.first, ""} : from;
  for (at->Seek(KeyOf(begin.hash, begin.key)); at->Valid(); at->Next()) {
    const rocksdb::Slice place = at->key();
    if (place.size() < kHashBytes) return absl::DataLossError("a key is damaged");
    const concord::Id hash = NumberAt(place, 0);
    if (hash > span.last) break;
    absl::StatusOr<Entry> entry = Parse(place.ToString().substr(kHashBytes), at->value());
    if (!entry.ok()) return entry.status();
    if (values && !entry->deleted) {
      const rocksdb::Status got = db_->Get(rocksdb::ReadOptions(), values_, place, &entry->value);
      if (!got.ok()) return ToStatus(got);
    }
    const Place where{hash, entry->key};
    if (!visit(where, *std::move(entry))) break;
  }
  return ToStatus(at->status());
}

}  // namespace kv
