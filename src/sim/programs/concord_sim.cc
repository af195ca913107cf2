// concord-sim: runs seeds of the simulator, and replays one.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "sim/event_log.h"
#include "sim/picture.h"
#include "sim/programs/campaign.h"
#include "sim/programs/exit_status.h"
#include "sim/programs/paper.h"
#include "sim/programs/scale.h"
#include "sim/run.h"
#include "sim/scenario.h"
#include "sim/shrink.h"

ABSL_FLAG(std::string, assumptions, "all",
          "proof: those under which Chord is proved correct; young: a ring that grows from one "
          "member; harsh: none; all: each of them in turn");
ABSL_FLAG(std::uint64_t, seeds, 1000, "how many seeds to run");
ABSL_FLAG(std::uint64_t, first_seed, 1, "the first of them");
ABSL_FLAG(unsigned, jobs, 0, "how many threads run seeds; 0: as many as there are processors");
ABSL_FLAG(std::uint64_t, seed, 0, "replay this seed alone, and tell what happens");
ABSL_FLAG(std::string, keep, "all",
          "replay: only these of its actions, by number: 0,4,17, or none");
ABSL_FLAG(std::string, svg, "", "replay: draw the ring into this file, as it is at the end");
ABSL_FLAG(std::vector<std::string>, svg_at, {}, "replay: and before that at these times: 1s,12.5s");
ABSL_FLAG(bool, trace, false, "replay: write every event");
ABSL_FLAG(std::uint64_t, nodes, 0,
          "measure instead: keep an ideal ring of so many up, and tell the speed");
ABSL_FLAG(unsigned, minutes, 10, "measure: for so long, in virtual time");
ABSL_FLAG(bool, check, false, "measure: with the checker of the ring");
ABSL_FLAG(bool, grow, false, "measure: rather let the ring grow from one member until it is ideal");
ABSL_FLAG(std::string, out, "docs", "paper: the folder that paper.md and its plots come into");
ABSL_FLAG(std::vector<std::string>, only, {},
          "paper: print these experiments alone: path_length, keys, mass_failure, churn, burst");
ABSL_FLAG(unsigned, shrink_runs, 400, "how many runs finding a shorter failure may take");

namespace concord::sim {
namespace {

constexpr char kUsage[] = R"(runs rings of concord in virtual time.

  concord-sim --seeds=10000                        a swarm: each seed draws its own ring and faults
  concord-sim --assumptions=proof --seed=42        one seed again, and what it does
  concord-sim --assumptions=proof --seed=42 --keep=3,9 --trace
  concord-sim --nodes=10000 --minutes=10           how fast it is, and what a node takes
  concord-sim paper                                the tables of the Chord papers, measured again

Exit status: 0 all passed, 1 or 2 wrong usage, 3 an invariant was broken, 4 a ring did not heal,
5 the code under test crashed.)";

struct Class {
  const char* name;
  Assumptions assumptions;
};
constexpr Class kClasses[] = {
    {"proof", Assumptions::kProof}, {"young", Assumptions::kYoung}, {"harsh", Assumptions::kHarsh}};

int UsageError(const std::string& what) {
  std::fprintf(stderr, "concord-sim: %s (see --help)\n", what.c_str());
  return kWrongUsage;
}

// The numbers of the actions to keep; false: `text` is no list of them.
bool ParseKept(const std::string& text, std::size_t actions, std::vector<std::size_t>& kept) {
  if (text == "all") {
    for (std::size_t i = 0; i < actions; ++i) kept.push_back(i);
    return true;
  }
  if (text == "none") return true;
  for (const auto part : absl::StrSplit(text, ',')) {
    std::size_t number = 0;
    if (!absl::SimpleAtoi(part, &number) || number >= actions) return false;
    kept.push_back(number);
  }
  return true;
}

int Replay(std::uint64_t seed, const Class& c) {
  const Scenario drawn = DrawScenario(seed, c.assumptions);
  std::vector<std::size_t> kept;
  if (!ParseKept(absl::GetFlag(FLAGS_keep), drawn.actions.size(), kept)) {
    return UsageError(absl::StrCat("--keep=", absl::GetFlag(FLAGS_keep),
                                   " names an action that this seed does not have: it has ",
                                   drawn.actions.size()));
  }
  const Scenario scenario = WithActions(drawn, kept);
  std::printf("seed %s, assumptions %s: %s\n", absl::StrCat(seed).c_str(), c.name,
              Describe(scenario).c_str());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    std::printf("  action %zu: %s\n", kept[i], Describe(scenario.actions[i]).c_str());
  }
  std::vector<Nanos> moments;
  for (const std::string& text : absl::GetFlag(FLAGS_svg_at)) {
    absl::Duration at;
    if (!absl::ParseDuration(text, &at)) {
      return UsageError(absl::StrCat("--svg_at: '", text, "' is no time such as 12.5s"));
    }
    moments.push_back(ToNanos(at));
  }
  std::sort(moments.begin(), moments.end());
  Run run(scenario);
  EventLog log(run.world(), [](const std::string& line) { std::puts(line.c_str()); });
  if (absl::GetFlag(FLAGS_trace)) run.AddListener(log);
  PictureStrip strip(run.world(), moments);
  run.AddListener(strip);
  const Verdict verdict = run.Go();
  strip.Take();
  if (const std::string file = absl::GetFlag(FLAGS_svg); !file.empty()) {
    if (!(std::ofstream(file) << strip.Svg()).flush()) {
      return UsageError(absl::StrCat("--svg=", file, " cannot be written"));
    }
  }
  std::printf("%s after %s protocol events, trace hash %016llx\n", Describe(verdict).c_str(),
              absl::StrCat(verdict.events).c_str(),
              static_cast<unsigned long long>(verdict.trace_hash));
  std::printf("the ring at the end:\n%s", run.Explain().c_str());
  return ExitStatus(verdict.kind);
}

// A failure is told with the shortest run that still shows it.
void Tell(const Failure& failure, const Class& c) {
  std::printf("\nseed %s: %s\n", absl::StrCat(failure.seed).c_str(),
              Describe(failure.verdict).c_str());
  const Scenario scenario = DrawScenario(failure.seed, c.assumptions);
  const std::vector<std::size_t> kept =
      Shrink(scenario, failure.verdict.kind, absl::GetFlag(FLAGS_shrink_runs));
  std::printf("%zu of its %zu actions are enough:\n", kept.size(), scenario.actions.size());
  for (const std::size_t number : kept) {
    std::printf("  %s\n", Describe(scenario.actions[number]).c_str());
  }
  std::printf("replay: concord-sim --assumptions=%s --seed=%s --keep=%s --trace\n", c.name,
              absl::StrCat(failure.seed).c_str(),
              kept.empty() ? "none" : absl::StrJoin(kept, ",").c_str());
}

int RunCampaign(const Class& c) {
  CampaignOptions options;
  options.assumptions = c.assumptions;
  options.name = c.name;
  options.first_seed = absl::GetFlag(FLAGS_first_seed);
  options.seeds = absl::GetFlag(FLAGS_seeds);
  options.jobs = absl::GetFlag(FLAGS_jobs);
  const CampaignResult result = RunSeeds(options);
  std::printf("%s\n", Describe(options, result).c_str());
  if (!result.failure) return kPassed;
  Tell(*result.failure, c);
  return ExitStatus(result.failure->verdict.kind);
}

int Measure() {
  ScaleOptions options;
  options.nodes = absl::GetFlag(FLAGS_nodes);
  options.minutes = absl::GetFlag(FLAGS_minutes);
  options.check = absl::GetFlag(FLAGS_check);
  options.grow = absl::GetFlag(FLAGS_grow);
  return MeasureScale(options) ? kPassed : kNotHealed;
}

bool Paper() {
  PaperOptions options;
  options.out = absl::GetFlag(FLAGS_out);
  options.only = absl::GetFlag(FLAGS_only);
  options.jobs = absl::GetFlag(FLAGS_jobs);
  return WritePaper(options);
}

int Main(int argc, char** argv) {
  absl::SetProgramUsageMessage(kUsage);
  absl::FlagsUsageConfig help;
  help.contains_help_flags = [](absl::string_view file) {
    return absl::EndsWith(file, "concord_sim.cc");
  };
  absl::SetFlagsUsageConfig(help);
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  if (arguments.size() == 2 && arguments[1] == std::string("paper")) {
    return Paper() ? kPassed : kWrongUsage;
  }
  if (arguments.size() > 1) return UsageError(absl::StrCat("'", arguments[1], "' is no flag"));
  if (absl::GetFlag(FLAGS_nodes) > 0) return Measure();
  const std::string wanted = absl::GetFlag(FLAGS_assumptions);
  const std::uint64_t seed = absl::GetFlag(FLAGS_seed);
  bool known = false;
  for (const Class& c : kClasses) {
    if (wanted != c.name && wanted != "all") continue;
    known = true;
    if (const int status = seed > 0 ? Replay(seed, c) : RunCampaign(c); status != kPassed) {
      return status;
    }
  }
  if (!known) {
    return UsageError(
        absl::StrCat("--assumptions=", wanted, " must be proof, young, harsh or all"));
  }
  return kPassed;
}

}  // namespace
}  // namespace concord::sim

int main(int argc, char** argv) { return concord::sim::Main(argc, argv); }
