#include "child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace concord::bench {
namespace {

struct Order {
  int outstanding;
  std::int64_t nanoseconds;
};

}  // namespace

double CpuMicrosecondsOf(pid_t process) {
  clockid_t clock;
  timespec used{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) != 0) {
    Fail("a process of the benchmark is gone");
  }
  return 1e6 * static_cast<double>(used.tv_sec) + 1e-3 * static_cast<double>(used.tv_nsec);
}

Wire::~Wire() { close(fd_); }

void Wire::Send(const std::string& bytes) {
  const std::uint64_t size = bytes.size();
  std::string framed(reinterpret_cast<const char*>(&size), sizeof size);
  framed += bytes;
  for (std::size_t sent = 0; sent < framed.size();) {
    const ssize_t n = send(fd_, framed.data() + sent, framed.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) Fail("a process of the benchmark has ended too early");
    sent += static_cast<std::size_t>(n);
  }
}

bool Wire::Read(void* bytes, std::size_t count) {
  for (std::size_t done = 0; done < count;) {
    const ssize_t n = read(fd_, static_cast<char*>(bytes) + done, count - done);
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

bool Wire::ReceiveUntilEnd(std::string& bytes) {
  std::uint64_t size = 0;
  if (!Read(&size, sizeof size)) return false;
  bytes.resize(size);
  return Read(bytes.data(), size);
}

std::string Wire::Receive() {
  std::string bytes;
  if (!ReceiveUntilEnd(bytes)) Fail("a process of the benchmark has ended too early");
  return bytes;
}

Child::Child(const std::function<void(Wire&)>& body) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) Fail("there is no socket");
  pid_ = fork();
  if (pid_ < 0) Fail("there is no room for another process");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    Wire wire(ends[1]);
    body(wire);
    std::_Exit(0);  // what was set up before the fork is the parent's
  }
  close(ends[1]);
  wire_ = std::make_unique<Wire>(ends[0]);
}

Child::~Child() {
  wire_ = nullptr;  // children made later hold it open too, so it is not enough
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

void ServeCalls(Wire& wire, Caller& caller) {
  std::string bytes;
  while (wire.ReceiveUntilEnd(bytes)) {
    Order order;
    std::memcpy(&order, bytes.data(), sizeof order);
    const std::vector<double> took =
        caller.Call(order.outstanding, std::chrono::nanoseconds(order.nanoseconds));
    wire.Send({reinterpret_cast<const char*>(took.data()), took.size() * sizeof took[0]});
  }
}

std::vector<double> RemoteCaller::Call(int outstanding, Clock::duration how_long) {
  const Order order{outstanding, std::chrono::nanoseconds(how_long).count()};
  client_.wire().Send({reinterpret_cast<const char*>(&order), sizeof order});
  const std::string bytes = client_.wire().Receive();
  std::vector<double> took(bytes.size() / sizeof(double));
  std::memcpy(took.data(), bytes.data(), bytes.size());
  return took;
}

double RemoteCaller::CpuMicroseconds() const {
  double sum = 0;
  for (const Child* process : processes_) sum += process->CpuMicroseconds();
  return sum;
}

}  // namespace concord::bench
