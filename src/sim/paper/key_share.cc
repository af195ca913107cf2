#include "sim/paper/key_share.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/paper/static_ring.h"

namespace concord::sim {
namespace {

constexpr std::size_t kMembers = 10'000;
constexpr std::size_t kStep = 100'000;

}  // namespace

Sample KeysPerMember(std::uint64_t seed, std::size_t members, std::size_t keys) {
  Prng prng(seed);
  const StaticRing ring(prng, members, 1);
  std::vector<std::size_t> owned(members);
  for (std::size_t i = 0; i < keys; ++i) ++owned[ring.LiveOwner(prng.Next())];
  Sample sample;
  for (const std::size_t n : owned) sample.Add(static_cast<double>(n));
  return sample;
}

Section KeyShareSection(const Bench& bench) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::vector<double>> curve;
  for (std::size_t keys = kStep; keys <= 10 * kStep; keys += kStep) {
    const std::vector<Sample> runs = bench.Map<Sample>(
        bench.seeds, [=](std::size_t seed) { return KeysPerMember(seed + 1, kMembers, keys); });
    Sample first, last;
    for (const Sample& run : runs) {
      first.Add(run.Percentile(1));
      last.Add(run.Percentile(99));
    }
    // Arcs between random points are exponentially distributed.
    const double mean = static_cast<double>(keys) / kMembers;
    rows.push_back({Thousands(keys), absl::StrFormat("%.0f", mean), MeanAndSpread(first, 1),
                    MeanAndSpread(last, 1),
                    absl::StrFormat("%.1f, %.1f", -mean * std::log(0.99), -mean * std::log(0.01))});
    curve.push_back({static_cast<double>(keys), mean, first.Mean(), last.Mean()});
  }
  Section section;
  section.text = absl::StrCat(
      "## How many keys a member owns\n\nSIGCOMM 2001, figure 8: 10,000 members without virtual "
      "nodes, 100,000 to 1,000,000 random keys. The paper shows a plot, and says that the spread "
      "grows with the number of keys. The arcs between random points are exponentially "
      "distributed, "
      "which gives the last column (of arcs; the number of keys in one varies in itself). A member "
      "that is to own a share as even as the others' takes several names.\n\n",
      Table({"keys", "mean", "1st percentile", "99th percentile", "expected of the arcs"}, rows),
      "\n![Keys per member](paper/keys_per_member.svg)\n");
  section.plots = {
      {"keys_per_member.svg", "Keys per member, 10,000 members",
       absl::StrCat(
           PlotData("data", curve),
           "set xlabel 'keys'\nset ylabel 'keys of a member'\nset key left\n"
           "set xrange [0:1100000]\nset yrange [0:]\nset format x '%.0f'\n"
           "set xtics 200000\n"
           "plot $data using 1:2:3:4 with yerrorbars pt 7 ps 0.5 title 'mean, 1st and 99th "
           "percentile'\n")}};
  return section;
}

}  // namespace concord::sim
