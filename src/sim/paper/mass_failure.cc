#include "sim/paper/mass_failure.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/paper/static_ring.h"

namespace concord::sim {
namespace {

constexpr std::size_t kMembers = 1'000, kSuccessors = 20, kLookups = 10'000;

// What the paper has: the mean, with the 1st and 99th percentile.
struct Published {
  unsigned percent;
  const char* hops;
  const char* timeouts;
};
constexpr Published kTable2[] = {
    {0, "3.84 (2, 5)", "0.00 (0, 0)"},  {10, "4.03 (2, 6)", "0.60 (0, 2)"},
    {20, "4.22 (2, 6)", "1.17 (0, 3)"}, {30, "4.44 (2, 6)", "2.02 (0, 5)"},
    {40, "4.69 (2, 7)", "3.23 (0, 8)"}, {50, "5.09 (3, 8)", "5.10 (0, 11)"}};

std::string Show(const std::vector<MassFailure>& runs, Sample MassFailure::* what) {
  Sample mean, first, last;
  for (const MassFailure& run : runs) {
    mean.Add((run.*what).Mean());
    first.Add((run.*what).Percentile(1));
    last.Add((run.*what).Percentile(99));
  }
  return absl::StrFormat("%s (%.0f, %.0f)", MeanAndSpread(mean), first.Mean(), last.Mean());
}

}  // namespace

MassFailure FailAtOnce(std::uint64_t seed, std::size_t size, std::size_t successor_count,
                       unsigned percent, std::size_t lookups) {
  Prng prng(seed);
  StaticRing ring(prng, size, successor_count);
  ring.Fail(prng, percent);
  MassFailure result;
  for (std::size_t i = 0; i < lookups; ++i) {
    std::size_t from;
    do from = prng.Below(size);
    while (!ring.alive(from));
    const Id id = prng.Next();
    const StaticRing::Route route = ring.Lookup(from, id);
    if (!route.found || route.owner != ring.LiveOwner(id)) {
      ++result.failed;
      continue;
    }
    result.hops.Add(route.hops);
    result.forward_timeouts.Add(route.forward_timeouts);
    result.timeouts.Add(route.timeouts);
    result.dead.Add(static_cast<double>(route.dead.size()));
  }
  return result;
}

Section MassFailureSection(const Bench& bench) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::vector<double>> curve;
  for (const Published& published : kTable2) {
    const auto runs = bench.Map<MassFailure>(bench.seeds, [&](std::size_t seed) {
      return FailAtOnce(seed + 1, kMembers, kSuccessors, published.percent, kLookups);
    });
    std::size_t failed = 0;
    Sample hops, timeouts;
    for (const MassFailure& run : runs) {
      failed += run.failed;
      hops.Add(run.hops.Mean());
      timeouts.Add(run.forward_timeouts.Mean());
    }
    rows.push_back({absl::StrFormat("%.1f", published.percent / 100.0),
                    Show(runs, &MassFailure::hops), published.hops,
                    Show(runs, &MassFailure::forward_timeouts), published.timeouts,
                    Show(runs, &MassFailure::timeouts), absl::StrCat(failed)});
    curve.push_back({published.percent / 100.0, hops.Mean(), timeouts.Mean()});
  }
  Section section;
  section.text = absl::StrCat(
      "## Many members fail at once\n\nToN 2003, table II: ", Thousands(kMembers),
      " members with lists of ", kSuccessors,
      " successors; each fails with the probability p, and then ", Thousands(kLookups),
      " lookups are made from members that are left, before anything is repaired and without "
      "anybody learning from lookups before. Hops are forwards, and timeouts the dead servers that "
      "were to forward. Whoever knows the owner asks it as well, and if it is dead, the next of "
      "its "
      "list: the timeouts with those are the last but one column. In brackets the 1st and the 99th "
      "percentile; \"failed\" counts the lookups of all seeds together that found nobody, or not "
      "the "
      "first live member after the key.\n\n",
      Table({"p", "hops", "paper", "timeouts", "paper", "timeouts with the owners'", "failed"},
            rows),
      "\nThe lookups of the paper are iterative: one client asks everybody, and nobody twice. Ours "
      "are forwarded, which costs half the messages, and carry the servers that did not answer, so "
      "that nobody is asked twice either. That the paper does not count dead owners is how we read "
      "its figures: each live hop costs p / (1 - p) dead ones, which is 5.09 at p = 0.5.\n"
      "\n![After failures](paper/mass_failure.svg)\n");
  section.plots = {{"mass_failure.svg", "Lookups after simultaneous failures, 1,000 members",
                    absl::StrCat(PlotData("data", curve),
                                 "set xlabel 'share of members that failed'\nset ylabel 'servers'\n"
                                 "set key left\nset yrange [0:]\n"
                                 "plot $data using 1:2 with linespoints pt 7 title 'hops', $data "
                                 "using 1:3 with linespoints pt 5 title 'timeouts'\n")}};
  return section;
}

}  // namespace concord::sim
