#include "examples/common/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

namespace concord::example {

void OpenStandardStreams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) _exit(1);
  }
}

}  // namespace concord::example
