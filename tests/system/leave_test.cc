// Leave: the neighbours take over, lookups go on, the application hands its keys on; then the node
// is stopped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "concord/node.h"
#include "support/eventually.h"
#include "support/gate.h"
#include "system/test_ring.h"

namespace concord::testing {
namespace {

using ::testing::HasSubstr;

// Periods so long that nothing heals by itself while the test runs.
Config SlowConfig(const std::string& name) {
  Config config = TestConfig(name);
  config.stabilize_interval = absl::Minutes(10);
  return config;
}

// Two nodes of one ring that know each other.
class Pair {
 public:
  Pair(Config first, Config second) : first_(first), second_(second) {
    EXPECT_TRUE(first_.Start().ok());
    EXPECT_TRUE(first_.Create().ok());
    EXPECT_TRUE(second_.Start().ok());
    EXPECT_TRUE(second_.Join({first_.address()}).ok());
    EXPECT_TRUE(Eventually([&] {
      return first_.successors().size() == 1 && first_.predecessor()->name == second_.name() &&
             second_.successors().size() == 1;
    }));
  }
  Node& first() { return first_; }
  Node& second() { return second_; }

 private:
  Node first_;
  Node second_;
};

TEST(Leave, TheSuccessorOwnsTheRangeWhenItReturns) {
  Pair ring(SlowConfig("a"), SlowConfig("b"));
  const absl::Status left = ring.second().Leave();
  ASSERT_TRUE(left.ok()) << left;
  const Node& a = ring.first();
  EXPECT_EQ(a.range(), (Range{a.id(), a.id()}));
  EXPECT_TRUE(a.successors().empty());
  EXPECT_EQ(ring.second().address(), "") << "stopped";
  EXPECT_EQ(ring.second().range(), std::nullopt);
}

TEST(Leave, TellsTheApplicationLastAndWaitsForIt) {
  std::atomic<bool> returned = false;
  std::vector<RangeChange> changes;  // of b
  Config config = SlowConfig("b");
  config.on_range_change = [&](const RangeChange& change) {
    changes.push_back(change);
    if (change.after) return;
    std::this_thread::yield();
    returned = true;
  };
  Pair ring(SlowConfig("a"), config);
  ASSERT_TRUE(ring.second().Leave().ok());
  EXPECT_TRUE(returned);
  ASSERT_FALSE(changes.empty());
  EXPECT_EQ(changes.back().after, std::nullopt);
  ASSERT_TRUE(changes.back().peer.has_value());
  EXPECT_EQ(changes.back().peer->name, "a");
  EXPECT_EQ(changes.back().lost, changes.back().before);
}

// While the keys are handed on, whoever asks the leaver is told of its heir.
TEST(Leave, LookupsAreAnsweredUntilTheKeysAreHandedOn) {
  std::promise<void> handing_on, go_on;
  Config config = SlowConfig("b");
  config.on_range_change = [&](const RangeChange& change) {
    if (change.after) return;
    handing_on.set_value();
    go_on.get_future().wait();
  };
  Pair ring(SlowConfig("a"), config);
  Node& leaver = ring.second();
  std::thread leaving([&] { EXPECT_TRUE(leaver.Leave().ok()); });
  handing_on.get_future().wait();
  for (int i = 0; i < 50; ++i) {
    const auto owner = leaver.Lookup(absl::StrCat(i));
    ASSERT_TRUE(owner.ok()) << owner.status();
    EXPECT_EQ(owner->name, "a");
    EXPECT_FALSE(leaver.Owns(absl::StrCat(i)));
  }
  go_on.set_value();
  leaving.join();
  EXPECT_TRUE(absl::IsFailedPrecondition(leaver.Lookup("a").status()));
}

bool Listens(const std::string& address) {
  sockaddr_in there{};
  there.sin_family = AF_INET;
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  there.sin_port = htons(static_cast<std::uint16_t>(Gate::PortOf(address)));
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const int result = connect(fd, reinterpret_cast<const sockaddr*>(&there), sizeof there);
  close(fd);
  return result == 0;
}

// 10, 20, 25, 30 and 40 know who comes next and nobody else. The lookup goes from one to the next,
// and waits before 30 while 20 leaves.
TEST(Leave, ALookupThatIsOnItsWayThroughTheLeaverIsAnswered) {
  const auto config = [](const std::string& name) {
    Config config = SlowConfig(name);
    config.hash_bits = 8;
    config.hash_func = [](std::string_view text) {
      return static_cast<Id>(std::atoi(std::string(text).c_str()));
    };
    config.successor_count = 1;
    config.call_timeout_floor = absl::Seconds(30);  // nobody gives up
    config.call_timeout_ceiling = absl::Minutes(1);
    return config;
  };
  Gate gate;
  Config of_thirty = config("30");
  PutBehind(gate, of_thirty);
  Node ten(config("10")), twenty(config("20")), between(config("25")), thirty(of_thirty),
      forty(config("40"));
  ASSERT_TRUE(forty.Start().ok());
  ASSERT_TRUE(forty.Create().ok());
  const Node* next = &forty;
  for (Node* node : {&thirty, &between, &twenty, &ten}) {
    ASSERT_TRUE(node->Start().ok());
    ASSERT_EQ(node->Join({forty.address()}), absl::OkStatus());
    ASSERT_TRUE(Eventually([&] { return next->predecessor()->name == node->name(); }));
    next = node;
  }
  ASSERT_EQ(ten.successors().front().name, "20");
  ASSERT_EQ(twenty.successors().front().name, "25");

  gate.Shut();
  auto found = std::async(std::launch::async, [&] {
    LookupOptions options;
    options.timeout = absl::Seconds(50);
    return ten.Lookup("35", options);
  });
  ASSERT_TRUE(Eventually([&] { return gate.IsPressed(); }));
  const std::string address = twenty.address();
  std::thread leaving([&] { EXPECT_EQ(twenty.Leave(absl::Seconds(50)), absl::OkStatus()); });
  EXPECT_TRUE(Eventually([&] { return !Listens(address); }));
  gate.Open();
  const absl::StatusOr<Server> owner = found.get();
  leaving.join();
  ASSERT_TRUE(owner.ok()) << owner.status();
  EXPECT_EQ(owner->name, "40");
}

TEST(Leave, InsideTheCallback) {
  std::promise<absl::Status> left;
  std::unique_ptr<Node> node;
  Config config = TestConfig("a");
  config.on_range_change = [&](const RangeChange& change) {
    if (change.after) left.set_value(node->Leave());
  };
  node = std::make_unique<Node>(config);
  ASSERT_TRUE(node->Start().ok());
  ASSERT_TRUE(node->Create().ok());
  const absl::Status status = left.get_future().get();
  EXPECT_TRUE(status.ok()) << status;
  node->Stop();  // waits for the rest
  EXPECT_EQ(node->address(), "");
}

TEST(Leave, NoLookupFailsWhileMembersLeaveOneByOne) {
  TestRing ring;
  for (int i = 0; i < 6; ++i) ring.Add(absl::StrCat("n", i));
  ring.WaitUntilIdeal();
  std::atomic<bool> done = false;
  std::atomic<int> answered = 0;
  std::vector<std::string> errors;
  std::thread looking_up([&] {
    for (int i = 0; !done; ++i) {
      const auto owner = ring.node("n0").Lookup(absl::StrCat(i));
      if (owner.ok()) {
        ++answered;
      } else {
        errors.push_back(owner.status().ToString());
      }
    }
  });
  for (int i = 1; i < 5; ++i) {
    const int before = answered;
    const absl::Status left = ring.Leave(absl::StrCat("n", i));
    EXPECT_TRUE(left.ok()) << left;
    ring.WaitUntilIdeal();
    EXPECT_TRUE(Eventually([&] { return answered > before; }));
  }
  done = true;
  looking_up.join();
  EXPECT_THAT(errors, ::testing::IsEmpty());
  ring.ExpectRangesReplay();
}

TEST(Leave, AllAtOnceEnds) {
  TestRing ring;
  for (int i = 0; i < 6; ++i) ring.Add(absl::StrCat("n", i));
  ring.WaitUntilIdeal();
  std::vector<std::thread> leaving;
  for (Node* node : ring.members()) {
    leaving.emplace_back([node] {
      const absl::Status left = node->Leave();
      EXPECT_TRUE(left.ok() || absl::IsUnavailable(left)) << left;
      EXPECT_EQ(node->address(), "");
    });
  }
  for (std::thread& thread : leaving) thread.join();
}

TEST(Leave, OfWhoIsNoMember) {
  Node node(TestConfig("a"));
  EXPECT_TRUE(absl::IsFailedPrecondition(node.Leave()));
  ASSERT_TRUE(node.Start().ok());
  const absl::Status status = node.Leave();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("not a member"));
  EXPECT_NE(node.address(), "") << "it goes on";
  EXPECT_TRUE(node.Create().ok());
}

TEST(Leave, RefusesTimeoutsOutOfTheirLimits) {
  Node node(TestConfig("a"));
  for (const absl::Duration timeout : {absl::ZeroDuration(), -absl::Seconds(1), absl::Hours(1)}) {
    const absl::Status status = node.Leave(timeout);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(status.message(), HasSubstr(absl::FormatDuration(timeout)));
  }
}

TEST(Leave, ThenComesBack) {
  TestRing ring;
  for (int i = 0; i < 3; ++i) ring.Add(absl::StrCat("n", i));
  ring.WaitUntilIdeal();
  ASSERT_TRUE(ring.Leave("n1").ok());
  ring.WaitUntilIdeal();
  const std::string seed = ring.node("n0").address();
  Node& back = ring.node("n1");
  ASSERT_TRUE(back.Start().ok());
  const absl::Status joined = back.Join({seed});
  EXPECT_TRUE(joined.ok()) << joined;
}

}  // namespace
}  // namespace concord::testing
