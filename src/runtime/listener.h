// The port of a node, and who is let in through it.
//
// gRPC can listen by itself, but its listener (of 1.51) ends for good when the process runs out of
// file descriptors, takes as many connections as there are, and a server in plaintext does not tell
// that its clients speak TLS. So we accept and look who is there, and gRPC serves.
#ifndef CONCORD_RUNTIME_LISTENER_H_
#define CONCORD_RUNTIME_LISTENER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "runtime/address.h"
#include "runtime/open_sockets.h"

struct addrinfo;

namespace concord::runtime {

// How many connections may be open. More are closed as they come. A process that may have few files
// open keeps a third of those for this.
inline constexpr std::size_t kMaxConnections = 1024;
std::size_t ConnectionLimit();

// Whoever has connected and said nothing for so long is sent away.
inline constexpr absl::Duration kFirstByteTimeout = absl::Seconds(20);

class Listener {
 public:
  // Takes a connection over, which it owns from then on, on the listener's thread. `first` is the
  // first byte that came, and is still to be read.
  using Take = std::function<void(int listening, int connection, std::uint8_t first)>;

  // On every address of the host, or on a port that all of them have free if it is 0. UNAVAILABLE
  // with the system's reason when that cannot be.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(const Address& bind);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const { return port_; }

  // Connections are accepted from here on, `limit` of them at once at most.
  void Start(Take take, std::size_t limit = ConnectionLimit(),
             absl::Duration first_byte_timeout = kFirstByteTimeout);
  // Closes the port. Safe twice.
  void Stop();

 private:
  Listener() = default;
  // Zero, or the system's number for what is wrong.
  int Bind(const addrinfo& address, int port);
  struct Silent {
    int listening;
    int connection;
    absl::Time until;
  };

  void Run();
  void Accept(int listening);
  // Whether it has spoken, or has gone: it is not ours any more.
  bool Hear(const Silent& silent);
  // Whether we wait no longer for it: it is closed.
  static bool GivesUp(const Silent& silent, absl::Time now);

  std::vector<int> sockets_;  // bound and listening
  int stop_ = -1;             // readable when the thread is to end
  int port_ = 0;
  Take take_;
  std::size_t limit_ = 0;
  absl::Duration first_byte_timeout_;
  // Touched only by the thread:
  OpenSockets open_;
  std::vector<Silent> silent_;
  std::thread thread_;
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_LISTENER_H_
