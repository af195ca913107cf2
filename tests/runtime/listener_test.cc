// Who is let in through the port, and how many.
#include "runtime/listener.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "arrivals.h"
#include "support/eventually.h"

namespace concord::runtime {
namespace {

using concord::testing::Eventually;

// A client that connects, and knows when it was turned away.
class Silent {
 public:
  explicit Silent(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Silent() { close(fd_); }
  Silent(const Silent&) = delete;
  Silent& operator=(const Silent&) = delete;

  void Say(char byte) { send(fd_, &byte, 1, MSG_NOSIGNAL); }
  bool connected() const { return connected_; }
  bool TurnedAway() const {
    char byte;
    return recv(fd_, &byte, 1, MSG_DONTWAIT) == 0;
  }

 private:
  const int fd_;
  bool connected_ = false;
};

// One that says something as well.
class Client : public Silent {
 public:
  explicit Client(int port) : Silent(port) { Say('P'); }
};

class ListenerTest : public ::testing::Test {
 protected:
  void Start(std::size_t limit) {
    listener_->Start([this](int, int connection, std::uint8_t) { taken_.Put(connection); }, limit);
  }
  std::unique_ptr<Client> Connect() { return std::make_unique<Client>(listener_->port()); }

  Arrivals<int> taken_;
  std::unique_ptr<Listener> listener_ = *Listener::Open({"127.0.0.1", 0});
};

TEST_F(ListenerTest, TurnsAwayWhoComesWhenTheHouseIsFull) {
  Start(2);
  const auto first = Connect(), second = Connect();
  const int open[] = {taken_.Take(), taken_.Take()};
  const auto third = Connect();
  EXPECT_TRUE(Eventually([&] { return third->TurnedAway(); }));
  EXPECT_FALSE(first->TurnedAway() || second->TurnedAway());
  for (const int fd : open) close(fd);
}

TEST_F(ListenerTest, TellsHowAConnectionBeginsAndLeavesItToBeRead) {
  Arrivals<char> firsts;
  listener_->Start([&](int, int connection, std::uint8_t first) {
    firsts.Put(static_cast<char>(first));
    taken_.Put(connection);
  });
  Silent client(listener_->port());
  client.Say('x');
  client.Say('y');
  EXPECT_EQ(firsts.Take(), 'x');
  const int fd = taken_.Take();
  char bytes[2];
  EXPECT_EQ(recv(fd, bytes, 2, MSG_WAITALL), 2);
  EXPECT_EQ(std::string_view(bytes, 2), "xy");
  close(fd);
}

TEST_F(ListenerTest, SendsAwayWhoSaysNothing) {
  listener_->Start([this](int, int connection, std::uint8_t) { taken_.Put(connection); }, 2,
                   absl::Milliseconds(10));
  const Silent silent(listener_->port()), too(listener_->port());
  EXPECT_TRUE(Eventually([&] { return silent.TurnedAway() && too.TurnedAway(); }));
  const auto other = Connect();
  close(taken_.Take());
}

TEST_F(ListenerTest, WhoSaysNothingHoldsUpNobody) {
  Start(10);
  const Silent silent(listener_->port());
  const auto other = Connect();
  close(taken_.Take());
}

TEST_F(ListenerTest, LetsSomebodyInWhenSomebodyHasGone) {
  Start(1);
  const auto first = Connect();
  close(taken_.Take());
  const auto second = Connect();
  const int fd = taken_.Take();
  EXPECT_FALSE(second->TurnedAway());
  close(fd);
}

// (gRPC's own listener never takes a connection again.)
TEST_F(ListenerTest, OutlivesALackOfDescriptors) {
  Start(1000);
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const auto waiting = std::make_unique<Client>(listener_->port());
  close(taken_.Take());

  std::vector<int> all;
  const rlimit few{.rlim_cur = 200, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &few);
  const int spare = dup(0);
  for (int fd; (fd = dup(0)) >= 0;) all.push_back(fd);
  close(spare);
  const Client client(listener_->port());  // takes the last descriptor: none is left to let it in
  EXPECT_TRUE(client.connected());
  EXPECT_EQ(dup(0), -1);
  for (const int fd : all) close(fd);
  setrlimit(RLIMIT_NOFILE, &before);
  const int fd = taken_.Take();
  EXPECT_GE(fd, 0);
  close(fd);
}

TEST_F(ListenerTest, KeepsTwoThirdsOfTheDescriptorsForOthers) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{.rlim_cur = 300, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &few);
  EXPECT_EQ(ConnectionLimit(), 100u);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(ConnectionLimit(), std::min<std::size_t>(before.rlim_cur / 3, kMaxConnections));
}

}  // namespace
}  // namespace concord::runtime
