// concord_bench_kv: what do puts and gets of concord-kv cost, compared with RocksDB on one machine
// behind the same calls, and what does a store move, and for how long, that comes or goes? Every
// store is a process of its own, on loopback, all of them are there at the same time, and the calls
// are measured in turns. The bare disk beside them shows what the machine itself costs.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "child.h"
#include "examples/common/command_line.h"
#include "examples/common/interrupt.h"
#include "examples/common/tool.h"
#include "examples/kv/entry.h"
#include "kv_calls.h"
#include "kv_load.h"
#include "kv_moves.h"
#include "kv_ring.h"
#include "measure.h"
#include "report.h"
#include "single_store.h"

ABSL_FLAG(std::vector<std::string>, stores, std::vector<std::string>({"3", "16"}),
          "How many stores the rings have that are measured, each 3 to 32, separated by commas; 4 "
          "rings at most.");
ABSL_FLAG(int, keys, 20'000, "How many keys each ring holds, 100 to 10,000,000.");
ABSL_FLAG(int, value_bytes, 100, "How long the values are, 1 to 1,048,576.");
ABSL_FLAG(int, outstanding, 32, "How many calls are in flight where it is not one, 2 to 1000.");
ABSL_FLAG(int, rounds, 11, "How many rounds of calls are measured, 1 to 1000.");
ABSL_FLAG(absl::Duration, turn, absl::Milliseconds(500),
          "How long each measurement of a round takes, 10ms to 1m. A round has four for each ring, "
          "and nine.");
ABSL_FLAG(int, moves, 3, "How often each ring gains a store and loses one, 0 to 100.");
ABSL_FLAG(std::string, data, "",
          "A folder on the disk that is measured: all is written to a new one in it, which goes in "
          "the end. Empty: the system's folder for temporary files.");
ABSL_FLAG(std::string, store, "", "The concord-kv to run. Empty: that of the same build.");
ABSL_FLAG(std::vector<std::string>, store_flags, {},
          "Further flags for every concord-kv of the rings, separated by commas, as "
          "--interval=100ms.");

namespace concord::bench {
namespace {

struct Settings {
  std::vector<std::size_t> rings;
  std::size_t keys, value_bytes;
  int outstanding, rounds, moves;
  absl::Duration turn;
  std::string store;
};

absl::StatusOr<std::vector<std::size_t>> RingsFromFlags() {
  std::vector<std::size_t> rings;
  for (const std::string& text : absl::GetFlag(FLAGS_stores)) {
    int stores = 0;
    if (!absl::SimpleAtoi(text, &stores)) {
      return absl::InvalidArgumentError(absl::StrCat("--stores: '", text, "' is not a number"));
    }
    if (absl::Status s = example::CheckLimits("stores", stores, 3, 32); !s.ok()) return s;
    rings.push_back(static_cast<std::size_t>(stores));
  }
  if (rings.empty() || rings.size() > 4) {
    return absl::InvalidArgumentError(
        absl::StrCat("--stores has ", rings.size(), " rings; it must have 1 to 4"));
  }
  return rings;
}

absl::StatusOr<Settings> SettingsFromFlags() {
  struct Limits {
    const char* flag;
    double value, low, high;
  };
  const absl::Duration turn = absl::GetFlag(FLAGS_turn);
  for (const Limits& limits : {
           Limits{"keys", absl::GetFlag(FLAGS_keys) * 1.0, 100, 10'000'000},
           Limits{"value_bytes", absl::GetFlag(FLAGS_value_bytes) * 1.0, 1, kv::kMaxValueBytes},
           Limits{"outstanding", absl::GetFlag(FLAGS_outstanding) * 1.0, 2, 1000},
           Limits{"rounds", absl::GetFlag(FLAGS_rounds) * 1.0, 1, 1000},
           Limits{"moves", absl::GetFlag(FLAGS_moves) * 1.0, 0, 100},
       }) {
    absl::Status s = example::CheckLimits(limits.flag, limits.value, limits.low, limits.high);
    if (!s.ok()) return s;
  }
  if (turn < absl::Milliseconds(10) || turn > absl::Minutes(1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--turn is ", absl::FormatDuration(turn), "; it must be 10ms to 1m"));
  }
  const auto rings = RingsFromFlags();
  if (!rings.ok()) return rings.status();
  std::string store = absl::GetFlag(FLAGS_store);
  if (store.empty()) store = example::BuiltWith("examples/kv/concord-kv");
  if (access(store.c_str(), X_OK) != 0) {
    return absl::InvalidArgumentError(absl::StrCat("--store: ", store, " is no program"));
  }
  return Settings{*rings,
                  static_cast<std::size_t>(absl::GetFlag(FLAGS_keys)),
                  static_cast<std::size_t>(absl::GetFlag(FLAGS_value_bytes)),
                  absl::GetFlag(FLAGS_outstanding),
                  absl::GetFlag(FLAGS_rounds),
                  absl::GetFlag(FLAGS_moves),
                  turn,
                  store};
}

// A new folder, which goes when the program ends, by Fail too.
const std::string& Folder() {
  static const std::string folder = [] {
    const std::string parent = absl::GetFlag(FLAGS_data);
    std::error_code error;
    std::string path =
        absl::StrCat(parent.empty() ? std::filesystem::temp_directory_path(error).string() : parent,
                     "/concord-bench-kv-XXXXXX");
    if (mkdtemp(path.data()) == nullptr) Fail(absl::StrCat("cannot make a folder ", path));
    return path;
  }();
  return folder;
}

void RemoveFolder() {
  std::error_code error;  // (stores that still write go with us)
  std::filesystem::remove_all(Folder(), error);
}

void Progress(const std::string& what) {
  if (example::Interrupted()) Fail("interrupted");
  ShowProgress(what);
}

// Whoever takes calls.
struct Rival {
  std::string name;
  std::vector<std::string> addresses;
  std::function<double()> processor_time;
};

class Bench {
 public:
  Bench(const Settings& settings, Child& single)
      : settings_(settings), load_(settings.keys, settings.value_bytes) {
    single.wire().Send(Folder() + "/single");
    rivals_.push_back(
        {"single RocksDB", {single.wire().Receive()}, [&] { return single.CpuMicroseconds(); }});
    std::vector<std::string> alone = {"--copies=1", "--write_quorum=1", "--read_quorum=1"};
    Form("1 store of 1 copy", 1, alone);
    for (const std::size_t stores : settings.rings) {
      Form(absl::StrCat("ring of ", stores, " stores"), stores, absl::GetFlag(FLAGS_store_flags));
    }
    for (const Rival& rival : rivals_) {
      Progress(absl::StrCat("filling: ", rival.name));
      Fill(rival.addresses, load_);
    }
    for (const auto& ring : rings_) ring->WaitFor(settings.keys, /*surplus=*/false);
  }

  std::vector<Comparison> MeasureCalls() {
    std::vector<Comparison> comparisons;
    for (const int outstanding : {1, settings_.outstanding}) {
      for (const KvCall call : {KvCall::kPut, KvCall::kGet}) {
        comparisons.push_back(Compare(call, outstanding));
      }
    }
    callers_.push_back(MakeDiskCaller(Folder() + "/disk", load_));
    comparisons.front().contenders.push_back({"write and fdatasync", callers_.back().get(), {}});
    RunRounds(comparisons, settings_.rounds, absl::ToChronoNanoseconds(settings_.turn), Progress);
    return comparisons;
  }

  int refused() const { return answers_.refused; }

  std::vector<Moves> MeasureMoves() {
    std::vector<Moves> moves(settings_.rings.size());
    for (int time = 1; time <= settings_.moves; ++time) {
      for (std::size_t i = 0; i < moves.size(); ++i) {
        Progress(absl::StrCat("a join and a kill -9, ", time, " of ", settings_.moves, ", ring of ",
                              settings_.rings[i]));
        bench::MeasureMoves(*rings_[i + 1], load_, moves[i]);
      }
    }
    return moves;
  }

 private:
  void Form(const std::string& name, std::size_t stores, const std::vector<std::string>& flags) {
    Progress(absl::StrCat("forming: ", name));
    const std::string folder = absl::StrCat(Folder(), "/ring-", rings_.size());
    rings_.push_back(std::make_unique<KvRing>(settings_.store, folder, flags));
    KvRing& ring = *rings_.back();
    while (ring.size() < stores) ring.Add();
    ring.WaitFor(0, /*surplus=*/false);
    rivals_.push_back({name, ring.addresses(), [&ring] { return ring.CpuMicroseconds(); }});
  }

  Comparison Compare(KvCall call, int outstanding) {
    Comparison comparison{.title = absl::StrCat(call == KvCall::kPut ? "puts, " : "gets, ",
                                                outstanding, " outstanding"),
                          .outstanding = outstanding,
                          .contenders = {}};
    for (const Rival& rival : rivals_) {
      callers_.push_back(
          MakeKvCaller(call, answers_, rival.addresses, load_, rival.processor_time));
      comparison.contenders.push_back({rival.name, callers_.back().get(), {}});
    }
    return comparison;
  }

  const Settings settings_;
  const KvLoad load_;
  std::vector<std::unique_ptr<KvRing>> rings_;  // the first is of one store
  std::vector<Rival> rivals_;
  Answers answers_;
  std::vector<std::unique_ptr<Caller>> callers_;
};

int Main() {
  const absl::StatusOr<Settings> settings = SettingsFromFlags();
  if (!settings.ok()) {
    std::fprintf(stderr, "%s (see --help)\n", std::string(settings.status().message()).c_str());
    return 2;
  }
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as concord-kv
  Child single(RunSingleStore);                                         // first: it forks
  example::CatchInterrupts();
  Folder();
  std::at_quick_exit(RemoveFolder);
  std::atexit(RemoveFolder);
  Bench bench(*settings, single);
  const std::vector<Comparison> comparisons = bench.MeasureCalls();
  absl::PrintF(
      "%d keys and values of %d bytes. Calls: medians of %d rounds of %s; ratios to the first\n"
      "line of each table are medians of the ratios of each round, with their quartiles.\n\n",
      settings->keys, settings->value_bytes, settings->rounds,
      absl::FormatDuration(settings->turn));
  for (const Comparison& comparison : comparisons) PrintTable(comparison);
  absl::PrintF("%d calls were refused by a store with too much to do, and made again.\n\n",
               bench.refused());
  std::fflush(stdout);
  const std::vector<Moves> moves = bench.MeasureMoves();
  if (isatty(STDERR_FILENO)) ShowProgress("");
  if (settings->moves == 0) return 0;
  absl::PrintF("Medians of %d joins and deaths, with the least and the most.\n\n", settings->moves);
  PrintMoves(moves);
  return 0;
}

}  // namespace
}  // namespace concord::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Compares puts and gets of concord-kv with those of a single RocksDB, and measures joins and "
      "deaths of stores. Takes about five minutes.");
  if (absl::ParseCommandLine(argc, argv).size() > 1) {
    std::fprintf(stderr, "there are only flags, no other arguments (see --help)\n");
    return 2;
  }
  return concord::bench::Main();
}
