// Rings that find themselves again from the files of their nodes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "concord/node.h"
#include "support/eventually.h"
#include "system/test_ring.h"

namespace concord::testing {
namespace {

using ::testing::HasSubstr;

class PeersFileTest : public ::testing::Test {
 protected:
  PeersFileTest() : directory_(absl::StrCat(::testing::TempDir(), "/concord-ring-", getpid())) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directory(directory_);
  }
  ~PeersFileTest() override { std::filesystem::remove_all(directory_); }

  std::string FileOf(const std::string& name) const { return directory_ + "/" + name; }
  std::string TextOf(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(FileOf(name)).rdbuf();
    return text.str();
  }
  // The node's address stays the same from one life to the next.
  Config ConfigOf(const std::string& name) const {
    Config config = TestConfig(name);
    config.peers_file = FileOf(name);
    return config;
  }

  const std::string directory_;
};

TEST_F(PeersFileTest, NamesTheMembersAfterStopAndNotTheNodeItself) {
  TestRing ring;
  for (const char* name : {"a", "b", "c"}) ring.Add(ConfigOf(name));
  ring.WaitUntilIdeal();
  const std::string own = ring.node("a").address(), other = ring.node("b").address();
  ring.Kill("a");
  EXPECT_THAT(TextOf("a"), HasSubstr(other));
  EXPECT_THAT(TextOf("a"), ::testing::Not(HasSubstr(own)));
}

TEST_F(PeersFileTest, OneThatComesBackNeedsNoSeed) {
  TestRing ring;
  for (const char* name : {"a", "b", "c"}) ring.Add(ConfigOf(name));
  ring.WaitUntilIdeal();
  ring.Kill("b");
  ring.WaitUntilIdeal();
  Node back(ConfigOf("b"));
  ASSERT_TRUE(back.Start().ok());
  const absl::Status joined = back.Join({});
  ASSERT_TRUE(joined.ok()) << joined;
  EXPECT_TRUE(Eventually([&] { return back.successors().size() == 2; }));
}

TEST_F(PeersFileTest, AWholeRingThatWasStoppedFindsItselfAgain) {
  std::vector<Config> configs;
  {
    TestRing ring;
    for (const char* name : {"a", "b", "c", "d", "e"}) ring.Add(ConfigOf(name));
    ring.WaitUntilIdeal();
    for (Node* node : ring.members()) {
      configs.push_back(ConfigOf(node->name()));
      configs.back().bind_addr = node->address();
    }
    ring.KillAtOnce({"a", "b", "c", "d", "e"});
  }
  std::vector<std::unique_ptr<Node>> nodes;
  for (const Config& config : configs) {
    nodes.push_back(std::make_unique<Node>(config));
    ASSERT_TRUE(nodes.back()->Start().ok());
  }
  std::vector<std::thread> joining;
  for (const auto& node : nodes) {
    joining.emplace_back([&node] {
      const absl::Status joined = node->Join({});
      EXPECT_TRUE(joined.ok()) << joined;
    });
  }
  for (std::thread& thread : joining) thread.join();
  for (const auto& node : nodes) {
    EXPECT_TRUE(Eventually([&] { return node->successors().size() == 3; })) << node->name();
  }
}

TEST_F(PeersFileTest, ThatIsFullOfThoseWhoAreGoneDoesNotHoldUpWhoIsLeft) {
  Config config = ConfigOf("a");
  config.bind_addr = "127.0.0.1:0";
  config.stabilize_interval = absl::Seconds(10);
  {
    std::ofstream file(FileOf("a"));
    for (int port = 1; port <= 60; ++port) file << "127.0.0.1:" << port << "\n";
  }
  Node node(config);
  ASSERT_TRUE(node.Start().ok());
  EXPECT_EQ(node.Join({}, absl::Seconds(4)), absl::OkStatus());
  EXPECT_TRUE(node.Owns("any key"));
}

TEST_F(PeersFileTest, WithoutPeersAndSeedsThereIsNobodyToJoin) {
  Node node(ConfigOf("a"));
  ASSERT_TRUE(node.Start().ok());
  EXPECT_TRUE(absl::IsInvalidArgument(node.Join({})));
}

TEST_F(PeersFileTest, ThatCannotBeWrittenDoesNotDisturbTheNode) {
  TestRing ring;
  Config config = ConfigOf("a");
  config.peers_file = directory_ + "/no/such/file";
  ring.Add(config);
  ring.Add(TestConfig("b"));
  ring.WaitUntilIdeal();
}

}  // namespace
}  // namespace concord::testing
