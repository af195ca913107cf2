#include "examples/node/key_input.h"

#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace concord::example {

void KeyInput::Read() {
  char bytes[16384];
  const ssize_t n = read(fd_, bytes, sizeof bytes);
  if (n > 0) {
    lines_.Append(std::string_view(bytes, static_cast<std::size_t>(n)));
  } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
    ended_ = true;
    lines_.Finish();
  }
}

}  // namespace concord::example
