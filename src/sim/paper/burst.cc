#include "sim/paper/burst.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sim/world.h"

namespace concord::sim {

Periods PeriodsToIdeal(std::uint64_t seed, std::size_t size, std::size_t successor_count,
                       unsigned percent) {
  WorldOptions options;
  options.seed = seed;
  options.member.successor_count = successor_count;
  Watcher nobody;
  World world(options, nobody);
  const std::vector<HostId> hosts = PlaceRing(world, size);
  world.RunFor(absl::Seconds(3));
  Prng prng(seed);
  for (const HostId host : hosts) {
    if (prng.Below(100) < percent) world.Crash(host, /*silent=*/false);
  }
  return PeriodsUntilIdeal(world);
}

Section BurstSection(const Bench& bench) {
  std::vector<std::vector<std::string>> rows;
  for (const std::size_t successor_count : {20, 3}) {
    for (const std::size_t size : {100, 1'000, 10'000}) {
      std::vector<std::string> row{absl::StrCat(successor_count), Thousands(size)};
      for (const unsigned percent : {10u, 30u, 50u}) {
        row.push_back(Show(bench.Map<Periods>(bench.seeds, [=](std::size_t seed) {
          return PeriodsToIdeal(seed + 1, size, successor_count, percent);
        })));
      }
      rows.push_back(std::move(row));
    }
  }
  Section section;
  section.text = absl::StrCat(
      "## From a burst of failures to an ideal ring\n\nNot in the papers. Of an ideal ring, each "
      "member fails with the given probability, all at once, and their addresses refuse calls from "
      "then on. In stabilize periods (1 s; messages take 5 to 10 ms; looked at every 100 ms), "
      "until "
      "every member has its true predecessor and all its true successors. With a list of three, "
      "there are members that lose all of it when a third or more of the ring fails: then the ring "
      "falls apart, and its parts find each other by probing. Where fewer than "
      "ten runs are counted, the others took more than two minutes.\n\n",
      Table({"r", "N", "10 % fail", "30 %", "50 %"}, rows));
  return section;
}

}  // namespace concord::sim
