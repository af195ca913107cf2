// Parts of the benchmark in processes of their own.
#ifndef CONCORD_BENCH_CHILD_H_
#define CONCORD_BENCH_CHILD_H_

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "measure.h"

namespace concord::bench {

// The processor time that a process has used so far.
double CpuMicrosecondsOf(pid_t process);

// One end of a connection to a parent or a child. Ends the program when the other end is gone,
// unless it is waited for.
class Wire {
 public:
  explicit Wire(int fd) : fd_(fd) {}
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  void Send(const std::string& bytes);
  std::string Receive();
  bool ReceiveUntilEnd(std::string& bytes);  // false at the end

 private:
  bool Read(void* bytes, std::size_t count);
  int fd_;
};

// A process that runs `body` and ends when the parent does, or drops it. Forks: to be made before
// this process has a second thread.
class Child {
 public:
  explicit Child(const std::function<void(Wire&)>& body);
  ~Child();

  Wire& wire() { return *wire_; }
  double CpuMicroseconds() const { return CpuMicrosecondsOf(pid_); }

 private:
  pid_t pid_ = 0;
  std::unique_ptr<Wire> wire_;
};

// In a child: makes the calls that the parent asks for, until it ends.
void ServeCalls(Wire& wire, Caller& caller);

// In the parent: has `client` make the calls. Their cost is that of `processes`, `client` included.
class RemoteCaller final : public Caller {
 public:
  RemoteCaller(Child& client, std::vector<const Child*> processes)
      : client_(client), processes_(std::move(processes)) {}

  std::vector<double> Call(int outstanding, Clock::duration how_long) override;
  double CpuMicroseconds() const override;

 private:
  Child& client_;
  const std::vector<const Child*> processes_;
};

}  // namespace concord::bench

#endif  // CONCORD_BENCH_CHILD_H_
