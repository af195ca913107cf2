#include "runtime/loop.h"

#include <pthread.h>

#include <chrono>
#include <deque>
#include <map>
#include <utility>

#include "runtime/mutex.h"

namespace concord::runtime {

using Clock = std::chrono::steady_clock;

struct Loop::State {
  Mutex mutex;
  CondVar work;  // a task came, a nearer due time, or the end
  CondVar idle;  // nothing is left to run
  std::deque<Task> tasks ABSL_GUARDED_BY(mutex);
  std::multimap<Clock::time_point, Task> due ABSL_GUARDED_BY(mutex);
  bool running ABSL_GUARDED_BY(mutex) = false;
  bool stopping ABSL_GUARDED_BY(mutex) = false;

  // The next task, waiting for it; false at the end.
  bool Next(Task& task) {
    MutexLock lock(mutex);
    running = false;
    for (;;) {
      while (!due.empty() && due.begin()->first <= Clock::now()) {
        tasks.push_back(std::move(due.begin()->second));
        due.erase(due.begin());
      }
      if (!tasks.empty()) break;
      idle.NotifyAll();
      if (stopping) return false;
      if (due.empty()) {
        work.Wait(mutex);
      } else {
        work.WaitUntil(mutex, due.begin()->first);
      }
    }
    task = std::move(tasks.front());
    tasks.pop_front();
    return running = true;
  }

  void Run() {
    Task task;
    while (Next(task)) {
      task();
      task = nullptr;  // what it holds goes before the next is waited for
    }
  }
};

Loop::Loop(const char* thread_name) : state_(std::make_shared<State>()) {
  thread_ = std::thread([state = state_, thread_name] {
    pthread_setname_np(pthread_self(), thread_name);
    state->Run();
  });
  thread_id_ = thread_.get_id();
}

Loop::~Loop() {
  Stop();
  if (thread_.joinable()) thread_.detach();
}

bool Loop::Post(Task task) {
  MutexLock lock(state_->mutex);
  if (state_->stopping) return false;
  state_->tasks.push_back(std::move(task));
  state_->work.NotifyOne();
  return true;
}

bool Loop::PostAfter(absl::Duration delay, Task task) {
  const Clock::time_point when = Clock::now() + absl::ToChronoNanoseconds(delay);
  MutexLock lock(state_->mutex);
  if (state_->stopping) return false;
  state_->due.emplace(when, std::move(task));
  state_->work.NotifyOne();
  return true;
}

std::size_t Loop::waiting() const {
  MutexLock lock(state_->mutex);
  return state_->tasks.size();
}

void Loop::Drain() {
  if (OnThisThread()) return;
  MutexLock lock(state_->mutex);
  while (state_->running || !state_->tasks.empty()) state_->idle.Wait(state_->mutex);
}

void Loop::Stop() {
  decltype(state_->due) dropped;  // after the mutex: what they hold may end with a callback
  {
    MutexLock lock(state_->mutex);
    state_->stopping = true;
    dropped.swap(state_->due);
    state_->work.NotifyOne();
  }
  dropped.clear();
  if (!OnThisThread() && thread_.joinable()) thread_.join();
}

bool Loop::OnThisThread() const { return std::this_thread::get_id() == thread_id_; }

}  // namespace concord::runtime
