#include "runtime/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace concord::runtime {
namespace {

// How long nobody is let in when there is no descriptor or no memory for another connection, and
// how often a full house is looked over at most.
constexpr int kPauseMs = 100;

// How often it is looked who has been silent for too long, at most.
constexpr int kLookMs = 1000;

// How often another port is tried when not all addresses of a host have the one that the first got.
constexpr int kPortTries = 10;

absl::Status CannotListen(const Address& bind, const char* why) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", bind.ToString(), ": ", why));
}

int PortOf(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

void SetPort(sockaddr_storage& address, int port) {
  const auto in_network_order = htons(static_cast<std::uint16_t>(port));
  if (address.ss_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(address).sin6_port = in_network_order;
  } else {
    reinterpret_cast<sockaddr_in&>(address).sin_port = in_network_order;
  }
}

void Set(int fd, int level, int option, int value) {
  setsockopt(fd, level, option, &value, sizeof value);
}

}  // namespace

std::size_t ConnectionLimit() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) {
    return kMaxConnections;
  }
  return std::clamp<std::size_t>(files.rlim_cur / 3, 1, kMaxConnections);
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(const Address& bind) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  // Any address of the machine is also any of IPv6, where there is such a thing.
  const std::vector<std::string> hosts =
      bind.wildcard() ? std::vector<std::string>{"::", "0.0.0.0"} : std::vector{bind.host};
  std::unique_ptr<Listener> listener(new Listener);
  int why = EADDRNOTAVAIL;
  for (const std::string& host : hosts) {
    if (const int e = getaddrinfo(host.c_str(), "0", &hints, &found); e != 0) {
      return CannotListen(bind, gai_strerror(e));
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
    for (int tries = 0; tries < kPortTries; ++tries) {
      listener.reset(new Listener);
      bool taken = false;
      for (const addrinfo* a = found; a != nullptr && !taken; a = a->ai_next) {
        const int error = listener->Bind(*a, bind.port != 0 ? bind.port : listener->port_);
        if (error != 0) why = error;
        taken = error == EADDRINUSE;
      }
      if (!taken && !listener->sockets_.empty()) {
        listener->stop_ = eventfd(0, EFD_CLOEXEC);
        if (listener->stop_ < 0) return CannotListen(bind, std::strerror(errno));
        return listener;
      }
      if (bind.port != 0 || !taken) break;
    }
    if (why == EADDRINUSE) break;
  }
  return CannotListen(bind, std::strerror(why));
}

int Listener::Bind(const addrinfo& address, int port) {
  const int fd = socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return errno;
  Set(fd, SOL_SOCKET, SO_REUSEADDR, 1);  // a connection of an earlier life may linger
  Set(fd, IPPROTO_TCP, TCP_NODELAY, 1);  // its connections inherit it
  sockaddr_storage where{};
  std::memcpy(&where, address.ai_addr, address.ai_addrlen);
  SetPort(where, port);
  if (address.ai_family == AF_INET6) {
    const in6_addr& host = reinterpret_cast<const sockaddr_in6&>(where).sin6_addr;
    Set(fd, IPPROTO_IPV6, IPV6_V6ONLY, IN6_IS_ADDR_UNSPECIFIED(&host) ? 0 : 1);
  }
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&where), address.ai_addrlen) != 0 ||
      listen(fd, SOMAXCONN) != 0) {
    const int why = errno;
    close(fd);
    return why;
  }
  sockets_.push_back(fd);
  port_ = PortOf(fd);
  return 0;
}

Listener::~Listener() { Stop(); }

void Listener::Start(Take take, std::size_t limit, absl::Duration first_byte_timeout) {
  take_ = std::move(take);
  limit_ = limit;
  first_byte_timeout_ = first_byte_timeout;
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "concord-accept");
    Run();
    for (const Silent& silent : silent_) close(silent.connection);
  });
}

void Listener::Stop() {
  if (thread_.joinable()) {
    const std::uint64_t one = 1;
    while (write(stop_, &one, sizeof one) < 0 && errno == EINTR) {
    }
    thread_.join();
  }
  if (stop_ >= 0) close(std::exchange(stop_, -1));
  for (const int fd : std::exchange(sockets_, {})) close(fd);
}

void Listener::Run() {
  std::vector<pollfd> ready;
  const auto add = [&](int fd) { ready.push_back({.fd = fd, .events = POLLIN, .revents = 0}); };
  for (;;) {
    ready.clear();
    add(stop_);
    for (const int fd : sockets_) add(fd);
    for (const Silent& silent : silent_) add(silent.connection);
    poll(ready.data(), ready.size(), silent_.empty() ? -1 : kLookMs);
    if (ready[0].revents != 0) return;
    const absl::Time now = absl::Now();
    std::size_t still_silent = 0;
    for (std::size_t i = 0; i < silent_.size(); ++i) {
      const Silent silent = silent_[i];
      const bool stirs = ready[1 + sockets_.size() + i].revents != 0;
      if (stirs ? Hear(silent) : GivesUp(silent, now)) continue;
      silent_[still_silent++] = silent;
    }
    silent_.resize(still_silent);
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
      if (ready[i + 1].revents != 0) Accept(sockets_[i]);
    }
  }
}

bool Listener::GivesUp(const Silent& silent, absl::Time now) {
  if (now < silent.until) return false;
  close(silent.connection);
  return true;
}

bool Listener::Hear(const Silent& silent) {
  std::uint8_t first = 0;
  const ssize_t n = recv(silent.connection, &first, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (n > 0) {
    take_(silent.listening, silent.connection, first);
  } else {
    close(silent.connection);
  }
  return true;
}

void Listener::Accept(int listening) {
  const auto pause = [this] {
    pollfd stop{.fd = stop_, .events = POLLIN, .revents = 0};
    poll(&stop, 1, kPauseMs);
  };
  if (open_.known() >= limit_) {
    open_.Sweep();
    if (open_.known() >= limit_) pause();  // so that whoever knocks costs little
  }
  const int fd = accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) pause();
    return;
  }
  if (open_.known() >= limit_) {
    close(fd);
    return;
  }
  open_.Add(fd);
  const Silent newcomer{listening, fd, absl::Now() + first_byte_timeout_};
  if (!Hear(newcomer)) silent_.push_back(newcomer);
}

}  // namespace concord::runtime
