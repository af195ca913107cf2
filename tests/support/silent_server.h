// A peer that takes connections and never says a word.
#ifndef CONCORD_TESTS_SUPPORT_SILENT_SERVER_H_
#define CONCORD_TESTS_SUPPORT_SILENT_SERVER_H_

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "absl/strings/str_cat.h"

namespace concord::testing {

class SilentServer {
 public:
  SilentServer() : listening_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listening_, generic, size) != 0 || listen(listening_, 16) != 0 ||
        getsockname(listening_, generic, &size) != 0) {
      throw std::runtime_error("cannot listen on loopback");
    }
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() {
    if (connection_ >= 0) close(connection_);
    close(listening_);
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

  // Blocks until somebody has connected.
  void WaitForConnection() { connection_ = accept(listening_, nullptr, nullptr); }

 private:
  int listening_;
  int connection_ = -1;
  int port_ = 0;
};

}  // namespace concord::testing

#endif  // CONCORD_TESTS_SUPPORT_SILENT_SERVER_H_
