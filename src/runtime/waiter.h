// A thread waits for the result of another.
#ifndef CONCORD_RUNTIME_WAITER_H_
#define CONCORD_RUNTIME_WAITER_H_

#include <optional>
#include <utility>

#include "runtime/mutex.h"

namespace concord::runtime {

// One thread calls Wait once, another calls Set once, in either order.
template <typename T>
class Waiter {
 public:
  void Set(T value) {
    MutexLock lock(mutex_);
    value_.emplace(std::move(value));
    set_.NotifyOne();
  }
  T Wait() {
    MutexLock lock(mutex_);
    while (!value_) set_.Wait(mutex_);
    return *std::move(value_);
  }

 private:
  Mutex mutex_;
  CondVar set_;
  std::optional<T> value_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_WAITER_H_
