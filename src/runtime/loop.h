// A thread that runs tasks one at a time: in the order they were posted, or when they are due.
#ifndef CONCORD_RUNTIME_LOOP_H_
#define CONCORD_RUNTIME_LOOP_H_

#include <cstddef>
#include <memory>
#include <thread>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace concord::runtime {

// Thread-safe. Destroyed inside one of its own tasks it lets that task end by itself.
class Loop {
 public:
  using Task = absl::AnyInvocable<void()>;

  // `thread_name`: at most 15 characters, shown by debuggers and top.
  explicit Loop(const char* thread_name);
  ~Loop();

  // False, and the task is dropped, after Stop().
  bool Post(Task task);
  bool PostAfter(absl::Duration delay, Task task);

  // How many tasks wait to be run, besides those that are not due yet.
  std::size_t waiting() const;

  // Waits until every task posted so far has run. Returns at once inside a task.
  void Drain();

  // Runs what was posted, drops what is not due yet, ends the thread. Waits for that, but not
  // inside a task. Safe to call twice.
  void Stop();

  bool OnThisThread() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // the thread's own share keeps it alive after us
  std::thread thread_;
  std::thread::id thread_id_;  // also while somebody joins it
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_LOOP_H_
