// The demo tells its story, believes nothing, and leaves nothing behind.
#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "support/child.h"

namespace concord::example {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

std::string TestFile(const std::string& name, const std::string& content) {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::string path = absl::StrCat(::testing::TempDir(), test->name(), ".", name);
  std::ofstream(path) << content;
  return path;
}

std::string Words(int count) {
  std::string words;
  for (int i = 0; i < count; ++i) absl::StrAppend(&words, "word-", i, "\n");
  return TestFile("words", words);
}

Child ConcordDemo(std::vector<std::string> flags) {
  flags.insert(flags.begin(), CONCORD_DEMO);
  return Child(flags);
}

// A concord-node whose output goes through a command.
std::string NodeThrough(const std::string& filter) {
  const std::string path = TestFile(
      "node", absl::StrCat("#!/bin/bash\nexec '", CONCORD_NODE, "' \"$@\" > >(", filter, ")\n"));
  chmod(path.c_str(), 0755);
  return path;
}

std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::ifstream list(absl::StrCat("/proc/", pid, "/task/", pid, "/children"));
  return {std::istream_iterator<pid_t>(list), {}};
}

// Ended: gone, or waiting for whoever became its parent to notice.
bool HasEnded(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  std::stringstream stat;
  stat << file.rdbuf();
  const std::string text = stat.str();
  const std::size_t name_end = text.rfind(')');
  return name_end == std::string::npos || text[name_end + 2] == 'Z';
}

void AwaitEndOf(const std::vector<pid_t>& pids) {
  const absl::Time end = absl::Now() + kPatience;
  for (const pid_t pid : pids) {
    while (!HasEnded(pid) && absl::Now() < end) sched_yield();
    EXPECT_TRUE(HasEnded(pid)) << pid;
  }
}

// `ring`: how many checks there are of the ring. Where there is concord-kv there are some of it.
std::string AllOfThemHeld(int ring) {
#ifdef CONCORD_HAS_KV
  ring += 3;
#endif
  return absl::StrCat("All ", ring, " checks held.");
}

TEST(Demo, TellsItsStoryAndEveryCheckHolds) {
  Child demo = ConcordDemo({"--words=" + Words(2000)});
  const std::string story = demo.ReadAll();
  EXPECT_EQ(demo.Wait(), 0) << story;
  const bool splits = story.find("The network will not be split") == std::string::npos;
  EXPECT_THAT(story, HasSubstr(AllOfThemHeld(splits ? 22 : 14)));
  EXPECT_EQ(splits, story.find("keys have the owner again") != std::string::npos);
  EXPECT_THAT(story, AllOf(HasSubstr("✓ 2,000 of 2,000 answers name the true owner"),
                           HasSubstr("keys of the dead moved, each to the next live node"),
                           HasSubstr("keys in the arc of node-9 moved to it")));
  EXPECT_THAT(story, Not(HasSubstr("✗")));
  EXPECT_THAT(story, Not(HasSubstr("\x1b"))) << "colours, but not on a terminal";
  EXPECT_THAT(story, Not(HasSubstr("\r"))) << "a moving line, but not on a terminal";
}

TEST(Demo, TellsItOfOtherRings) {
  Child demo = ConcordDemo({"--words=" + Words(500), "--limit=100", "--nodes=3", "--kill=2",
                            "--successors=3", "--interval=100ms", "--seed=7"});
  const std::string story = demo.ReadAll();
  EXPECT_EQ(demo.Wait(), 0) << story;
  EXPECT_THAT(story, HasSubstr("✓ 100 of 100 answers name the true owner"));
}

TEST(Demo, OnLoopbackTheNetworkIsNotSplit) {
  Child demo = ConcordDemo({"--words=" + Words(100), "--loopback", "--interval=100ms"});
  const std::string story = demo.ReadAll();
  EXPECT_EQ(demo.Wait(), 0) << story;
  EXPECT_THAT(story, AllOf(HasSubstr(AllOfThemHeld(14)), Not(HasSubstr("splits"))));
}

TEST(Demo, SameSeedKillsTheSameNodes) {
  std::vector<std::string> killed;
  for (const char* words : {"50", "60"}) {
    Child demo =
        ConcordDemo({"--words=" + Words(100), absl::StrCat("--limit=", words), "--seed=5"});
    killed.push_back(demo.ReadUntil("SIGKILL for"));
    demo.Signal(SIGTERM);
    demo.Wait();
  }
  EXPECT_EQ(killed[0], killed[1]);
}

// On a terminal, with `environment` set.
std::string ShowOnTerminal(const std::string& environment) {
  Terminal terminal;
  Child demo({"/bin/sh", "-c", R"(exec env TERM=xterm "$1" "$0" --words="$2" >"$3")", CONCORD_DEMO,
              environment, Words(500), terminal.name()});
  const std::string shown = terminal.ReadAll();
  EXPECT_EQ(demo.Wait(), 0) << shown;
  return shown;
}

TEST(Demo, HasColoursAndAMovingLineOnATerminal) {
  EXPECT_THAT(ShowOnTerminal("NO_COLOR="), AllOf(HasSubstr("\x1b[32m"), HasSubstr("\r\x1b[K")));
}

TEST(Demo, HonoursNoColor) {
  EXPECT_THAT(ShowOnTerminal("NO_COLOR=1"),
              AllOf(Not(HasSubstr("\x1b[32m")), HasSubstr("\r\x1b[K")));
}

TEST(Demo, EndsWhenNobodyReadsOn) {
  Child demo(
      {"/bin/sh", "-c", R"(exec "$0" --words="$1" >/dev/full)", CONCORD_DEMO, Words(1000000)});
  EXPECT_EQ(demo.Wait(), 128 + SIGTERM);
}

TEST(Demo, WrongOwnerIsFound) {
  const std::string node =
      NodeThrough(R"(sed -u '/"key":"word-7"/s/"owner":{"id":"[0-9]*"/"owner":{"id":"42"/')");
  Child demo = ConcordDemo({"--words=" + Words(50), "--node_binary=" + node});
  const std::string story = demo.ReadAll();
  EXPECT_EQ(demo.Wait(), 1) << story;
  EXPECT_THAT(story, AllOf(HasSubstr("✗ 49 of 50 answers"),
                           HasSubstr("says that 'word-7' belongs to"), HasSubstr("checks failed")));
}

TEST(Demo, LostAnswerIsFound) {
  const std::string node = NodeThrough(R"(sed -u '/"key":"word-7"/d')");
  Child demo = ConcordDemo({"--words=" + Words(50), "--node_binary=" + node});
  const std::string story = demo.ReadAll();
  EXPECT_EQ(demo.Wait(), 1) << story;
  EXPECT_THAT(story, HasSubstr("The story ends early"));
}

TEST(Demo, WrongRangeIsFound) {
  const std::string node =
      NodeThrough(R"(sed -u 's/"range":{"start":"[0-9]*"/"range":{"start":"42"/')");
  Child demo = ConcordDemo({"--words=" + Words(50), "--node_binary=" + node});
  EXPECT_THAT(demo.ReadUntil("the range that is theirs"), HasSubstr("✗ 0 of 8"));
}

TEST(Demo, NodeThatEndsByItselfEndsTheStory) {
  const std::string node = TestFile("node", "#!/bin/sh\necho 'no more' >&2\nexit 3\n");
  chmod(node.c_str(), 0755);
  Child demo = ConcordDemo({"--words=" + Words(50), "--node_binary=" + node});
  const std::string story = demo.ReadAll();
  EXPECT_EQ(demo.Wait(), 1) << story;
  EXPECT_THAT(story, HasSubstr("node-1 has ended by itself, with status 3: no more"));
}

TEST(Demo, NodeThatCannotBeRunIsNamed) {
  Child demo = ConcordDemo({"--words=" + Words(50), "--node_binary=/nowhere/concord-node"});
  EXPECT_EQ(demo.Wait(), 1);
  EXPECT_THAT(demo.ReadAll(), HasSubstr("cannot run /nowhere/concord-node"));
}

// So many words that the signal always comes before the end.
TEST(Demo, InterruptedItLeavesNoProcessBehind) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Child demo = ConcordDemo({"--words=" + Words(1000000)});
    demo.ReadUntil("2  Every word");
    const std::vector<pid_t> nodes = ChildrenOf(demo.pid());
    EXPECT_THAT(nodes, SizeIs(8));
    demo.Signal(signal);
    EXPECT_THAT(demo.ReadAll(), HasSubstr("Interrupted."));
    EXPECT_EQ(demo.Wait(), 128 + signal);
    for (const pid_t node : nodes) EXPECT_TRUE(HasEnded(node)) << node;
  }
}

TEST(Demo, KilledItLeavesNoProcessBehind) {
  Child demo = ConcordDemo({"--words=" + Words(1000000)});
  demo.ReadUntil("2  Every word");
  const std::vector<pid_t> nodes = ChildrenOf(demo.pid());
  EXPECT_THAT(nodes, SizeIs(8));
  demo.Signal(SIGKILL);
  EXPECT_EQ(demo.Wait(), 128 + SIGKILL);
  AwaitEndOf(nodes);
}

struct BadFlag {
  std::string flag;
  std::string said;
};

class DemoBadFlags : public ::testing::TestWithParam<BadFlag> {};

TEST_P(DemoBadFlags, UsageAndStatus2) {
  Child demo = ConcordDemo({GetParam().flag});
  EXPECT_EQ(demo.Wait(), 2);
  EXPECT_THAT(demo.Complaint(),
              AllOf(HasSubstr(GetParam().said), HasSubstr("usage: concord-demo")));
}

INSTANTIATE_TEST_SUITE_P(All, DemoBadFlags,
                         ::testing::Values(BadFlag{"--size=8", "--size"},
                                           BadFlag{"--nodes=2", "--nodes is 2; it must be 3 to 32"},
                                           BadFlag{"--kill=3", "--kill is 3; it must be 1 to 2"},
                                           BadFlag{"--concurrency=0", "--concurrency is 0"},
                                           BadFlag{"--words=/nowhere", "/nowhere"}));

}  // namespace
}  // namespace concord::example
