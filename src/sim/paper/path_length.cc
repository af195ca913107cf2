#include "sim/paper/path_length.h"

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/paper/static_ring.h"

namespace concord::sim {
namespace {

constexpr std::size_t kLookups = 10'000;
constexpr unsigned kLeastPower = 3, kMostPower = 16, kDistributionPower = 12;
constexpr std::size_t kMillion = 1'000'000;

struct Row {
  Sample means, firsts, last;  // over seeds: the mean, and the 1st and 99th percentile
};

Row Summarize(const std::vector<Sample>& runs) {
  Row row;
  for (const Sample& run : runs) {
    row.means.Add(run.Mean());
    row.firsts.Add(run.Percentile(1));
    row.last.Add(run.Percentile(99));
  }
  return row;
}

std::string Percentiles(const Row& row) {
  return absl::StrFormat("%.1f, %.1f", row.firsts.Mean(), row.last.Mean());
}

// The share of lookups with each number of hops.
std::vector<std::vector<double>> Distribution(const std::vector<Sample>& runs) {
  std::map<unsigned, double> count;
  double all = 0;
  for (const Sample& run : runs) {
    for (const double hops : run.values()) ++count[static_cast<unsigned>(hops)], ++all;
  }
  std::vector<std::vector<double>> rows;
  for (const auto& [hops, n] : count) rows.push_back({static_cast<double>(hops), n / all});
  return rows;
}

}  // namespace

Sample PathLengths(std::uint64_t seed, std::size_t size, std::size_t successor_count,
                   std::size_t lookups) {
  Prng prng(seed);
  StaticRing ring(prng, size, successor_count);
  Sample hops;
  for (std::size_t i = 0; i < lookups; ++i) {
    const std::size_t from = prng.Below(size);
    hops.Add(ring.Lookup(from, prng.Next()).hops);
  }
  return hops;
}

Section PathLengthSection(const Bench& bench) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::vector<double>> curve, distribution;
  for (unsigned power = kLeastPower; power <= kMostPower; ++power) {
    const std::size_t size = std::size_t{1} << power;
    const auto run = [&](std::size_t successor_count) {
      return bench.Map<Sample>(bench.seeds, [=](std::size_t seed) {
        return PathLengths(seed + 1, size, successor_count, kLookups);
      });
    };
    const std::vector<Sample> one = run(1);
    const Row with_one = Summarize(one), with_three = Summarize(run(3));
    const double half = power / 2.0;
    rows.push_back({absl::StrCat("2^", power), absl::StrFormat("%.1f", half),
                    MeanAndSpread(with_one.means), Percentiles(with_one),
                    MeanAndSpread(with_three.means)});
    curve.push_back({static_cast<double>(size), half, with_one.means.Mean(), with_one.firsts.Mean(),
                     with_one.last.Mean()});
    if (power == kDistributionPower) distribution = Distribution(one);
  }
  const Row million = Summarize({PathLengths(1, kMillion, 1, kLookups)});
  rows.push_back({absl::StrCat(Thousands(kMillion), ", one seed"),
                  absl::StrFormat("%.1f", std::log2(kMillion) / 2), MeanAndSpread(million.means),
                  Percentiles(million),
                  MeanAndSpread(Summarize({PathLengths(1, kMillion, 3, kLookups)}).means)});

  Section section;
  section.text = absl::StrCat(
      "## How long lookups are\n\nSIGCOMM 2001, figures 10a and 10b. An ideal ring of N members; ",
      Thousands(kLookups),
      " lookups of random keys from random members. Counted are the forwards, up to the member "
      "that "
      "knows the owner. The paper's figure is about ½ log2 N; its members know one successor and "
      "their fingers, as ours in the third column. The library's default is three successors, "
      "which "
      "saves the last small steps. The tables of the last line are built directly, as those of the "
      "others.\n\n",
      Table({"N", "½ log2 N", "hops, r = 1", "1st, 99th percentile", "hops, r = 3"}, rows),
      "\n![Hops against N](paper/path_length.svg)\n"
      "![Distribution of hops at 2^12](paper/path_length_distribution.svg)\n");
  section.plots = {
      {"path_length.svg", "Hops of a lookup against the number of members",
       absl::StrCat(
           PlotData("data", curve),
           "set logscale x 2\nset xlabel 'members'\nset ylabel 'hops'\nset key left\n"
           "set format x '2^{%L}'\nset yrange [0:]\n"
           "plot $data using 1:3:4:5 with yerrorbars pt 7 ps 0.5 title 'mean, 1st and 99th "
           "percentile', $data using 1:2 with lines title '½ log2 N'\n")},
      {"path_length_distribution.svg", "Distribution of hops in a ring of 4,096",
       absl::StrCat(PlotData("data", distribution),
                    "set xlabel 'hops'\nset ylabel 'share of lookups'\nset yrange [0:]\n"
                    "set style fill solid 0.4\nset boxwidth 0.8\n"
                    "plot $data using 1:2 with boxes title 'N = 4,096'\n")}};
  return section;
}

}  // namespace concord::sim
