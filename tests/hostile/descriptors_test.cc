// A node whose descriptors strangers try to use up.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "concord/node.h"
#include "hostile/http2_bytes.h"
#include "support/child.h"

namespace concord::testing {
namespace {

int ConnectAndSayHello(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    const std::string preface = Preface();
    send(fd, preface.data(), preface.size(), MSG_NOSIGNAL);
  }
  return fd;
}

TEST(Descriptors, ThatStrangersUseUpKeepNeitherMembersOutNorOthersAfterThem) {
  example::Child few({"/bin/sh", "-c", "ulimit -n 150; exec '" CONCORD_NODE "' --name=few"});
  const std::string ready = few.ReadUntil("ready");
  const std::string address = ready.substr(ready.rfind(' ') + 1);
  int port = 0;
  ASSERT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port)) << ready;

  Config config;
  config.name = "member";
  Node member(config);
  ASSERT_EQ(member.Start(), absl::OkStatus());
  ASSERT_EQ(member.Join({address}), absl::OkStatus());
  std::vector<int> strangers;
  for (int i = 0; i < 400; ++i) strangers.push_back(ConnectAndSayHello(port));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(member.Lookup(absl::StrCat("key-", i)).ok());
  for (const int fd : strangers) close(fd);

  config.name = "late";
  Node late(config);
  ASSERT_EQ(late.Start(), absl::OkStatus());
  EXPECT_EQ(late.Join({address}), absl::OkStatus());
}

}  // namespace
}  // namespace concord::testing
