// concord-explore: searches all states of a small ring. --help says how.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "sim/explorer/model.h"
#include "sim/explorer/report.h"
#include "sim/explorer/search.h"

namespace concord::sim {
namespace {

constexpr char kHelp[] =
    R"(concord-explore: every state that a small ring of concord::core::Member can come to.

  concord-explore [--members=3] [--joins=0] [--failures=0] [--successors=2] ...

Each event at each member and each message is a step of its own: answered, late, lost, repeated.
In every state the invariants of Zave's proof are checked; of every step, that none but a failure
makes a list skip a principal; and from every state in which nobody waits for anything, that the
ring becomes ideal when faults stop. The search is breadth first: what it finds is shortest.

The ring
  --successors=2     r, the length of a successor list, 1 to 4
  --members=3        it begins as an ideal ring of so many. The proof needs r + 1; of a ring that
                     begins with fewer only that it is one ring, in order, and becomes ideal
  --joins=0          so many nodes more may join; 8 nodes in all
  --ring=jmmm,...    only with these layouts, clockwise: m a member, j may join. Default: all that
                     cannot be turned into each other

Faults, each at most so often
  --failures=0       a member fails, where the operating assumption allows it: everybody keeps
                     somebody alive in its list, and r + 1 principals are left
  --restarts=0       a failed node joins again, with the same identifier
  --suspicions=0     somebody alive is taken for dead (outside of the proof)
  --new-address      who joins again does so at another address
  --late-news        that a question met nobody is learned late, maybe when the dead is back
                     (outside of the proof)
  --no-ghosts        no notification arrives after its sender has failed
  --any-failure      failures outside of the operating assumption too

The search
  --fine             takes apart what is one step otherwise without losing a state of the members'
                     pointers: many more states, to check just that
  --keep-going       goes on after a violation, to the first of every kind. Always, of rings that
                     begin with fewer than r + 1 members
  --max-states=N     stops at so many states
  --max-memory=MIB   stops before it takes more
  --as-test=FILE     writes the first schedule that breaks something as a GoogleTest
  --quiet            no line every few seconds

Exit status: 0 everything was searched and nothing breaks, 1 something breaks, 2 usage, 3 a limit
was reached first.

Examples
  concord-explore --joins=2 --failures=2
  concord-explore --successors=3 --members=4 --joins=1 --failures=1
  concord-explore --members=1 --joins=2        how a ring begins
)";

enum ExitStatus { kClean = 0, kBroken = 1, kUsage = 2, kLimited = 3 };

struct Options {
  ModelOptions model;
  std::vector<std::string> layouts;
  std::uint64_t max_states = ~std::uint64_t{0};
  std::uint64_t max_bytes = ~std::uint64_t{0};
  std::string test_file;
  bool keep_going = false;
  bool quiet = false;
};

// False: there is no such option, or not with such a value.
bool Parse(std::string_view argument, Options& options) {
  const std::size_t equals = argument.find('=');
  const std::string_view name = argument.substr(0, equals);
  if (equals == std::string_view::npos) {
    if (name == "--new-address") return options.model.new_address = true;
    if (name == "--late-news") return options.model.late_news = true;
    if (name == "--no-ghosts") return !(options.model.ghosts = false);
    if (name == "--any-failure") return !(options.model.assume = false);
    if (name == "--fine") return options.model.fine = true;
    if (name == "--keep-going") return options.keep_going = true;
    if (name == "--quiet") return options.quiet = true;
    return false;
  }
  const std::string value(argument.substr(equals + 1));
  if (name == "--as-test") return !(options.test_file = value).empty();
  if (name == "--ring") return !(options.layouts = absl::StrSplit(value, ',')).empty();
  std::uint64_t number = 0;
  if (!absl::SimpleAtoi(value, &number)) return false;
  if (name == "--max-states") return (options.max_states = number) > 0;
  if (name == "--max-memory") return (options.max_bytes = number << 20) > 0;
  if (number > 255) return false;
  const auto small = static_cast<unsigned>(number);
  if (name == "--successors") return options.model.successor_count = small, true;
  if (name == "--members") return options.model.members = small, true;
  if (name == "--joins") return options.model.joins = small, true;
  if (name == "--failures") return options.model.failures = small, true;
  if (name == "--restarts") return options.model.restarts = small, true;
  if (name == "--suspicions") return options.model.suspicions = small, true;
  return false;
}

std::uint64_t PeakMemory() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) << 10;
}

class Watch {
 public:
  explicit Watch(const Options& options) : options_(options) {}

  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  // Says how far the search is, now and then. False: it takes too much memory.
  bool GoOn(const Tally& tally) {
    if (!options_.quiet && seconds() - said_ >= 5) {
      said_ = seconds();
      absl::FPrintF(stderr, "%d states, depth %d, %d to look at, %.0f states/s, %d MiB\n",
                    tally.states, tally.depth, tally.frontier, tally.states / said_,
                    PeakMemory() >> 20);
    }
    return PeakMemory() <= options_.max_bytes;
  }

 private:
  using Clock = std::chrono::steady_clock;
  const Options& options_;
  Clock::time_point start_ = Clock::now();
  double said_ = 0;
};

void PrintSummary(const Model& model, const Tally& tally, double seconds) {
  absl::PrintF(
      "%d states, %d of them quiescent, %d steps between them, depth %d\n"
      "%d states of a single node; members were run %d times\n"
      "%.1f s, %.0f states/s, %d MiB at most\n",
      tally.states, tally.quiescent, tally.transitions, tally.depth, model.locals().size(),
      model.locals().deliveries(), seconds, tally.states / seconds, PeakMemory() >> 20);
}

// Prints what was found; false if a schedule does not replay on real members.
bool PrintViolations(const Model& model, const Search& search) {
  bool all_replay = true;
  for (const Schedule& schedule : search.violations()) {
    absl::PrintF("\n%s", ReadableSchedule(model, schedule));
    const std::string differs = ReplayDiffers(model, schedule);
    if (differs.empty()) continue;
    absl::PrintF("An error of the explorer: replayed on real members, %s.\n", differs);
    all_replay = false;
  }
  return all_replay;
}

int Run(Options options) {
  Model model(options.model);
  if (options.layouts.empty()) options.layouts = model.Layouts();
  Watch watch(options);
  Search* running = nullptr;
  SearchOptions search_options;
  search_options.max_states = options.max_states;
  search_options.keep_going = options.keep_going || !options.model.began_large();
  search_options.go_on = [&](const Tally& tally) { return watch.GoOn(tally); };
  search_options.may_take = [&](std::uint64_t bytes) {
    return bytes <= options.max_bytes && running->tally().bytes <= options.max_bytes - bytes;
  };
  Search search(model, search_options);
  running = &search;
  const SearchEnd end = search.Run(options.layouts);

  PrintSummary(model, search.tally(), watch.seconds());
  PrintViolations(model, search);
  if (!search.violations().empty() && !options.test_file.empty()) {
    std::ofstream file(options.test_file);
    file << ScheduleAsTest(model, search.violations().front());
    if (!file.flush()) absl::FPrintF(stderr, "cannot write %s\n", options.test_file);
  }
  if (!search.violations().empty()) return kBroken;
  if (end == SearchEnd::kLimit) absl::PrintF("a limit was reached: there are more states\n");
  return end == SearchEnd::kLimit ? kLimited : kClean;
}

// In words, what is wrong with a layout; empty when nothing is.
std::string InvalidLayout(const Options& options) {
  for (const std::string& layout : options.layouts) {
    const auto members = std::count(layout.begin(), layout.end(), 'm');
    const auto joins = std::count(layout.begin(), layout.end(), 'j');
    if (members != options.model.members || joins != options.model.joins ||
        layout.size() != options.model.nodes()) {
      return absl::StrFormat("ring '%s' must have %d times m and %d times j", layout,
                             options.model.members, options.model.joins);
    }
  }
  return "";
}

int Main(const std::vector<std::string_view>& arguments) {
  Options options;
  for (std::string_view argument : arguments) {
    if (argument == "--help") {
      absl::PrintF("%s", kHelp);
      return kClean;
    }
    if (!Parse(argument, options)) {
      absl::FPrintF(stderr, "concord-explore: what is '%s'? See --help.\n", argument);
      return kUsage;
    }
  }
  std::string invalid = InvalidOptions(options.model);
  if (invalid.empty()) invalid = InvalidLayout(options);
  if (!invalid.empty()) {
    absl::FPrintF(stderr, "concord-explore: %s\n", invalid);
    return kUsage;
  }
  return Run(std::move(options));
}

}  // namespace
}  // namespace concord::sim

int main(int argc, char** argv) { return concord::sim::Main({argv + 1, argv + argc}); }
