// Stores as processes, for tests.
#ifndef CONCORD_TESTS_KV_STORE_PROCESS_H_
#define CONCORD_TESTS_KV_STORE_PROCESS_H_

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "examples/common/folder.h"
#include "support/child.h"

namespace kv {

using concord::example::Child;
using concord::example::Folder;

// A store, of which the thread that starts it must live as long.
class Store {
 public:
  Store(const std::string& name, const std::string& data, std::vector<std::string> flags,
        const std::string& fault = "") {
    std::vector<std::string> argv = {"/usr/bin/env",   absl::StrCat("CONCORD_KV_FAULT=", fault),
                                     CONCORD_KV,       "--name=" + name,
                                     "--data=" + data, "--interval=100ms"};
    argv.insert(argv.end(), flags.begin(), flags.end());
    child_ = std::make_unique<Child>(argv);
  }
  // Waits until it is in the ring.
  void Wait() {
    const std::vector<std::string> words = absl::StrSplit(child_->ReadLine(), ' ');
    EXPECT_GE(words.size(), 3u) << child_->Complaint();
    if (words.size() >= 3) address_ = words[2];
  }
  const std::string& address() const { return address_; }
  void Signal(int signal) { child_->Signal(signal); }
  void Kill() {
    child_->Signal(SIGKILL);
    child_->Wait();
  }
  int Leave() {
    child_->Signal(SIGTERM);
    return child_->Wait();
  }
  int WaitForEnd() { return child_->Wait(); }

 private:
  std::unique_ptr<Child> child_;
  std::string address_;
};

// A port that was free a moment ago.
inline int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(fd, generic, size), 0);
  EXPECT_EQ(getsockname(fd, generic, &size), 0);
  close(fd);
  return ntohs(address.sin_port);
}

}  // namespace kv

#endif  // CONCORD_TESTS_KV_STORE_PROCESS_H_
