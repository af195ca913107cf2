// concord_bench_one_hop: what does a lookup that is forwarded once cost, compared with a bare gRPC
// call that carries the same messages? Both are measured in turns, with the same number of threads:
// first in this one process, then each node, client and server in a process of its own. A plain TCP
// connection beside them shows what the machine itself costs.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "apart.h"
#include "bare_client.h"
#include "bare_server.h"
#include "lookup_calls.h"
#include "lookup_ring.h"
#include "measure.h"
#include "report.h"
#include "tcp_echo.h"

ABSL_FLAG(int, rounds, 11, "How many rounds are measured, 1 to 1000.");
ABSL_FLAG(absl::Duration, turn, absl::Milliseconds(250),
          "How long each measurement of a round takes, 10ms to 10s. A round has twelve.");
ABSL_FLAG(
    bool, deadlock_detector, true,
    "Leave the deadlock detector of absl::Mutex as it is. Some builds of Abseil (Debian's) run "
    "it at every lock that gRPC takes; with false it is turned off, as a program may do.");

namespace concord::bench {
namespace {

constexpr double kMostLatency = 1.25;  // of the bare call
constexpr double kLeastThroughput = 0.8;

// Both contenders in this process. While one is measured the threads of the other wait for the
// network, so that both are measured among five threads that do.
class Together {
 public:
  Caller& bare(BareStyle style) { return *bare_[static_cast<std::size_t>(style)]; }
  Caller& lookup(LookupStyle style) { return *lookup_[static_cast<std::size_t>(style)]; }

 private:
  std::unique_ptr<Caller> MakeLookup(LookupStyle style) {
    return MakeLookupCaller(style, ring_.first(), ring_.third(), ring_.KeysOf(2, kKeysToLookUp));
  }

  LookupRing ring_;
  BareServer server_{ring_.third()};
  BareClient client_{server_.address(), ring_.third()};
  const std::unique_ptr<Caller> bare_[3] = {client_.MakeCaller(BareStyle::kAsync),
                                            client_.MakeCaller(BareStyle::kWait),
                                            client_.MakeCaller(BareStyle::kBlocking)};
  const std::unique_ptr<Caller> lookup_[2] = {MakeLookup(LookupStyle::kAsync),
                                              MakeLookup(LookupStyle::kBlocking)};
};

// The order matters to PrintTargets.
std::vector<Comparison> Comparisons(Together& together, Apart& apart, TcpEcho& tcp) {
  Caller& bare = together.bare(BareStyle::kAsync);
  Caller& lookup = together.lookup(LookupStyle::kAsync);
  return {
      {"one process, 1 outstanding",
       1,
       {{"bare gRPC call", &bare, {}},
        {"one-hop LookupAsync", &lookup, {}},
        {"raw TCP echo", &tcp, {}}}},
      {"one process, 64 outstanding",
       64,
       {{"bare gRPC call", &bare, {}}, {"one-hop LookupAsync", &lookup, {}}}},
      {"one process, the caller waits",
       1,
       {{"bare gRPC call, then wait", &together.bare(BareStyle::kWait), {}},
        {"one-hop Lookup", &together.lookup(LookupStyle::kBlocking), {}},
        {"bare gRPC call, blocking stub", &together.bare(BareStyle::kBlocking), {}}}},
      {"processes apart, 1 outstanding",
       1,
       {{"bare gRPC call", &apart.bare(), {}}, {"one-hop LookupAsync", &apart.lookup(), {}}}},
      {"processes apart, 64 outstanding",
       64,
       {{"bare gRPC call", &apart.bare(), {}}, {"one-hop LookupAsync", &apart.lookup(), {}}}},
  };
}

void PrintTarget(const Comparison& comparison, const char* what, Figure figure,
                 const char* relation, double target) {
  const double ratio = Quantile(Ratios(comparison, 1, figure), 0.5);
  const bool met = figure == &Figures::calls_per_s ? ratio >= target : ratio <= target;
  absl::PrintF("%-32s %-12s %.2f x the bare call, target %s %.2f: %s\n", comparison.title, what,
               ratio, relation, target, met ? "met" : "MISSED");
}

void PrintTargets(const std::vector<Comparison>& comparisons) {
  for (const std::size_t i : {0, 3}) {
    PrintTarget(comparisons[i], "p50 latency", &Figures::p50_us, "at most", kMostLatency);
  }
  for (const std::size_t i : {1, 4}) {
    PrintTarget(comparisons[i], "throughput", &Figures::calls_per_s, "at least", kLeastThroughput);
  }
}

int Main() {
  const int rounds = absl::GetFlag(FLAGS_rounds);
  const absl::Duration turn = absl::GetFlag(FLAGS_turn);
  if (rounds < 1 || rounds > 1000 || turn < absl::Milliseconds(10) || turn > absl::Seconds(10)) {
    std::fprintf(stderr, "--rounds must be from 1 to 1000, --turn from 10ms to 10s (see --help)\n");
    return 2;
  }
  const bool detector = absl::GetFlag(FLAGS_deadlock_detector);
  if (!detector) absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);

  ShowProgress("forming two rings of three nodes");
  Apart apart;  // first: it forks
  Together together;
  TcpEcho tcp;
  std::vector<Comparison> comparisons = Comparisons(together, apart, tcp);
  RunRounds(comparisons, rounds, absl::ToChronoNanoseconds(turn), ShowProgress);
  if (isatty(STDERR_FILENO)) ShowProgress("");

  absl::PrintF(
      "Medians of %d rounds of %s; ratios to the first line of each table are medians of\n"
      "the ratios of each round, with their quartiles. absl::Mutex deadlock detector: %s.\n\n",
      rounds, absl::FormatDuration(turn), detector ? "as built" : "off");
  for (const Comparison& comparison : comparisons) PrintTable(comparison);
  PrintTargets(comparisons);
  return 0;
}

}  // namespace
}  // namespace concord::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Compares a one-hop lookup with a bare gRPC call. Takes about 40 s.");
  if (absl::ParseCommandLine(argc, argv).size() > 1) {
    std::fprintf(stderr, "there are only flags, no other arguments (see --help)\n");
    return 2;
  }
  return concord::bench::Main();
}
