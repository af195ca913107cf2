#include "examples/common/line_writer.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/time/clock.h"

namespace concord::example {
namespace {

// A pipe that poll() calls writable takes this much (PIPE_BUF) without making the writer wait.
constexpr std::size_t kChunk = 4096;

// So many bytes that are out already may stay in the buffer, for it costs to move the rest.
constexpr std::size_t kKeepAtMost = 65536;

}  // namespace

void LineWriter::Add(std::string_view line) {
  buffer_.append(line);
  buffer_.push_back('\n');
}

absl::Status LineWriter::WriteSome() {
  const std::size_t size = std::min(pending(), kChunk);
  if (size == 0) return absl::OkStatus();
  const ssize_t n = write(fd_, buffer_.data() + written_, size);
  if (n < 0) {
    if (errno == EAGAIN || errno == EINTR) return absl::OkStatus();
    return absl::ErrnoToStatus(errno, "cannot write the output");
  }
  written_ += static_cast<std::size_t>(n);
  if (written_ >= kKeepAtMost || pending() == 0) {
    buffer_.erase(0, written_);
    written_ = 0;
  }
  return absl::OkStatus();
}

absl::Status LineWriter::Flush(absl::Duration timeout) {
  const absl::Time end = absl::Now() + timeout;
  while (pending() > 0) {
    const absl::Duration left = end - absl::Now();
    if (left <= absl::ZeroDuration()) return absl::DeadlineExceededError("nobody reads");
    pollfd out{fd_, POLLOUT, 0};
    if (poll(&out, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1) <= 0) continue;
    if (absl::Status s = WriteSome(); !s.ok()) return s;
  }
  return absl::OkStatus();
}

}  // namespace concord::example
