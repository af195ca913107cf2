// The port of a node, and who is let in through it.
//
// gRPC can listen by itself, but its listener (of 1.51) ends for good when the process runs out of
// file descriptors, and takes as many connections as there are. So we accept, and gRPC serves.
#ifndef CONCORD_RUNTIME_LISTENER_H_
#define CONCORD_RUNTIME_LISTENER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "runtime/address.h"
#include "runtime/open_sockets.h"

struct addrinfo;

namespace concord::runtime {

// How many connections may be open. More are closed as they come. A process that may have few files
// open keeps a third of those for this.
inline constexpr std::size_t kMaxConnections = 1024;
std::size_t ConnectionLimit();

class Listener {
 public:
  // Takes a connection that has been made, and owns it. On the listener's thread.
  using Take = std::function<void(int listening, int connection)>;

  // On every address of the host, or on a port that all of them have free if it is 0. UNAVAILABLE
  // with the system's reason when that cannot be.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(const Address& bind);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const { return port_; }

  // Connections are accepted from here on, `limit` of them at once at most.
  void Start(Take take, std::size_t limit = ConnectionLimit());
  // Closes the port. Safe twice.
  void Stop();

 private:
  Listener() = default;
  // Zero, or the system's number for what is wrong.
  int Bind(const addrinfo& address, int port);
  void Run();
  void Accept(int listening);

  std::vector<int> sockets_;  // bound and listening
  int stop_ = -1;             // readable when the thread is to end
  int port_ = 0;
  Take take_;
  std::size_t limit_ = 0;
  OpenSockets open_;  // touched only by the thread
  std::thread thread_;
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_LISTENER_H_
