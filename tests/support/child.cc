#include "support/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <stdexcept>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace concord::example {

Child::Child(const std::vector<std::string>& argv) {
  absl::StatusOr<std::unique_ptr<Process>> process = Process::Start(argv);
  if (!process.ok()) throw std::runtime_error(process.status().ToString());
  process_ = *std::move(process);
}

void Child::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    pollfd in{process_->input(), POLLOUT, 0};
    const bool ready = poll(&in, 1, static_cast<int>(absl::ToInt64Milliseconds(kPatience))) > 0;
    const ssize_t n = ready ? write(process_->input(), bytes.data(), bytes.size()) : -1;
    if (n <= 0) throw std::runtime_error("the program does not read");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string Child::ReadLine() {
  while (lines_.empty() && !ended_) {
    pollfd out{process_->output(), POLLIN, 0};
    if (poll(&out, 1, static_cast<int>(absl::ToInt64Milliseconds(kPatience))) <= 0) {
      throw std::runtime_error("the program says nothing");
    }
    char bytes[4096];
    const ssize_t n = read(process_->output(), bytes, sizeof bytes);
    if (n > 0) lines_.Append(std::string_view(bytes, static_cast<std::size_t>(n)));
    ended_ = n == 0;
    if (ended_) lines_.Finish();
  }
  std::optional<Line> line = lines_.Next();
  return line ? line->text : "(end)";
}

std::string Child::ReadUntil(std::string_view part) {
  for (;;) {
    std::string line = ReadLine();
    if (line == "(end)" || line.find(part) != std::string::npos) return line;
  }
}

std::string Child::ReadAll() {
  std::string all;
  for (std::string line; (line = ReadLine()) != "(end)";) absl::StrAppend(&all, line, "\n");
  return all;
}

void Child::Freeze() {
  Signal(SIGSTOP);
  int status = 0;
  while (waitpid(pid(), &status, WUNTRACED) < 0 && errno == EINTR) {
  }
  if (!WIFSTOPPED(status)) throw std::runtime_error("the program does not stop");
}

int Child::Wait() {
  const std::optional<int> status = process_->Wait(kPatience);
  if (!status) throw std::runtime_error("the program does not end");
  return *status;
}

Terminal::Terminal() : fd_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
  if (grantpt(fd_.get()) != 0 || unlockpt(fd_.get()) != 0) throw std::runtime_error("no terminal");
  name_ = ptsname(fd_.get());
}

void Terminal::Type(std::string_view keys) {
  if (write(fd_.get(), keys.data(), keys.size()) != static_cast<ssize_t>(keys.size())) {
    throw std::runtime_error("the terminal takes no more");
  }
}

std::string Terminal::ReadAll() {
  std::string all;
  char bytes[4096];
  for (ssize_t n; (n = read(fd_.get(), bytes, sizeof bytes)) > 0;) {
    all.append(bytes, static_cast<std::size_t>(n));
  }
  return all;
}

}  // namespace concord::example
