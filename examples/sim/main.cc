// Tests the phone book in virtual time: six processes, numbers that come in at any of them, and
// crashes. What was acknowledged has to be there in the end.
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "concord/sim/cluster.h"
#include "phone_book.h"

ABSL_FLAG(std::uint64_t, seeds, 100, "how many runs, each from a seed of its own");
ABSL_FLAG(std::uint64_t, first_seed, 1, "the first seed");
ABSL_FLAG(bool, careless, false, "test a phone book that forgets to sync its file");

namespace {

using concord::sim::Cluster;
using concord::sim::Process;

class Test {
 public:
  Test(std::uint64_t seed, bool careless)
      : cluster_(Options(seed), [this, careless](Process& process) {
          return std::make_unique<PhoneBook>(process, SeedsFor(process), careless);
        }) {
    for (int i = 0; i < 6; ++i) cluster_.AddProcess(absl::StrCat("p", i));
  }

  // Five minutes of work and crashes, and one to come to rest.
  void Run() {
    Work();
    CrashSomebody();
    cluster_.RunFor(absl::Minutes(5));
    working_ = false;
    for (Process* process : cluster_.processes()) cluster_.Restart(*process);
    cluster_.RunFor(absl::Minutes(1));
  }

  // How many numbers were acknowledged and are not there any more; says which.
  int CountLost() {
    int lost = 0;
    for (const auto& [name, number] : acknowledged_) {
      Any().Get(name, [&lost, name = name, number = number](const absl::StatusOr<std::string>& r) {
        if (r.ok() && *r == number) return;
        ++lost;
        std::printf("  %s was acknowledged, and now: %s\n", name.c_str(),
                    r.ok() ? r->c_str() : r.status().ToString().c_str());
      });
      cluster_.RunFor(absl::Seconds(5));
    }
    return lost;
  }

  std::size_t acknowledged() const { return acknowledged_.size(); }
  int crashes() const { return crashes_; }

 private:
  static concord::sim::ClusterOptions Options(std::uint64_t seed) {
    concord::sim::ClusterOptions options;
    options.seed = seed;
    options.duplication = 0.01;
    options.clock_drift = 0.05;
    options.disk.write_error = 0.01;
    options.disk.sync_error = 0.01;
    return options;
  }

  std::vector<std::string> SeedsFor(const Process& process) const {
    std::vector<std::string> seeds;
    for (const Process* other : cluster_.processes()) {
      if (other != &process) seeds.push_back(other->address());
    }
    return seeds;
  }

  // The phone book of a process that is up.
  PhoneBook& Any() {
    for (;;) {
      const auto& processes = cluster_.processes();
      Process& process = *processes[cluster_.Random() % processes.size()];
      if (auto* book = static_cast<PhoneBook*>(cluster_.application(process))) return *book;
    }
  }

  void Work() {
    if (!working_) return;
    const std::string name = absl::StrCat("name", ++names_);
    const std::string number = absl::StrCat(cluster_.Random() % 1'000'000);
    Any().Put(name, number, [this, name, number](const absl::Status& status) {
      if (status.ok()) acknowledged_[name] = number;
    });
    cluster_.After(absl::Milliseconds(500), [this] { Work(); });
  }

  void CrashSomebody() {
    if (!working_) return;
    ++crashes_;
    Process& process = *cluster_.processes()[cluster_.Random() % cluster_.processes().size()];
    cluster_.Crash(process);
    const absl::Duration down = absl::Milliseconds(cluster_.Random() % 10'000);
    cluster_.After(down, [this, &process] { cluster_.Restart(process); });
    cluster_.After(absl::Seconds(20), [this] { CrashSomebody(); });
  }

  bool working_ = true;
  int names_ = 0;
  int crashes_ = 0;
  std::map<std::string, std::string> acknowledged_;
  Cluster cluster_;  // last: what runs in it uses the others until it ends
};

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("tests a phone book on a ring in virtual time");
  absl::FlagsUsageConfig help;
  help.contains_help_flags = [](absl::string_view file) {
    return absl::EndsWith(file, "sim/main.cc");
  };
  absl::SetFlagsUsageConfig(help);
  absl::ParseCommandLine(argc, argv);
  std::size_t acknowledged = 0;
  int crashes = 0;
  const std::uint64_t first = absl::GetFlag(FLAGS_first_seed), seeds = absl::GetFlag(FLAGS_seeds);
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    Test test(seed, absl::GetFlag(FLAGS_careless));
    test.Run();
    if (const int lost = test.CountLost(); lost > 0) {
      std::printf("seed %s: %d of %zu acknowledged numbers are lost, after %d crashes\n",
                  absl::StrCat(seed).c_str(), lost, test.acknowledged(), test.crashes());
      return 1;
    }
    acknowledged += test.acknowledged();
    crashes += test.crashes();
  }
  std::printf("%s seeds: %zu numbers acknowledged, %d crashes, nothing lost\n",
              absl::StrCat(seeds).c_str(), acknowledged, crashes);
  return 0;
}
