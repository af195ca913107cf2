#include "examples/node/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace concord::example {
namespace {

int NewEventFd() {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

}  // namespace

Mailbox::Mailbox() : fd_(NewEventFd()) {}

Mailbox::~Mailbox() { close(fd_); }

void Mailbox::Post(Task task) {
  std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  if (tasks_.size() == 1) eventfd_write(fd_, 1);
}

void Mailbox::RunAll() {
  std::vector<Task> tasks;
  {
    std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
    eventfd_t count;
    if (!tasks.empty()) eventfd_read(fd_, &count);
  }
  for (const Task& task : tasks) task();
}

}  // namespace concord::example
