#include "examples/common/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "examples/common/interrupt.h"

namespace concord::example {
namespace {

struct Pipe {
  Fd read, write;
};

absl::StatusOr<Pipe> NewPipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  return Pipe{Fd(fds[0]), Fd(fds[1])};
}

void SetNonBlocking(const Fd& fd) { fcntl(fd.get(), F_SETFL, O_NONBLOCK); }

// Runs in the child: only async-signal-safe calls, for other threads may have held locks at fork().
// Does not return; errno goes to `failure` when the program cannot be run.
[[noreturn]] void Become(char* const* argv, pid_t parent, int in, int out, int err, int failure) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // the parent was gone before the line above

  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);

  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  execv(argv[0], argv);
  const int error = errno;
  [[maybe_unused]] const ssize_t n = write(failure, &error, sizeof error);
  _exit(127);
}

int ExitStatus(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    Close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Fd::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

absl::StatusOr<std::unique_ptr<Process>> Process::Start(const std::vector<std::string>& argv) {
  absl::StatusOr<Pipe> in = NewPipe(), out = NewPipe(), failure = NewPipe();
  for (const auto* pipe : {&in, &out, &failure}) {
    if (!pipe->ok()) return pipe->status();
  }
  Fd error(memfd_create("stderr", MFD_CLOEXEC));

  std::vector<char*> args;
  for (const std::string& arg : argv) args.push_back(const_cast<char*>(arg.c_str()));
  args.push_back(nullptr);

  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "fork");
  if (pid == 0) {
    Become(args.data(), parent, in->read.get(), out->write.get(), error.get(),
           failure->write.get());
  }
  setpgid(pid, pid);  // here too: whoever comes first
  SetNonBlocking(in->write);
  SetNonBlocking(out->read);
  std::unique_ptr<Process> process(
      new Process(pid, std::move(in->write), std::move(out->read), std::move(error)));

  failure->write.Close();
  int reason = 0;
  if (read(failure->read.get(), &reason, sizeof reason) == sizeof reason) {
    return absl::ErrnoToStatus(reason, absl::StrCat("cannot run ", argv[0]));
  }
  return process;
}

Process::~Process() {
  Signal(SIGKILL);
  int wait_status;
  while (!status_ && waitpid(pid_, &wait_status, 0) < 0 && errno == EINTR) {
  }
}

void Process::Signal(int signal) {
  if (!Status()) kill(-pid_, signal);
}

std::optional<int> Process::Status() {
  int wait_status;
  if (!status_ && waitpid(pid_, &wait_status, WNOHANG) == pid_) status_ = ExitStatus(wait_status);
  return status_;
}

std::optional<int> Process::Wait(absl::Duration timeout) {
  const absl::Time end = absl::Now() + timeout;
  while (!Status() && !Interrupted() && absl::Now() < end) absl::SleepFor(absl::Milliseconds(2));
  return status_;
}

std::string Process::Complaint() const {
  constexpr off_t kMost = 2000;
  struct stat file = {};
  fstat(error_.get(), &file);
  const off_t size = file.st_size;
  std::string text(static_cast<std::size_t>(std::clamp<off_t>(size, 0, kMost)), '\0');
  const ssize_t n = pread(error_.get(), text.data(), text.size(), std::max<off_t>(size - kMost, 0));
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  return std::string(absl::StripAsciiWhitespace(text));
}

}  // namespace concord::example
