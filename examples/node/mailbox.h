// Work that other threads leave for the main one.
#ifndef CONCORD_EXAMPLES_NODE_MAILBOX_H_
#define CONCORD_EXAMPLES_NODE_MAILBOX_H_

#include <functional>
#include <mutex>
#include <vector>

namespace concord::example {

// The node calls back on threads of its own and must not be kept waiting there. What a callback has
// to say is posted here, and the main thread, asleep in poll() on fd(), does it.
class Mailbox {
 public:
  using Task = std::function<void()>;

  Mailbox();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // From any thread.
  void Post(Task task);

  // Readable while there are tasks.
  int fd() const { return fd_; }

  // Runs the tasks that are there, in the order of their coming.
  void RunAll();

 private:
  const int fd_;
  std::mutex mutex_;
  std::vector<Task> tasks_;
};

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_NODE_MAILBOX_H_
