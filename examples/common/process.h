// A child process that we talk to through pipes.
#ifndef CONCORD_EXAMPLES_COMMON_PROCESS_H_
#define CONCORD_EXAMPLES_COMMON_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace concord::example {

// A file descriptor that is closed with its owner.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  ~Fd() { Close(); }
  Fd(Fd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Fd& operator=(Fd&& other) noexcept;

  int get() const { return fd_; }
  void Close();

 private:
  int fd_;
};

// The child never outlives us: the destructor kills it, and so does the kernel if we die without
// one. It leads a process group of its own, so Ctrl-C reaches us alone.
class Process {
 public:
  // Starts argv[0] with the rest as its arguments. An error if that cannot be run.
  static absl::StatusOr<std::unique_ptr<Process>> Start(const std::vector<std::string>& argv);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  int input() const { return input_.get(); }    // write to its standard input; non-blocking
  int output() const { return output_.get(); }  // read its standard output; non-blocking
  void CloseInput() { input_.Close(); }

  // Sent to the whole group, unless it has ended.
  void Signal(int signal);

  // The exit status, or 128 + the signal that ended it; nullopt: it still runs.
  std::optional<int> Status();
  // Waits for it, but not when we are interrupted.
  std::optional<int> Wait(absl::Duration timeout);

  // The end of what it wrote to standard error.
  std::string Complaint() const;

 private:
  Process(pid_t pid, Fd input, Fd output, Fd error)
      : pid_(pid), input_(std::move(input)), output_(std::move(output)), error_(std::move(error)) {}

  const pid_t pid_;
  Fd input_, output_, error_;
  std::optional<int> status_;
};

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_COMMON_PROCESS_H_
