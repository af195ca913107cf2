#include "sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace concord::runtime {
namespace {

void Require(bool done, const char* what) {
  if (done) return;
  std::perror(what);
  std::abort();
}

}  // namespace

RefusingPort::RefusingPort() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  Require(fd_ >= 0, "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  Require(bind(fd_, generic, size) == 0, "bind");
  Require(getsockname(fd_, generic, &size) == 0, "getsockname");
  port_ = ntohs(address.sin_port);
}

RefusingPort::~RefusingPort() { close(fd_); }

std::string RefusingPort::address() const { return absl::StrCat("127.0.0.1:", port_); }

SilentPort::SilentPort() { Require(listen(fd_, 64) == 0, "listen"); }

SilentPort::~SilentPort() {
  for (const int fd : accepted_) close(fd);
}

int SilentPort::connections() {
  pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};
  while (poll(&ready, 1, 0) > 0) accepted_.push_back(accept(fd_, nullptr, nullptr));
  return static_cast<int>(accepted_.size());
}

bool SilentPort::BreakNext(absl::Duration patience) {
  pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};
  if (poll(&ready, 1, static_cast<int>(absl::ToInt64Milliseconds(patience))) <= 0) return false;
  close(accept(fd_, nullptr, nullptr));
  return true;
}

}  // namespace concord::runtime
