#include "tcp_echo.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace concord::bench {
namespace {

constexpr std::size_t kMessageBytes = 64;  // about a request or a response with its frame header

void Require(bool holds, const char* what) {
  if (!holds) Fail(absl::StrCat("the TCP control failed: ", what, ": ", std::strerror(errno)));
}

void SetNoDelay(int fd) {
  const int on = 1;
  Require(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
}

// Waits with an epoll of its own until `fd` can be read; hands over what there is. Returns when the
// other end has closed.
template <typename OnBytes>
void ReadUntilClosed(int fd, OnBytes on_bytes) {
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  Require(poll >= 0 && epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
  std::array<char, 16384> buffer;
  for (;;) {
    if (epoll_wait(poll, &event, 1, -1) < 0) continue;  // interrupted
    const ssize_t bytes = read(fd, buffer.data(), buffer.size());
    if (bytes <= 0) break;
    on_bytes(buffer.data(), static_cast<std::size_t>(bytes));
  }
  close(poll);
}

void WriteAll(int fd, const char* bytes, std::size_t count) {
  Require(write(fd, bytes, count) == static_cast<ssize_t>(count), "write");
}

}  // namespace

TcpEcho::TcpEcho() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  Require(bind(listener, any, size) == 0 && listen(listener, 1) == 0, "listen");
  Require(getsockname(listener, any, &size) == 0, "getsockname");
  client_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Require(connect(client_, any, size) == 0, "connect");
  server_ = accept(listener, nullptr, nullptr);
  Require(server_ >= 0, "accept");
  close(listener);
  SetNoDelay(client_);
  SetNoDelay(server_);
  receiver_ = std::thread([this] { Receive(); });
  echoer_ = std::thread([this] { Echo(); });
}

TcpEcho::~TcpEcho() {
  shutdown(client_, SHUT_RDWR);
  receiver_.join();
  echoer_.join();
  close(client_);
  close(server_);
}

std::vector<double> TcpEcho::Call(int outstanding, Clock::duration how_long) {
  log_.Start(outstanding, how_long);
  Send(outstanding);
  return log_.Wait();
}

void TcpEcho::Send(int messages) {
  static constexpr std::array<char, 64 * kMessageBytes> kZeros{};
  sent_.insert(sent_.end(), static_cast<std::size_t>(messages), Clock::now());
  WriteAll(client_, kZeros.data(), static_cast<std::size_t>(messages) * kMessageBytes);
}

void TcpEcho::Receive() {
  std::size_t received = 0;
  ReadUntilClosed(client_, [&](const char*, std::size_t bytes) {
    int again = 0;
    for (received += bytes; received >= kMessageBytes; received -= kMessageBytes) {
      again += log_.Ended(sent_.front()) ? 1 : 0;
      sent_.pop_front();
    }
    if (again > 0) Send(again);
  });
}

void TcpEcho::Echo() {
  ReadUntilClosed(server_,
                  [this](const char* data, std::size_t bytes) { WriteAll(server_, data, bytes); });
}

}  // namespace concord::bench
