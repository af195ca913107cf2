// sim::Node keeps the promises of concord::Node.
#include "concord/sim/node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "concord/sim/cluster.h"

namespace concord::sim {
namespace {

using ::testing::HasSubstr;

// Processes in which nothing runs but the nodes that a test makes.
class NodeTest : public ::testing::Test {
 protected:
  explicit NodeTest(ClusterOptions options = {}) : cluster_(options, nullptr) {}

  Node& Add(const std::string& name) {
    Process& process = cluster_.AddProcess(name);
    Config config = process.config();
    config.on_range_change = [this, name](const RangeChange& change) {
      changes_.emplace_back(name, change);
    };
    nodes_.push_back(std::make_unique<Node>(process, config));
    EXPECT_TRUE(nodes_.back()->Start().ok());
    return *nodes_.back();
  }

  void MakeRing(int size) {
    Node& first = Add("n0");
    ASSERT_TRUE(first.Create().ok());
    for (int i = 1; i < size; ++i) {
      ASSERT_TRUE(Add(absl::StrCat("n", i)).Join({first.address()}).ok());
    }
    ASSERT_TRUE(cluster_.RunUntil([&] { return cluster_.IsIdeal(); }, absl::Minutes(1)));
  }

  // A key that the node does not know the owner of, so that its lookup takes a call.
  std::string FarKey(const Node& node) const {
    for (int i = 0;; ++i) {
      std::string key = absl::StrCat("key", i);
      if (!node.Owns(key) && cluster_.Owner(key)->address() != node.successors()[0].address) {
        return key;
      }
    }
  }

  std::vector<std::pair<std::string, RangeChange>> changes_;
  Cluster cluster_;
  std::vector<std::unique_ptr<Node>> nodes_;
};

TEST_F(NodeTest, EveryLookupNamesTheOwner) {
  MakeRing(8);
  for (int i = 0; i < 200; ++i) {
    const std::string key = absl::StrCat("key", i);
    const absl::StatusOr<Server> owner = nodes_[i % 8]->Lookup(key);
    ASSERT_TRUE(owner.ok()) << owner.status();
    EXPECT_EQ(owner->name, cluster_.Owner(key)->name());
    int owners = 0;
    for (const auto& node : nodes_) owners += node->Owns(key);
    EXPECT_EQ(owners, 1);
  }
}

TEST_F(NodeTest, HashesAsAProcessDoes) {
  Node& node = Add("n0");
  EXPECT_EQ(node.IdOf("apple"), 0x3a7bd3e2360a3d29u);  // of SHA-256, the first eight bytes
  EXPECT_EQ(node.id(), node.IdOf("n0"));
}

TEST_F(NodeTest, LookupNWalksTheRing) {
  MakeRing(6);
  const std::string key = FarKey(*nodes_[0]);
  const auto servers = nodes_[0]->LookupN(key, 5);
  ASSERT_TRUE(servers.ok()) << servers.status();
  ASSERT_EQ(servers->size(), 5u);
  EXPECT_EQ(servers->front().name, cluster_.Owner(key)->name());
  for (std::size_t i = 1; i < servers->size(); ++i) {
    for (const auto& node : nodes_) {
      if (node->id() != (*servers)[i].id) continue;
      EXPECT_EQ(node->predecessor(), (*servers)[i - 1]);
    }
  }
  EXPECT_EQ(nodes_[0]->LookupN(key, 50)->size(), 6u);
  EXPECT_EQ(nodes_[0]->LookupN(key, 0).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(NodeTest, LookupNSaysWhoDidNotAnswer) {
  MakeRing(6);
  const std::string key = FarKey(*nodes_[0]);
  Process& owner = *cluster_.Owner(key);
  cluster_.Crash(owner, /*silent=*/true);
  const auto servers = nodes_[0]->LookupN(key, 6);
  ASSERT_EQ(servers.status().code(), absl::StatusCode::kDeadlineExceeded) << servers.status();
  EXPECT_THAT(std::string(servers.status().message()), HasSubstr(owner.name()));
}

TEST_F(NodeTest, RangeChangesFollowEachOther) {
  MakeRing(6);
  for (const auto& node : nodes_) {
    std::uint64_t epoch = 0;
    std::optional<Range> range;
    for (const auto& [name, change] : changes_) {
      if (name != node->name()) continue;
      EXPECT_EQ(change.epoch, ++epoch);
      EXPECT_EQ(change.before, range);
      range = change.after;
    }
    EXPECT_GT(epoch, 0u);
    EXPECT_EQ(range, node->range());
  }
}

TEST_F(NodeTest, SuccessorsAreToldAsTheyChange) {
  Process& process = cluster_.AddProcess("watched");
  std::vector<std::vector<Server>> told;
  Config config = process.config();
  config.on_successors_change = [&](const std::vector<Server>& now) { told.push_back(now); };
  Node watched(process, config);
  ASSERT_TRUE(watched.Start().ok());
  ASSERT_TRUE(watched.Create().ok());
  EXPECT_TRUE(told.empty());
  for (const char* name : {"b", "c"}) {
    ASSERT_TRUE(Add(name).Join({watched.address()}).ok());
    cluster_.RunFor(absl::Seconds(10));
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(told.back(), watched.successors());
  }
  watched.Stop();
  EXPECT_TRUE(told.back().empty());
  for (std::size_t i = 1; i < told.size(); ++i) EXPECT_NE(told[i], told[i - 1]);
}

TEST_F(NodeTest, StopTellsTheLastChangeAndEndsWhatIsOpen) {
  MakeRing(6);
  Node& node = *nodes_[1];
  std::vector<absl::Status> ended;
  node.LookupAsync(FarKey(node), {},
                   [&](const absl::StatusOr<LookupResult>& r) { ended.push_back(r.status()); });
  EXPECT_TRUE(ended.empty());
  node.Stop();
  EXPECT_EQ(changes_.back().first, "n1");
  EXPECT_EQ(changes_.back().second.after, std::nullopt);
  cluster_.RunFor(absl::Minutes(1));
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].code(), absl::StatusCode::kCancelled) << ended[0];
  EXPECT_EQ(node.range(), std::nullopt);
  EXPECT_EQ(node.Lookup("key").status().message(),
            "Lookup: this node is stopped; call Start() first");
  EXPECT_TRUE(cluster_.IsIdeal());
}

TEST_F(NodeTest, MayBeStartedAgain) {
  MakeRing(3);
  Node& node = *nodes_[1];
  node.Stop();
  const std::uint64_t epoch = changes_.back().second.epoch;
  ASSERT_TRUE(node.Start().ok());
  ASSERT_TRUE(node.Join({nodes_[0]->address()}).ok());
  cluster_.RunFor(absl::Seconds(30));
  EXPECT_TRUE(cluster_.IsIdeal()) << cluster_.Explain();
  bool goes_on = false;
  for (const auto& [name, change] : changes_) {
    goes_on |= name == "n1" && change.epoch == epoch + 1 && !change.before;
  }
  EXPECT_TRUE(goes_on);
}

TEST_F(NodeTest, OneStartedNodeAProcess) {
  Node& first = Add("n0");
  Node second(*cluster_.processes()[0], cluster_.processes()[0]->config());
  const absl::Status taken = second.Start();
  EXPECT_EQ(taken.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(taken.message()), HasSubstr(first.address()));
  first.Stop();
  EXPECT_TRUE(second.Start().ok());
}

TEST_F(NodeTest, SaysWhatIsWrong) {
  Process& process = cluster_.AddProcess("a");
  Config config = process.config();
  config.hash_bits = 16;
  EXPECT_EQ(Node(process, config).Start().message(),
            "Config.hash_bits is 16: it must be 64, that of ClusterOptions::config");
  config = process.config();
  config.successor_count = 0;
  EXPECT_EQ(Node(process, config).Start().message(),
            "Config.successor_count is 0: it must be from 1 to 32");

  Node node(process, process.config());
  EXPECT_EQ(node.Create().code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(node.Start().ok());
  EXPECT_EQ(node.Start().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(node.Lookup("key").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(node.Join({}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(node.Join({node.address()}).code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(node.Create().ok());
  EXPECT_EQ(node.Create().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(node.Lookup("key", {absl::Hours(1)}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(NodeTest, JoinNamesTheSeedsThatDidNotAnswer) {
  Node& node = Add("a");
  const std::string nobody = cluster_.AddProcess("nobody").address();
  const absl::Status status = node.Join({nobody}, absl::Seconds(5));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(nobody));
}

TEST_F(NodeTest, SecondNodeOfANameIsRefused) {
  MakeRing(3);
  EXPECT_EQ(Add("n1").Join({nodes_[0]->address()}).code(), absl::StatusCode::kAlreadyExists);
}

// --- Bootstrap, Leave, confirmed lookups ---

TEST_F(NodeTest, BootstrapReturnsWhenTheRingIsThere) {
  std::vector<std::string> members;
  for (int i = 0; i < 5; ++i) members.push_back(Add(absl::StrCat("n", i)).address());
  std::vector<absl::Status> begun;
  for (int i = 1; i < 5; ++i) {
    nodes_[i]->BootstrapAsync(members, absl::Minutes(1),
                              [&](const absl::Status& status) { begun.push_back(status); });
  }
  const absl::Status first = nodes_[0]->Bootstrap(members);
  EXPECT_TRUE(first.ok()) << first;
  EXPECT_TRUE(cluster_.RunUntil([&] { return begun.size() == 4; }, absl::Seconds(5)));
  EXPECT_THAT(begun, ::testing::Each(absl::OkStatus()));
  EXPECT_TRUE(cluster_.IsIdeal()) << cluster_.Explain();
}

TEST_F(NodeTest, BootstrapNamesWhoIsMissing) {
  Node& node = Add("a");
  const std::string nobody = cluster_.AddProcess("nobody").address();
  const absl::Status status = node.Bootstrap({nobody, node.address()}, absl::Seconds(5));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(nobody));
  EXPECT_EQ(node.Bootstrap({nobody}).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(NodeTest, WhoLeavesTellsItsHeirBeforeItIsGone) {
  MakeRing(6);
  Node& leaver = *nodes_[2];
  const Server heir = leaver.successors().front();
  const Range range = *leaver.range();
  const std::size_t before = changes_.size();
  const absl::Status left = leaver.Leave();
  ASSERT_TRUE(left.ok()) << left;
  ASSERT_EQ(changes_.size(), before + 2) << "of the heir and of the leaver, nobody else's";
  EXPECT_EQ(changes_[before].first, heir.name) << "its range grows first";
  EXPECT_EQ(changes_[before].second.gained, range);
  EXPECT_EQ(changes_[before + 1].first, leaver.name());
  EXPECT_EQ(changes_[before + 1].second.after, std::nullopt);
  EXPECT_EQ(changes_[before + 1].second.peer, heir);
  EXPECT_EQ(leaver.address(), "") << "stopped";
  // Those further back hear of it by and by.
  EXPECT_TRUE(cluster_.RunUntil([&] { return cluster_.IsIdeal(); }, absl::Seconds(10)));
}

TEST_F(NodeTest, AllMayLeaveAtOnce) {
  MakeRing(6);
  std::size_t left = 0;
  for (const auto& node : nodes_) {
    node->LeaveAsync(absl::Seconds(10), [&](const absl::Status&) { ++left; });
  }
  EXPECT_TRUE(cluster_.RunUntil([&] { return left == 6; }, absl::Seconds(15)));
  for (const auto& node : nodes_) EXPECT_EQ(node->range(), std::nullopt);
}

TEST_F(NodeTest, WhoLeavesDoesNotWaitForTheDead) {
  MakeRing(6);
  Node& leaver = *nodes_[2];
  const std::vector<Server> successors = leaver.successors();
  cluster_.Crash(*cluster_.Owner(successors[0].name), /*silent=*/true);
  const absl::Status left = leaver.Leave(absl::Seconds(10));
  EXPECT_TRUE(left.ok()) << left;
  EXPECT_EQ(changes_.back().second.peer, successors[1]);
}

TEST_F(NodeTest, AConfirmedLookupIsAnsweredByTheOwnerItself) {
  MakeRing(6);
  Node& node = *nodes_[0];
  const std::string key = FarKey(node);
  Process& owner = *cluster_.Owner(key);
  LookupOptions options;
  options.confirm = true;
  std::optional<LookupResult> confirmed;
  node.LookupAsync(key, options, [&](const absl::StatusOr<LookupResult>& result) {
    if (result.ok()) confirmed = *result;
  });
  ASSERT_TRUE(cluster_.RunUntil([&] { return confirmed.has_value(); }, absl::Seconds(5)));
  EXPECT_EQ(confirmed->owner.name, owner.name());
  const auto is_owner = [&](const auto& other) { return other->name() == owner.name(); };
  const auto found = std::find_if(nodes_.begin(), nodes_.end(), is_owner);
  EXPECT_EQ(confirmed->range, (*found)->range());
  EXPECT_GT(confirmed->epoch, 0u);

  cluster_.Crash(owner);
  const absl::StatusOr<Server> heir = node.Lookup(key, options);
  ASSERT_TRUE(heir.ok()) << heir.status();
  EXPECT_EQ(heir->name, cluster_.Owner(key)->name());
}

TEST_F(NodeTest, WhatTakesTimeIsRefusedInsideAnEvent) {
  MakeRing(3);
  std::vector<absl::Status> refused;
  cluster_.After(absl::Seconds(1), [&] {
    refused.push_back(nodes_[0]->Lookup("key").status());
    refused.push_back(nodes_[0]->LookupN("key", 2).status());
    refused.push_back(nodes_[0]->Join({"1:1"}));
  });
  cluster_.RunFor(absl::Seconds(2));
  ASSERT_EQ(refused.size(), 3u);
  for (const absl::Status& status : refused) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr("Async"));
  }
}

TEST_F(NodeTest, WaitingEndsWhenTheProcessCrashes) {
  MakeRing(6);
  Process& process = *cluster_.processes()[2];
  const std::string key = FarKey(*nodes_[2]);
  for (const auto& node : nodes_) {
    if (node->name() != process.name()) cluster_.Crash(*cluster_.Owner(node->name()), true);
  }
  cluster_.After(absl::Milliseconds(10), [&] { cluster_.Crash(process); });
  const absl::StatusOr<Server> owner = nodes_[2]->Lookup(key);
  EXPECT_EQ(owner.status().code(), absl::StatusCode::kCancelled) << owner.status();
}

class SmallSpaceTest : public NodeTest {
 protected:
  static ClusterOptions Options() {
    ClusterOptions options;
    options.config.hash_bits = 8;
    options.config.hash_func = [](std::string_view key) { return Id{key.size()} * 1000; };
    return options;
  }
  SmallSpaceTest() : NodeTest(Options()) {}
};

TEST_F(SmallSpaceTest, TheConfigsHashIsUsed) {
  Node& node = Add("abc");
  EXPECT_EQ(node.id(), 3000u % 256);
}

}  // namespace
}  // namespace concord::sim
