// Stands before a server, and lets what goes through it wait while it is shut.
#ifndef CONCORD_TESTS_SUPPORT_GATE_H_
#define CONCORD_TESTS_SUPPORT_GATE_H_

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

namespace concord::testing {

class Gate {
 public:
  Gate() : listening_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listening_, generic, size) != 0 || listen(listening_, 16) != 0 ||
        getsockname(listening_, generic, &size) != 0) {
      throw std::runtime_error("cannot listen on loopback");
    }
    port_ = ntohs(address.sin_port);
  }
  ~Gate() {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
    for (Pair& pair : pairs_) Close(pair);
    close(listening_);
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

  // Of a server on loopback. Who comes from now on is led to this one.
  void StandBefore(const std::string& address) {
    behind_ = PortOf(address);
    if (thread_.joinable()) return;
    thread_ = std::thread([this] {
      while (!ended_) Relay();
    });
  }
  static int PortOf(const std::string& address) {
    return std::stoi(address.substr(address.rfind(':') + 1));
  }

  void Shut() { shut_ = true; }
  void Open() { shut_ = false; }
  // Somebody has sent something while it was shut.
  bool IsPressed() const { return pressed_; }
  // How many connections it has led on.
  int passed() const { return passed_; }

 private:
  using Pair = std::array<int, 2>;

  static sockaddr_in Loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
  }

  void Relay() {
    std::vector<pollfd> ready = {{listening_, POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      for (const int fd : pair) ready.push_back({fd, POLLIN, 0});
    }
    if (poll(ready.data(), ready.size(), /*milliseconds=*/5) <= 0) return;
    for (std::size_t i = 1; i < ready.size(); ++i) {
      if (ready[i].revents == 0) continue;
      pressed_ = pressed_ || shut_;
      Pair& pair = pairs_[(i - 1) / 2];
      if (!shut_ && pair[0] >= 0 && !Pass(ready[i].fd, pair[i % 2])) Close(pair);
    }
    if (ready[0].revents == 0) return;
    const Pair pair = {accept(listening_, nullptr, nullptr), socket(AF_INET, SOCK_STREAM, 0)};
    const sockaddr_in there = Loopback(behind_);
    if (connect(pair[1], reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0) {
      shutdown(pair[0], SHUT_RDWR);  // which is seen when it is read from
    } else {
      ++passed_;
    }
    pairs_.push_back(pair);
  }
  // Whether both ends are still there.
  static bool Pass(int from, int to) {
    char bytes[4096];
    const ssize_t count = read(from, bytes, sizeof bytes);
    for (ssize_t sent = 0, n = 0; sent < count; sent += n) {
      n = send(to, bytes + sent, static_cast<std::size_t>(count - sent), MSG_NOSIGNAL);
      if (n < 0) return false;
    }
    return count > 0;
  }
  static void Close(Pair& pair) {
    for (int& fd : pair) {
      if (fd >= 0) close(fd);
      fd = -1;  // which poll passes over
    }
  }

  const int listening_;
  int port_ = 0;
  std::atomic<int> behind_ = 0, passed_ = 0;
  std::atomic<bool> ended_ = false, shut_ = false, pressed_ = false;
  std::vector<Pair> pairs_;
  std::thread thread_;
};

}  // namespace concord::testing

#endif  // CONCORD_TESTS_SUPPORT_GATE_H_
