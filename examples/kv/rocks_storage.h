// Storage in RocksDB: a key is the hash and the key itself, so that its order is the ring's.
#ifndef CONCORD_EXAMPLES_KV_ROCKS_STORAGE_H_
#define CONCORD_EXAMPLES_KV_ROCKS_STORAGE_H_

#include <rocksdb/db.h>

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "examples/kv/storage.h"

namespace kv {

// Two families of columns, versions and values, so that versions can be read without the values;
// they change together. Used by one thread, besides which it has its own, that waits for the disk.
class RocksStorage final : public Storage {
 public:
  // Of each family, before it is written out.
  static constexpr std::size_t kBufferBytes = 16 << 20;

  // Opens what is in `folder`, or begins it. `post` runs a function on the thread that uses us.
  // Without `fsync` what was put is durable when the kernel has it: it survives us, but not the
  // machine.
  //   UNAVAILABLE  another process has it open, or the disk fails
  //   DATA_LOSS    what is there is damaged
  using Post = std::function<void(std::function<void()>)>;
  static absl::StatusOr<std::unique_ptr<RocksStorage>> Open(const std::string& folder, Post post,
                                                            bool fsync = true);
  ~RocksStorage() override;

  absl::Status Put(const std::vector<std::pair<concord::Id, Entry>>& entries) override;
  absl::Status Remove(const std::vector<Place>& places) override;
  void Sync(std::function<void(const absl::Status&)> done) override;
  absl::StatusOr<std::optional<Entry>> Get(concord::Id hash, const std::string& key) override;
  absl::StatusOr<std::optional<Entry>> Peek(concord::Id hash, const std::string& key) override;
  absl::Status Scan(const Span& span, const Place& from, bool values, const Visit& visit) override;

 private:
  RocksStorage(std::unique_ptr<rocksdb::DB> db, std::vector<rocksdb::ColumnFamilyHandle*> families,
               Post post, bool fsync);

  void SyncInTurn();

  const std::unique_ptr<rocksdb::DB> db_;
  rocksdb::ColumnFamilyHandle* const versions_;
  rocksdb::ColumnFamilyHandle* const values_;
  const Post post_;
  const bool fsync_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  std::vector<std::function<void(const absl::Status&)>> waiting_;
  std::thread thread_;
};

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_ROCKS_STORAGE_H_
