// How many of the sockets that were given away are still open.
#ifndef CONCORD_RUNTIME_OPEN_SOCKETS_H_
#define CONCORD_RUNTIME_OPEN_SOCKETS_H_

#include <sys/stat.h>

#include <cstddef>
#include <vector>

namespace concord::runtime {

// Whoever has one closes it without telling us. But the system gives every socket a number of its
// own, so a descriptor that has another number by now was closed, and is somebody else's.
class OpenSockets {
 public:
  void Add(int fd) { sockets_.push_back({fd, NumberOf(fd)}); }

  // At least as many as are open.
  std::size_t known() const { return sockets_.size(); }

  // Forgets those that were closed.
  void Sweep() {
    std::erase_if(sockets_, [](const Socket& s) { return NumberOf(s.fd) != s.number; });
  }

 private:
  struct Socket {
    int fd;
    ino_t number;
  };

  static ino_t NumberOf(int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode) ? status.st_ino : 0;
  }

  std::vector<Socket> sockets_;
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_OPEN_SOCKETS_H_
