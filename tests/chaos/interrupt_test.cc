// The campaign as a process that is ended early.
#include <gtest/gtest.h>
#include <signal.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "examples/common/process.h"
#include "support/eventually.h"

namespace concord::chaos {
namespace {

using concord::testing::Eventually;
using example::Process;

std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/task/", pid, "/children"));
  return {std::istream_iterator<pid_t>(file), {}};
}

TEST(Interrupt, LeavesNoNodeBehind) {
  auto chaos = Process::Start({CONCORD_CHAOS, "--nodes=6", "--interval=200ms"});
  ASSERT_TRUE(chaos.ok()) << chaos.status();
  std::vector<pid_t> nodes;
  ASSERT_TRUE(Eventually([&] { return (nodes = ChildrenOf((*chaos)->pid())).size() == 6; }));
  (*chaos)->Signal(SIGINT);
  EXPECT_EQ((*chaos)->Wait(absl::Seconds(30)), 128 + SIGINT);
  for (const pid_t node : nodes) {
    EXPECT_TRUE(kill(node, 0) == -1 && errno == ESRCH) << node << " still runs";
  }
}

TEST(Interrupt, EvenByKillLeavesNoNodeBehind) {
  auto chaos = Process::Start({CONCORD_CHAOS, "--nodes=6", "--interval=200ms"});
  ASSERT_TRUE(chaos.ok()) << chaos.status();
  std::vector<pid_t> nodes;
  ASSERT_TRUE(Eventually([&] { return (nodes = ChildrenOf((*chaos)->pid())).size() == 6; }));
  (*chaos)->Signal(SIGKILL);
  for (const pid_t node : nodes) {
    // Whoever adopts the dead may take a while to bury them.
    EXPECT_TRUE(Eventually([&] {
      std::ifstream stat(absl::StrCat("/proc/", node, "/stat"));
      std::string number, name, state;
      return !(stat >> number >> name >> state) || state == "Z" || name != "(concord-node)";
    })) << node
        << " still runs";
  }
}

}  // namespace
}  // namespace concord::chaos
