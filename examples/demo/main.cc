// concord-demo: runs a ring of concord-node processes and tells what it does. See --help.
//
// It ends with status 0 when every check held, 1 when one did not or the story could not be told,
// 2 when a flag is wrong, and 128 + the signal when it was interrupted.
#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "examples/common/command_line.h"
#include "examples/common/interrupt.h"
#include "examples/common/network.h"
#include "examples/common/standard_streams.h"
#include "examples/common/tool.h"
#include "examples/demo/checks.h"
#include "examples/demo/demo.h"
#include "examples/demo/screen.h"
#ifdef CONCORD_HAS_KV
#include "examples/demo/store_story.h"
#endif
#include "examples/demo/words.h"

ABSL_FLAG(std::uint32_t, nodes, 8, "How many nodes form the ring, 3 to 32.");
ABSL_FLAG(std::uint32_t, kill, 2,
          "How many of them are killed at once; at least 1, and fewer than --successors and "
          "--nodes.");
ABSL_FLAG(std::uint32_t, successors, 3, "How many successors a node knows, 2 to 32.");
ABSL_FLAG(absl::Duration, interval, absl::Milliseconds(500),
          "How often a node checks its neighbours.");
ABSL_FLAG(std::uint32_t, concurrency, 2, "How many lookups are under way in each node, 1 to 1024.");
ABSL_FLAG(std::uint64_t, seed, 2, "What is random follows from it: who is asked, who dies.");
ABSL_FLAG(std::string, words, "/usr/share/dict/american-english",
          "The keys, one a line. Debian's package wamerican has this list.");
ABSL_FLAG(std::uint32_t, limit, 0, "Only so many words, evenly spread over the list; 0: all.");
ABSL_FLAG(bool, loopback, false,
          "Whether all nodes are on the loopback interface, and not each in a network namespace of "
          "its own, without which the network cannot be split.");
ABSL_FLAG(std::string, node_binary, "", "The concord-node to run. Empty: that of the same build.");

namespace concord::example {
namespace {

constexpr int kAllHeld = 0;
constexpr int kFailed = 1;
constexpr int kBadFlags = 2;

constexpr char kSynopsis[] =
    "usage: concord-demo [flags]\n"
    "\n"
    "Runs a ring of concord-node processes on this machine: it forms, finds the owner of every\n"
    "word of a word list, loses some of its nodes, repairs itself, gains a node, falls in two\n"
    "with the network, and becomes one again. Then three stores keep words, and one of them dies.";

absl::StatusOr<Demo::Options> OptionsFromFlags() {
  Demo::Options options;
  options.nodes = absl::GetFlag(FLAGS_nodes);
  options.kill = absl::GetFlag(FLAGS_kill);
  options.seed = absl::GetFlag(FLAGS_seed);
  options.cluster.successors = absl::GetFlag(FLAGS_successors);
  options.cluster.interval = absl::GetFlag(FLAGS_interval);
  options.cluster.concurrency = absl::GetFlag(FLAGS_concurrency);
  options.cluster.binary = absl::GetFlag(FLAGS_node_binary);
  if (options.cluster.binary.empty())
    options.cluster.binary = BuiltWith("examples/node/concord-node");

  absl::Status s = CheckLimits("nodes", options.nodes, 3, 32);
  s.Update(CheckLimits("successors", options.cluster.successors, 2, 32));
  s.Update(CheckLimits("concurrency", options.cluster.concurrency, 1, 1024));
  if (!s.ok()) return s;
  const double most_killed = std::min<double>(options.nodes, options.cluster.successors) - 1;
  s = CheckLimits("kill", options.kill, 1, most_killed);
  if (!s.ok()) return s;
  return options;
}

int BadFlags(const absl::Status& error) {
  std::cerr << "concord-demo: " << error.message() << "\n\n"
            << kSynopsis << "\n\nconcord-demo --help lists the flags.\n";
  return kBadFlags;
}

// Prints how it ended.
int Conclude(Screen& screen, const Checks& checks, const absl::Status& told, absl::Duration took) {
  screen.Print();
  if (const int signal = Interrupted()) {
    screen.Print("Interrupted. Every node has been ended.");
    return 128 + signal;
  }
  if (!told.ok()) {
    screen.Print(screen.Red("The story ends early: ") + std::string(told.message()));
    return kFailed;
  }
  if (checks.failed() > 0) {
    screen.Print(
        screen.Red(absl::StrCat(checks.failed(), " of ", checks.made(), " checks failed.")));
    return kFailed;
  }
  screen.Print(screen.Green(absl::StrCat("All ", checks.made(), " checks held.")) +
               absl::StrFormat(" The whole story took %.1f s.", absl::ToDoubleSeconds(took)));
  return kAllHeld;
}

int Main(int argc, char** argv) {
  const absl::StatusOr<Wish> wish = ParseCommandLine(argc, argv);
  if (!wish.ok()) return BadFlags(wish.status());
  if (*wish == Wish::kHelp) {
    std::cout << Help(kSynopsis);
    return kAllHeld;
  }
  const absl::StatusOr<Demo::Options> options = OptionsFromFlags();
  if (!options.ok()) return BadFlags(options.status());
  absl::StatusOr<std::vector<Word>> words =
      ReadWords(absl::GetFlag(FLAGS_words), absl::GetFlag(FLAGS_limit));
  if (!words.ok()) return BadFlags(words.status());

  // (It moves this thread, so that it comes before all others.)
  absl::StatusOr<std::unique_ptr<Network>> network =
      absl::GetFlag(FLAGS_loopback) ? NewLoopback() : NewNamespaces(Demo::HostsFor(*options));
  const absl::Status no_namespaces = network.status();
  if (!network.ok()) network = NewLoopback();

  Screen screen;
  Checks checks(screen);
  screen.Print(absl::StrCat(screen.Bold("A concord ring"), " of ", options->nodes,
                            " processes on this machine, and ", Count(words->size(), "word"),
                            " for keys (seed ", options->seed, ")"));
  if (!no_namespaces.ok()) {
    screen.Print(
        absl::StrCat("(The network will not be split: the nodes cannot have network "
                     "namespaces here, ",
                     no_namespaces.message(), ")"));
  }
  const absl::Time start = absl::Now();
  absl::Status told = Demo(*options, *words, **network, screen, checks).Run();
#ifdef CONCORD_HAS_KV
  if (told.ok()) {
    StoreStory story(BuiltWith("examples/kv/concord-kv"), **network, screen, checks);
    told = story.Run((*network)->has_packet_faults() ? "8  What it is for" : "6  What it is for",
                     *words);
  }
#endif
  return Conclude(screen, checks, told, absl::Now() - start);
}

}  // namespace
}  // namespace concord::example

int main(int argc, char** argv) {
  concord::example::OpenStandardStreams();
  concord::example::CatchInterrupts();
  signal(SIGPIPE, SIG_IGN);  // a node that has died is noticed by the end of its output
  // Some builds of Abseil look for deadlocks at every lock that gRPC takes, also when optimized.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return concord::example::Main(argc, argv);
}
