// Clusters that begin as a whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "concord/node.h"
#include "support/eventually.h"
#include "system/test_ring.h"

namespace concord::testing {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;

// Nodes that are started, and may begin a ring.
class Cluster {
 public:
  explicit Cluster(const std::vector<Config>& configs) {
    for (const Config& config : configs) {
      nodes_.push_back(std::make_unique<Node>(config));
      EXPECT_TRUE(nodes_.back()->Start().ok());
      addresses_.push_back(nodes_.back()->address());
    }
  }

  Node& node(std::size_t i) { return *nodes_[i]; }
  const std::vector<std::string>& addresses() const { return addresses_; }

  // Every node at once, each with a list of its own.
  std::vector<absl::Status> Begin(const std::vector<std::vector<std::string>>& lists,
                                  absl::Duration timeout) {
    std::vector<absl::Status> ended(nodes_.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      threads.emplace_back([&, i] { ended[i] = nodes_[i]->Bootstrap(lists[i], timeout); });
    }
    for (std::thread& thread : threads) thread.join();
    return ended;
  }
  std::vector<absl::Status> Begin() {
    return Begin(std::vector(nodes_.size(), addresses_), absl::Seconds(60));
  }

 private:
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::string> addresses_;
};

// Periods so long that nothing is found out by itself while the test runs.
std::vector<Config> SlowConfigs(int count) {
  std::vector<Config> configs;
  for (int i = 0; i < count; ++i) {
    configs.push_back(TestConfig(absl::StrCat("n", i)));
    configs.back().stabilize_interval = absl::Minutes(10);
  }
  return configs;
}

bool OwnsAfter(const Node& node, const Node& before) {
  return node.range() == Range{before.id(), node.id()};
}

TEST(Bootstrap, TheRingIsIdealWhenItReturns) {
  Cluster cluster(SlowConfigs(5));
  EXPECT_THAT(cluster.Begin(), Each(absl::OkStatus()));
  std::vector<Node*> ring;
  for (int i = 0; i < 5; ++i) ring.push_back(&cluster.node(i));
  std::sort(ring.begin(), ring.end(), [](Node* a, Node* b) { return a->id() < b->id(); });
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(OwnsAfter(*ring[(i + 1) % 5], *ring[i]));
    const std::vector<Server> successors = ring[i]->successors();
    ASSERT_EQ(successors.size(), 3u);
    for (std::size_t k = 0; k < 3; ++k)
      EXPECT_EQ(successors[k].name, ring[(i + k + 1) % 5]->name());
  }
}

TEST(Bootstrap, WhoIsStartedAgainJoinsByTheSameCall) {
  std::vector<Config> configs;
  for (int i = 0; i < 3; ++i) configs.push_back(TestConfig(absl::StrCat("n", i)));
  Cluster cluster(configs);
  EXPECT_THAT(cluster.Begin(), Each(absl::OkStatus()));
  cluster.node(1).Stop();
  Config config = configs[1];
  config.bind_addr = cluster.addresses()[1];
  Node again(config);
  ASSERT_TRUE(again.Start().ok());
  const absl::Status status = again.Bootstrap(cluster.addresses(), absl::Seconds(60));
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(Eventually([&] { return again.successors().size() == 2; }));
}

TEST(Bootstrap, TellsWhoIsMissing) {
  std::string missing;
  {
    Node other(TestConfig("b"));
    ASSERT_TRUE(other.Start().ok());
    missing = other.address();
  }
  Cluster cluster({TestConfig("a")});
  const std::vector<absl::Status> ended =
      cluster.Begin({{cluster.addresses()[0], missing}}, absl::Milliseconds(200));
  EXPECT_TRUE(absl::IsUnavailable(ended[0])) << ended[0];
  EXPECT_THAT(std::string(ended[0].message()), AllOf(HasSubstr(missing), HasSubstr("200ms")));
  EXPECT_EQ(cluster.node(0).range(), std::nullopt);
  EXPECT_TRUE(cluster.node(0).Create().ok()) << "it may do something else now";
}

TEST(Bootstrap, AnotherListIsRefused) {
  Cluster cluster(SlowConfigs(3));
  const auto& all = cluster.addresses();
  const auto ended = cluster.Begin({all, {all[0], all[1]}, all}, absl::Seconds(2));
  // (Who fails leaves its neighbour waiting for it: only the first of them is sure to be told.)
  const auto refused = std::find_if(ended.begin(), ended.end(), [](const absl::Status& status) {
    return absl::IsFailedPrecondition(status);
  });
  ASSERT_NE(refused, ended.end());
  EXPECT_THAT(std::string(refused->message()),
              AllOf(HasSubstr("another list"), HasSubstr("of 2"), HasSubstr("of 3")));
}

TEST(Bootstrap, AnotherClusterIsRefusedAndNamesBoth) {
  std::vector<Config> configs = SlowConfigs(2);
  configs[0].cluster_name = "blue";
  configs[1].cluster_name = "red";
  Cluster cluster(configs);
  const absl::Status status = cluster.node(0).Bootstrap(cluster.addresses());
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("'blue'"), HasSubstr("'red'"), HasSubstr(cluster.addresses()[1])));
}

TEST(Bootstrap, StopEndsIt) {
  Cluster cluster(SlowConfigs(2));
  std::thread stopper([&] {
    // (It may come before Bootstrap does, which then has nothing to begin with.)
    cluster.node(0).Stop();
  });
  const absl::Status status = cluster.node(0).Bootstrap(cluster.addresses());
  stopper.join();
  EXPECT_TRUE(absl::IsCancelled(status) || absl::IsFailedPrecondition(status)) << status;
}

TEST(Bootstrap, ChecksItsList) {
  Cluster cluster({TestConfig("a")});
  Node& node = cluster.node(0);
  const auto refused = [&](const std::vector<std::string>& members, const std::string& why) {
    const absl::Status status = node.Bootstrap(members);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
  };
  refused({}, node.address());
  refused({"127.0.0.1:1"}, node.address());
  refused({node.address(), "nonsense"}, "nonsense");
  refused(std::vector<std::string>(257, node.address()), "257 members: the limit is 256");
  EXPECT_TRUE(absl::IsInvalidArgument(node.Bootstrap({node.address()}, absl::ZeroDuration())));
  Node stopped(TestConfig("b"));
  EXPECT_TRUE(absl::IsFailedPrecondition(stopped.Bootstrap({"127.0.0.1:1"})));
}

}  // namespace
}  // namespace concord::testing
