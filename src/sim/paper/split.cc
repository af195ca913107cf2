#include "sim/paper/split.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sim/world.h"

namespace concord::sim {
namespace {

constexpr absl::Duration kApart = absl::Minutes(10);

// Each member is in one of the parts by chance, or alone if there are as many.
std::vector<std::uint8_t> Sides(Prng& prng, std::size_t size, std::size_t parts) {
  std::vector<std::uint8_t> sides(size);
  for (std::size_t i = 0; i < size; ++i) {
    sides[i] = static_cast<std::uint8_t>(parts >= size ? i : prng.Below(parts));
  }
  return sides;
}

}  // namespace

Periods PeriodsToBeOne(std::uint64_t seed, std::size_t size, std::size_t parts) {
  WorldOptions options;
  options.seed = seed;
  Watcher nobody;
  World world(options, nobody);
  PlaceRing(world, size);
  Prng prng(seed);
  world.network().Partition(Sides(prng, size, parts), /*one_way=*/false);
  world.RunFor(kApart);
  world.network().Reconnect();
  return PeriodsUntilIdeal(world);
}

Section SplitSection(const Bench& bench) {
  std::vector<std::vector<std::string>> rows;
  for (const std::size_t size : {10, 100, 1'000}) {
    std::vector<std::string> row{Thousands(size)};
    for (const std::size_t parts : {2, 5, 10}) {
      row.push_back(Show(bench.Map<Periods>(
          bench.seeds, [=](std::size_t seed) { return PeriodsToBeOne(seed + 1, size, parts); })));
    }
    rows.push_back(std::move(row));
  }
  Section section;
  section.text = absl::StrCat(
      "## From a split ring to one ring\n\nNot in the papers. The members of an ideal ring fall by "
      "chance into so many parts, which do not hear each other for ten minutes; then they do. In "
      "stabilize periods (1 s; a probe every 4 s; lists of three; messages take 5 to 10 ms; looked "
      "at every 100 ms), from then until every member has its true predecessor and all its true "
      "successors. With 10 members in 10 parts, everybody was alone.\n\n",
      Table({"N", "2 parts", "5 parts", "10 parts"}, rows));
  return section;
}

}  // namespace concord::sim
