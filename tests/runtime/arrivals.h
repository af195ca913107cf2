// What one thread of a test waits for and another brings.
#ifndef CONCORD_TESTS_RUNTIME_ARRIVALS_H_
#define CONCORD_TESTS_RUNTIME_ARRIVALS_H_

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <utility>

#include "runtime/mutex.h"

namespace concord::runtime {

// Values handed from any thread to the test, in order. Nobody waits for ever: a value that does not
// come within a minute ends the program.
template <typename T>
class Arrivals {
 public:
  void Put(T value) {
    MutexLock lock(mutex_);
    values_.push_back(std::move(value));
    ++put_;
    came_.NotifyAll();
  }

  // The oldest value not taken yet, waiting for it.
  T Take() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    MutexLock lock(mutex_);
    while (values_.empty()) {
      if (std::chrono::steady_clock::now() >= until) {
        std::fputs("nothing arrived within a minute\n", stderr);
        std::abort();
      }
      came_.WaitUntil(mutex_, until);
    }
    T value = std::move(values_.front());
    values_.pop_front();
    return value;
  }

  // How many were ever put.
  std::size_t put() const {
    MutexLock lock(mutex_);
    return put_;
  }

 private:
  mutable Mutex mutex_;
  CondVar came_;
  std::deque<T> values_ ABSL_GUARDED_BY(mutex_);
  std::size_t put_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace concord::runtime

#endif  // CONCORD_TESTS_RUNTIME_ARRIVALS_H_
