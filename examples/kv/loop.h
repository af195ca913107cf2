// A thread that runs what it is given, one after the other: all of a store's state is its own.
#ifndef CONCORD_EXAMPLES_KV_LOOP_H_
#define CONCORD_EXAMPLES_KV_LOOP_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/time/time.h"

namespace kv {

// Thread-safe.
class Loop {
 public:
  Loop() : thread_([this] { Run(); }) {}
  // What has not begun by then never does.
  ~Loop() { Stop(); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // In the order of their times, and of one time in that of the calls, whatever is done to the
  // clock of the wall.
  void Post(std::function<void()> task) { PostAfter(absl::ZeroDuration(), std::move(task)); }
  void PostAfter(absl::Duration delay, std::function<void()> task) {
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
      tasks_.emplace(Clock::now() + absl::ToChronoNanoseconds(delay), std::move(task));
    }
    changed_.notify_one();  // (whom it wakes needs the lock)
  }
  // Runs `task` there and waits for what it returns. Not to be called there, nor after Stop.
  template <typename Task>
  auto Get(Task task) {
    std::promise<decltype(task())> result;
    Post([&] { result.set_value(task()); });
    return result.get_future().get();
  }

  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  using Clock = std::chrono::steady_clock;

  void Run() {
    std::unique_lock lock(mutex_);
    while (!stopped_) {
      if (tasks_.empty()) {
        changed_.wait(lock);
        continue;
      }
      const auto first = tasks_.begin();
      if (first->first > Clock::now()) {
        changed_.wait_until(lock, first->first);
        continue;
      }
      std::function<void()> task = std::move(first->second);
      tasks_.erase(first);
      lock.unlock();
      task();
      task = nullptr;  // what it holds goes without the lock, too
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  std::multimap<Clock::time_point, std::function<void()>> tasks_;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_LOOP_H_
