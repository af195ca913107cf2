// One writer publishes immutable values; any number of threads read the newest without a lock.
#ifndef CONCORD_RUNTIME_SNAPSHOT_H_
#define CONCORD_RUNTIME_SNAPSHOT_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "runtime/mutex.h"

namespace concord::runtime {

// Each thread keeps the value that it read last, with its generation. As long as nothing newer was
// published a read is one load of a word that nobody writes; else it takes the mutex once. What a
// thread keeps stays alive until it reads a newer one, or ends.
template <typename T>
class Snapshot {
 public:
  Snapshot() : key_(NextKey()) {}
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  void Publish(std::shared_ptr<const T> value) {
    MutexLock lock(mutex_);
    value_.swap(value);
    generation_.fetch_add(1, std::memory_order_release);
  }

  // The newest value, null before the first. The reference is good until this thread reads again,
  // here or from another Snapshot<T>: copy it before calling anything unknown.
  const std::shared_ptr<const T>& Read() const {
    Kept& kept = KeptByThisThread();
    if (kept.key != key_ || kept.generation != generation_.load(std::memory_order_acquire)) {
      MutexLock lock(mutex_);
      kept.key = key_;
      kept.generation = generation_.load(std::memory_order_relaxed);
      kept.value = value_;
    }
    return kept.value;
  }

 private:
  struct Kept {
    std::uint64_t key = 0;
    std::uint64_t generation = 0;
    std::shared_ptr<const T> value;
  };

  // Several snapshots (nodes) read by one thread mostly keep a place each; a clash costs a lock.
  Kept& KeptByThisThread() const {
    static thread_local std::array<Kept, 16> kept;
    return kept[key_ % kept.size()];
  }

  static std::uint64_t NextKey() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
  }

  const std::uint64_t key_;  // never used again in this process, unlike an address
  std::atomic<std::uint64_t> generation_{0};
  mutable Mutex mutex_;
  std::shared_ptr<const T> value_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_SNAPSHOT_H_
