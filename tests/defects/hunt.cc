// Linked with a core that has one defect: can the explorer and the simulator see it? Prints a row
// of the table in docs/verification.md. Exit status 0: one of them can; 1: neither.
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sim/explorer/model.h"
#include "sim/explorer/search.h"
#include "sim/paper/split.h"
#include "sim/run.h"
#include "sim/scenario.h"

namespace concord::sim {
namespace {

// The budget: so many states of each of these rings, and so many seeds under each of the two
// assumptions that ask for most, and then of the short runs without any.
constexpr std::uint64_t kStates = 900'000;
constexpr std::uint64_t kSeeds = 30;
constexpr std::uint64_t kHarshSeeds = 4'000;
// And rings that are split, and are to be one again.
constexpr std::uint64_t kSplitSeeds = 10;

std::vector<ModelOptions> Rings() {
  return {{.members = 3, .joins = 1, .failures = 1},
          {.members = 1, .joins = 2},
          {.members = 4, .joins = 0, .failures = 1},
          {.members = 3, .joins = 3, .failures = 1}};
}

// "SufficientPrincipals: 2 of ..." -> "SufficientPrincipals"; and what a member has broken without
// its name, "n7: a change of its range was not told" -> "a change of its range was not told".
std::string NameOf(const std::string& broken) {
  const std::vector<std::string> parts = absl::StrSplit(broken, ": ");
  const bool of_a_member = parts.size() > 1 && parts[0].size() > 1 && parts[0][0] == 'n' &&
                           absl::ascii_isdigit(parts[0][1]);
  return parts[of_a_member ? 1 : 0];
}

std::optional<std::string> Explore() {
  std::uint64_t states = 0;
  for (const ModelOptions& ring : Rings()) {
    Model model(ring);
    Search search(model, {.max_states = kStates});
    const SearchEnd end = search.Run(model.Layouts());
    states += search.tally().states;
    if (end != SearchEnd::kViolation) continue;
    const Schedule& found = search.violations().front();
    return absl::StrCat(NameOf(found.broken), " in ", found.steps.size(), " steps, ", states,
                        " states");
  }
  return std::nullopt;
}

std::optional<std::string> Simulate(std::uint64_t seed, Assumptions assumptions, const char* name) {
  const Verdict verdict = Run(DrawScenario(seed, assumptions)).Go();
  if (verdict.kind == Verdict::Kind::kPassed) return std::nullopt;
  return absl::StrCat(NameOf(verdict.what), " in seed ", seed, " of ", name);
}

std::optional<std::string> Simulate() {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    if (auto found = Simulate(seed, Assumptions::kProof, "proof")) return found;
    if (auto found = Simulate(seed, Assumptions::kYoung, "young")) return found;
  }
  for (std::uint64_t seed = 1; seed <= kSplitSeeds; ++seed) {
    if (!PeriodsToBeOne(seed, 40, 5)) return absl::StrCat("a ring split in five, seed ", seed);
  }
  for (std::uint64_t seed = 1; seed <= kHarshSeeds; ++seed) {
    if (auto found = Simulate(seed, Assumptions::kHarsh, "harsh")) return found;
  }
  return std::nullopt;
}

int Hunt(const char* what) {
  const std::optional<std::string> explored = Explore();
  const std::optional<std::string> simulated = Simulate();
  std::printf("| %s | %s | %s |\n", what, explored.value_or("not seen").c_str(),
              simulated.value_or("not seen").c_str());
  return explored || simulated ? 0 : 1;
}

}  // namespace
}  // namespace concord::sim

int main(int, char** argv) { return concord::sim::Hunt(argv[1]); }
