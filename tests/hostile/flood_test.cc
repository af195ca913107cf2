// A flood of malformed, oversized, slow and lying requests against a ring of three processes.
#include "hostile/flood.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "examples/common/folder.h"
#include "support/child.h"
#include "support/eventually.h"

namespace concord::testing {
namespace {

// A process of concord-node, its log in a file.
class LoggingNode {
 public:
  LoggingNode(const std::string& name, const std::string& folder, const std::string& seed)
      : log_(absl::StrCat(folder, "/", name, ".log")),
        child_({"/bin/sh", "-c",
                absl::StrCat("exec '" CONCORD_NODE "' --interval=100ms --log_level=info --name=",
                             name, seed.empty() ? "" : " --join=" + seed, " 2>", log_)}) {
    const std::vector<std::string> ready = absl::StrSplit(child_.ReadUntil("ready"), ' ');
    for (const std::string& word : ready) {
      if (word.find("127.0.0.1:") != std::string::npos) address_ = word;
    }
  }

  const std::string& address() const { return address_; }
  int port() const {
    int port = 0;
    return absl::SimpleAtoi(address_.substr(address_.rfind(':') + 1), &port) ? port : 0;
  }

  // One lookup: whether an owner was found.
  std::string Lookup(const std::string& key) {
    child_.Write(key + "\n");
    return child_.ReadUntil(key);
  }

  std::size_t resident_kib() const {
    std::ifstream status(absl::StrCat("/proc/", child_.pid(), "/status"));
    for (std::string line; std::getline(status, line);) {
      std::size_t kib = 0;
      const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
      if (line.rfind("VmRSS:", 0) == 0 && absl::SimpleAtoi(words.at(1), &kib)) return kib;
    }
    return 0;
  }
  int log_lines() const {
    std::ifstream log(log_);
    int lines = 0;
    for (std::string line; std::getline(log, line);) ++lines;
    return lines;
  }

 private:
  const std::string log_;
  example::Child child_;
  std::string address_;
};

// Look up keys, in turn, as long as there is a flood.
class Members {
 public:
  explicit Members(std::vector<std::unique_ptr<LoggingNode>>& nodes)
      : thread_([this, &nodes] {
          for (; !over_ || lookups_ < 10; ++lookups_) {
            const absl::Time start = absl::Now();
            const std::string answer =
                nodes[lookups_ % nodes.size()]->Lookup(absl::StrCat("key-", lookups_, "-"));
            if (answer.find(" at 127.") == std::string::npos) unanswered_.push_back(answer);
            slowest_ = std::max(slowest_, absl::Now() - start);
          }
        }) {}
  ~Members() { Finish(); }
  void Finish() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
  }

  // After Finish.
  int lookups() const { return lookups_; }
  const std::vector<std::string>& unanswered() const { return unanswered_; }
  absl::Duration slowest() const { return slowest_; }

 private:
  std::atomic<bool> over_{false};
  int lookups_ = 0;
  std::vector<std::string> unanswered_;
  absl::Duration slowest_;
  std::thread thread_;  // last: it uses the rest
};

// What the first of the traffic takes is not growth: it goes on until no node has grown by more
// than a twentieth, but not for ever.
constexpr int kFewestWarmUps = 3, kMostWarmUps = 12;

using Nodes = std::vector<std::unique_ptr<LoggingNode>>;

std::vector<std::size_t> ResidentKib(const Nodes& nodes) {
  std::vector<std::size_t> kib;
  for (const auto& node : nodes) kib.push_back(node->resident_kib());
  return kib;
}

// Whether each of them names each of them as the owner of its own name.
bool IsOneRing(Nodes& nodes, const std::vector<std::string>& names) {
  for (const auto& asked : nodes) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!absl::StrContains(asked->Lookup(names[i]), " at " + nodes[i]->address())) return false;
    }
  }
  return true;
}

int RequestsFromEnvironment() {
  const char* const text = std::getenv("CONCORD_FLOOD_REQUESTS");
  int requests = 0;
  return text != nullptr && absl::SimpleAtoi(text, &requests) ? requests : 10000;
}

TEST(Flood, LeavesMemoryFlatAndLookupsAnsweredAndTheLogShort) {
  const int requests = RequestsFromEnvironment();
  const example::Folder folder;
  const std::vector<std::string> names = {"node-a", "node-b", "node-c"};
  Nodes nodes;
  for (const std::string& name : names) {
    nodes.push_back(std::make_unique<LoggingNode>(name, folder.path(),
                                                  nodes.empty() ? "" : nodes.front()->address()));
  }
  FloodOptions flood;
  for (const auto& node : nodes) flood.ports.push_back(node->port());
  flood.requests = requests;
  flood.progress = requests > 10000;

  Members members(nodes);
  std::vector<std::size_t> before = ResidentKib(nodes);
  bool grows = true;
  for (int i = 0; i < kFewestWarmUps || (grows && i < kMostWarmUps); ++i) {
    RunFlood(flood);
    ++flood.seed;
    const std::vector<std::size_t> kib = ResidentKib(nodes);
    grows = false;
    for (std::size_t node = 0; node < kib.size(); ++node) {
      grows = grows || kib[node] > before[node] * 21 / 20;
    }
    before = kib;
  }
  members.Finish();
  std::vector<int> lines_before;
  for (const auto& node : nodes) lines_before.push_back(node->log_lines());

  Members again(nodes);
  const absl::Time start = absl::Now();
  const FloodReport report = RunFlood(flood);
  const absl::Duration took = absl::Now() - start;
  again.Finish();

  EXPECT_EQ(report.sent, requests);
  EXPECT_GT(report.ended, requests / 2);
  for (const Members* asked : {&members, &again}) {
    EXPECT_GE(asked->lookups(), 10);
    EXPECT_EQ(asked->unanswered(), std::vector<std::string>());
  }
  EXPECT_TRUE(Eventually([&] { return IsOneRing(nodes, names); }));
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const std::size_t now = nodes[i]->resident_kib();
    const int lines = nodes[i]->log_lines() - lines_before[i];
    std::printf("node %zu: %zu KiB, then %zu KiB; %d log lines\n", i, before[i], now, lines);
    EXPECT_LT(now, before[i] * 12 / 10);
    EXPECT_GT(now, before[i] * 8 / 10);
    // Of each of a dozen kinds 100 at once, then 10 a second.
    EXPECT_LT(lines, 600 + 60 * absl::ToDoubleSeconds(took));
  }
  std::printf(
      "%d requests in %.1f s, %d ended by the servers, %d connections made again; "
      "%d lookups answered, the slowest in %.1f ms\n",
      report.sent, absl::ToDoubleSeconds(took), report.ended, report.reconnected, again.lookups(),
      absl::ToDoubleMilliseconds(again.slowest()));
}

}  // namespace
}  // namespace concord::testing
