// Sockets on loopback that behave as gRPC's own never do.
#ifndef CONCORD_TESTS_RUNTIME_SOCKETS_H_
#define CONCORD_TESTS_RUNTIME_SOCKETS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace concord::runtime {

// A port that is taken but where nobody listens: a connection to it is refused.
class RefusingPort {
 public:
  RefusingPort();
  ~RefusingPort();
  RefusingPort(const RefusingPort&) = delete;
  RefusingPort& operator=(const RefusingPort&) = delete;

  int port() const { return port_; }
  std::string address() const;

 protected:
  int fd_;
  int port_ = 0;
};

// Lets everybody connect and never says a word: a process that hangs.
class SilentPort : public RefusingPort {
 public:
  SilentPort();
  ~SilentPort();

  // How many connections were made so far. They stay open.
  int connections();
  // Breaks the next connection; false when none comes within `patience`.
  bool BreakNext(absl::Duration patience);

 private:
  std::vector<int> accepted_;
};

}  // namespace concord::runtime

#endif  // CONCORD_TESTS_RUNTIME_SOCKETS_H_
