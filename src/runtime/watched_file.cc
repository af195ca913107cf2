#include "runtime/watched_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace concord::runtime {

WatchedFile::~WatchedFile() {
  if (fd_ >= 0) close(fd_);
}

absl::Status WatchedFile::Set(std::string_view bytes) {
  const int fd = memfd_create("concord-tls", MFD_CLOEXEC);
  if (fd < 0 || write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    const int error = errno;
    if (fd >= 0) close(fd);
    return absl::UnavailableError(absl::StrCat("no file in memory: ", std::strerror(error)));
  }
  if (fd_ < 0) {
    fd_ = fd;
  } else {
    dup3(fd, fd_, O_CLOEXEC);
    close(fd);
  }
  return absl::OkStatus();
}

std::string WatchedFile::path() const { return absl::StrCat("/proc/self/fd/", fd_); }

}  // namespace concord::runtime
