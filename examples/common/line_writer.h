// Writes lines to a descriptor without ever waiting for whoever reads them.
#ifndef CONCORD_EXAMPLES_COMMON_LINE_WRITER_H_
#define CONCORD_EXAMPLES_COMMON_LINE_WRITER_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace concord::example {

class LineWriter {
 public:
  // `fd` stays the caller's.
  explicit LineWriter(int fd) : fd_(fd) {}

  void Add(std::string_view line);  // the newline is added here
  std::size_t pending() const { return buffer_.size() - written_; }

  // Writes a part of what is pending. Does not wait when poll() has said POLLOUT, or when the
  // descriptor is non-blocking. An error is what write() says: nobody reads any more, disk full.
  absl::Status WriteSome();

  // Writes all that is pending, or what is taken within `timeout`.
  absl::Status Flush(absl::Duration timeout);

 private:
  const int fd_;
  std::string buffer_;
  std::size_t written_ = 0;  // the beginning of buffer_ that is out already
};

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_COMMON_LINE_WRITER_H_
