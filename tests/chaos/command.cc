#include "command.h"

#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "campaign.h"
#include "examples/common/command_line.h"
#include "examples/common/interrupt.h"
#include "examples/common/standard_streams.h"

ABSL_FLAG(std::uint64_t, seed, 1, "What happens, and to whom, follows from it.");
ABSL_FLAG(double, minutes, 10, "How long faults are begun, 0.05 to 1440.");
ABSL_FLAG(std::uint32_t, rounds, 0, "End after so many rounds of all classes; 0: no limit.");
ABSL_FLAG(std::uint32_t, nodes, 16, "How many nodes form the ring, 6 to 64.");
ABSL_FLAG(std::uint32_t, successors, 3, "How many successors a node knows (r), 2 to 8.");
ABSL_FLAG(absl::Duration, interval, absl::Seconds(1), "The stabilize period, 50 ms to 1 min.");
ABSL_FLAG(absl::Duration, longest_stop, absl::Minutes(1), "The longest SIGSTOP, 1 s to 10 min.");
ABSL_FLAG(std::string, only, "", "Classes of fault, separated by commas; empty: all.");
ABSL_FLAG(
    std::string, mode, "auto",
    "namespaces; loopback: only processes are disturbed; auto: namespaces if they are allowed.");
ABSL_FLAG(double, slack, 1, "The bars of time and of lookups are so many times as wide, 1 to 100.");
ABSL_FLAG(std::string, json, "", "Write the report to this file, too, as one JSON object.");

namespace concord::chaos {
namespace {

constexpr int kAllHeld = 0;
constexpr int kFailed = 1;
constexpr int kBadFlags = 2;

absl::Status CheckFlags() {
  absl::Status s = example::CheckLimits("minutes", absl::GetFlag(FLAGS_minutes), 0.05, 1440);
  s.Update(example::CheckLimits("nodes", absl::GetFlag(FLAGS_nodes), 6, 64));
  s.Update(example::CheckLimits("successors", absl::GetFlag(FLAGS_successors), 2, 8));
  s.Update(example::CheckLimits(
      "interval (in ms)", absl::ToDoubleMilliseconds(absl::GetFlag(FLAGS_interval)), 50, 60000));
  s.Update(example::CheckLimits("longest_stop (in s)",
                                absl::ToDoubleSeconds(absl::GetFlag(FLAGS_longest_stop)), 1, 600));
  s.Update(example::CheckLimits("slack", absl::GetFlag(FLAGS_slack), 1, 100));
  const std::string mode = absl::GetFlag(FLAGS_mode);
  if (mode != "auto" && mode != "namespaces" && mode != "loopback") {
    s.Update(absl::InvalidArgumentError(
        absl::StrCat("--mode is '", mode, "'; it must be auto, namespaces or loopback")));
  }
  return s;
}

// Before any thread is started.
absl::StatusOr<std::unique_ptr<example::Network>> NetworkFromFlags() {
  const std::string mode = absl::GetFlag(FLAGS_mode);
  if (mode == "loopback") return example::NewLoopback();
  auto network = example::NewNamespaces(Campaign::HostsFor(absl::GetFlag(FLAGS_nodes)));
  if (network.ok() || mode == "namespaces") return network;
  std::cerr << "No network namespaces (" << network.status().message()
            << "): on loopback, only processes are disturbed, and not the network.\n";
  return example::NewLoopback();
}

int Conclude(const Report& report, const absl::Status& ran) {
  std::vector<std::string> broken = BrokenBars(report, absl::GetFlag(FLAGS_slack));
  if (!ran.ok())
    broken.push_back(absl::StrCat("the campaign broke off: ", std::string(ran.message())));
  std::cout << "\n" << ToTable(report);
  if (const std::string file = absl::GetFlag(FLAGS_json); !file.empty()) {
    if (!(std::ofstream(file) << ToJson(report, broken)).flush()) {
      broken.push_back(absl::StrCat("could not write ", file));
    }
  }
  if (const int signal = example::Interrupted()) {
    std::cout << "Interrupted. Every node has been ended.\n";
    return 128 + signal;
  }
  for (const std::string& bar : broken) std::cout << "BROKEN  " << bar << "\n";
  if (broken.empty()) std::cout << "Every bar held.\n";
  return broken.empty() ? kAllHeld : kFailed;
}

int BadFlags(const Program& program, const absl::Status& error) {
  std::cerr << program.name << ": " << error.message() << "\n\n"
            << program.synopsis << "\n\n"
            << program.name << " --help lists the flags.\n";
  return kBadFlags;
}

}  // namespace

int Main(int argc, char** argv, const Program& program) {
  example::OpenStandardStreams();
  example::CatchInterrupts();
  signal(SIGPIPE, SIG_IGN);
  // Some builds of Abseil look for deadlocks at every lock that gRPC takes, also when optimized.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const absl::StatusOr<example::Wish> wish = example::ParseCommandLine(argc, argv);
  if (!wish.ok()) return BadFlags(program, wish.status());
  if (*wish == example::Wish::kHelp) {
    std::cout << example::Help(program.synopsis);
    return kAllHeld;
  }
  if (absl::Status s = CheckFlags(); !s.ok()) return BadFlags(program, s);
  if (auto names = ParseFaults(absl::GetFlag(FLAGS_only), true); !names.ok()) {
    return BadFlags(program, names.status());
  }
  absl::StatusOr<std::unique_ptr<example::Network>> network = NetworkFromFlags();
  if (!network.ok()) {
    std::cerr << program.name << ": no network namespaces: " << network.status().message() << "\n";
    return kFailed;
  }
  absl::StatusOr<std::vector<Fault>> faults =
      ParseFaults(absl::GetFlag(FLAGS_only), (*network)->has_packet_faults());
  if (!faults.ok()) return BadFlags(program, faults.status());
  absl::StatusOr<std::unique_ptr<Subject>> subject = program.subject();
  if (!subject.ok()) return BadFlags(program, subject.status());

  const std::uint32_t successors = absl::GetFlag(FLAGS_successors);
  Campaign::Options options;
  options.nodes = {successors, absl::GetFlag(FLAGS_interval)};
  options.schedule.seed = absl::GetFlag(FLAGS_seed);
  options.schedule.faults = *std::move(faults);
  options.schedule.nodes = absl::GetFlag(FLAGS_nodes);
  options.schedule.successors = successors;
  options.schedule.interval = absl::GetFlag(FLAGS_interval);
  options.schedule.longest_stop = absl::GetFlag(FLAGS_longest_stop);
  options.schedule.most_killed = std::min<std::size_t>(successors - 1, program.most_killed);
  options.length = absl::GetFlag(FLAGS_minutes) * absl::Minutes(1);
  options.rounds = absl::GetFlag(FLAGS_rounds);
  std::cout << "seed " << options.schedule.seed << ", " << options.schedule.nodes << " nodes, "
            << (*network)->name() << ", period " << absl::FormatDuration(options.nodes.interval)
            << "\n"
            << std::flush;
  Campaign campaign(options, **subject, **network);
  const absl::Status ran = campaign.Run();
  return Conclude(campaign.report(), ran);
}

}  // namespace concord::chaos
