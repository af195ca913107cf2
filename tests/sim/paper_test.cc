// The experiments of docs/paper.md: that they measure what they say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "sim/paper/burst.h"
#include "sim/paper/churn.h"
#include "sim/paper/document.h"
#include "sim/paper/faults.h"
#include "sim/paper/key_share.h"
#include "sim/paper/mass_failure.h"
#include "sim/paper/path_length.h"
#include "sim/paper/split.h"
#include "sim/paper/static_ring.h"
#include "sim/paper/statistics.h"
#include "sim/true_ring.h"
#include "sim/world.h"

namespace concord::sim {
namespace {

using ::testing::HasSubstr;

TEST(StatisticsTest, MeanDeviationAndPercentiles) {
  Sample sample;
  for (int i = 100; i >= 1; --i) sample.Add(i);
  EXPECT_DOUBLE_EQ(sample.Mean(), 50.5);
  EXPECT_NEAR(sample.Deviation(), 29.011, 0.001);
  EXPECT_EQ(sample.Percentile(1), 1);
  EXPECT_EQ(sample.Percentile(50), 50);
  EXPECT_EQ(sample.Percentile(99), 99);
  EXPECT_EQ(sample.Percentile(100), 100);
  EXPECT_EQ(Sample().Mean(), 0);
  EXPECT_EQ(Sample().Percentile(99), 0);
}

TEST(StatisticsTest, TablesAreMarkdown) {
  EXPECT_EQ(Thousands(0), "0");
  EXPECT_EQ(Thousands(999), "999");
  EXPECT_EQ(Thousands(10'000), "10,000");
  EXPECT_EQ(Thousands(1'234'567), "1,234,567");
  Sample sample;
  sample.Add(1);
  EXPECT_EQ(MeanAndSpread(sample), "1.00");
  sample.Add(2);
  EXPECT_EQ(MeanAndSpread(sample, 1), "1.5 ± 0.7");
  EXPECT_EQ(Table({"a", "b"}, {{"1", "2"}}), "| a | b |\n|---|---|\n| 1 | 2 |\n");
  EXPECT_EQ(PlotData("data", {{1, 2.5}, {3, 4}}), "$data << END\n1 2.5\n3 4\nEND\n");
}

TEST(StatisticsTest, RunsComeBackInTheirOrder) {
  Bench bench;
  bench.jobs = 3;
  std::size_t told = 0;
  bench.progress = [&](std::size_t done, std::size_t of) {
    EXPECT_EQ(done, ++told);
    EXPECT_EQ(of, 20u);
  };
  const auto results = bench.Map<std::size_t>(20, [](std::size_t i) { return i * i; });
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(results[i], i * i);
  EXPECT_EQ(told, 20u);
}

// The simulator's lookups, for comparison.
struct Finds final : Watcher {
  void OnFound(std::uint64_t lookup, const Found& f) override {
    if (found.size() <= lookup) found.resize(lookup + 1);
    found[lookup] = f;
  }
  std::vector<Found> found;
};

TEST(StaticRingTest, LooksUpAsTheSimulatorDoes) {
  constexpr std::size_t kSize = 60;
  Prng prng(3), same(3);
  StaticRing ring(prng, kSize, 3);
  std::set<Id> ids;
  while (ids.size() < kSize) ids.insert(same.Next());
  Finds finds;
  World world({}, finds);
  std::vector<HostId> hosts;
  for (const Id id : ids) hosts.push_back(world.AddHost("n", id));
  PlaceIdealRing(world, hosts);
  std::vector<StaticRing::Route> routes;
  for (std::size_t i = 0; i < 500; ++i) {
    const auto from = static_cast<HostId>(prng.Below(kSize));
    const Id id = prng.Next();
    routes.push_back(ring.Lookup(from, id));
    world.Lookup(from, id, absl::Seconds(5), i);
  }
  world.RunFor(absl::Seconds(1));
  ASSERT_EQ(finds.found.size(), routes.size());
  unsigned hops = 0;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    EXPECT_TRUE(routes[i].found);
    EXPECT_EQ(world.server(static_cast<HostId>(routes[i].owner)), finds.found[i].owner);
    EXPECT_EQ(routes[i].hops, finds.found[i].hops);
    hops += routes[i].hops;
  }
  EXPECT_GT(hops, 500u);
}

TEST(PaperTest, PathsAreHalfOfTheLogarithm) {
  for (const unsigned power : {6u, 10u}) {
    const Sample hops = PathLengths(1, std::size_t{1} << power, 1, 3'000);
    EXPECT_NEAR(hops.Mean(), power / 2.0, 0.4);
    EXPECT_LE(hops.Percentile(99), power);
  }
}

TEST(PaperTest, ArcsAreExponentiallyDistributed) {
  const Sample keys = KeysPerMember(1, 2'000, 200'000);
  EXPECT_DOUBLE_EQ(keys.Mean(), 100);
  EXPECT_NEAR(keys.Percentile(99), 100 * std::log(100), 60);
  EXPECT_LE(keys.Percentile(1), 5);
}

TEST(PaperTest, NoLookupFailsAfterManyFailures) {
  const MassFailure none = FailAtOnce(1, 500, 20, 0, 2'000);
  EXPECT_EQ(none.failed, 0u);
  EXPECT_EQ(none.timeouts.Mean(), 0);
  const MassFailure half = FailAtOnce(1, 500, 20, 50, 2'000);
  EXPECT_EQ(half.failed, 0u);
  EXPECT_GT(half.forward_timeouts.Mean(), 2);
  EXPECT_GT(half.timeouts.Mean(), half.forward_timeouts.Mean());
  EXPECT_EQ(half.timeouts.Mean(), half.dead.Mean()) << "nobody is asked twice";
  EXPECT_GT(half.hops.Mean(), none.hops.Mean());
}

TEST(PaperTest, LookupsReachTheOwnerDuringChurn) {
  ChurnOptions options;
  options.size = 200;
  options.rate = 0.4;  // a fifth of the ring in a quarter of an hour
  options.lookups = 1'000;
  for (const bool in_order : {true, false}) {
    options.in_order = in_order;
    const Churn churn = LookUpDuringChurn(options);
    EXPECT_GE(churn.hops.size() + churn.failed, 950u);  // (others end with those who ask)
    EXPECT_LE(churn.failed, 10u);
    EXPECT_GT(churn.stale, 10u);
    EXPECT_GT(churn.dead.Mean(), 0);
  }
}

TEST(PaperTest, WhoLeavesInOrderIsMissedLessThanTheDead) {
  ChurnOptions options;
  options.size = 200;
  options.rate = 0.4;
  options.lookups = 1'000;
  Sample stale[2], dead[2];  // of those who leave in order, and of those who do not
  for (options.seed = 1; options.seed <= 5; ++options.seed) {
    for (const bool in_order : {true, false}) {
      options.in_order = in_order;
      const Churn churn = LookUpDuringChurn(options);
      stale[in_order ? 0 : 1].Add(static_cast<double>(churn.stale));
      dead[in_order ? 0 : 1].Add(churn.dead.Mean());
    }
  }
  EXPECT_LT(1.3 * stale[0].Mean(), stale[1].Mean());
  EXPECT_LT(dead[0].Mean(), dead[1].Mean());
}

// Whatever the order in which a compiler evaluates arguments.
TEST(PaperTest, ChurnIsTheSameRunEverywhere) {
  ChurnOptions options;
  options.size = 50;
  options.rate = 0.4;
  options.lookups = 200;
  const Churn churn = LookUpDuringChurn(options);
  EXPECT_EQ(churn.stale, 28u);
  EXPECT_EQ(churn.hops.size(), 200u);
  EXPECT_DOUBLE_EQ(churn.hops.Mean(), 359 / 200.0);
}

TEST(PaperTest, RingsBecomeIdealAfterABurst) {
  const std::optional<double> periods = PeriodsToIdeal(1, 100, 20, 30);
  ASSERT_TRUE(periods.has_value());
  EXPECT_GT(*periods, 0.5);
  EXPECT_LT(*periods, 30);
  EXPECT_EQ(PeriodsToIdeal(1, 100, 20, 0), 0);
}

TEST(PaperTest, RingsBecomeOneAfterASplit) {
  const Periods periods = PeriodsToBeOne(1, 60, 3);
  ASSERT_TRUE(periods.has_value());
  EXPECT_GT(*periods, 0.5);
  EXPECT_LT(*periods, 60);
  EXPECT_EQ(PeriodsToBeOne(1, 60, 1), 0) << "it was never apart";
}

TEST(PaperTest, RingsRecoverFromEachFaultInTheBarsOfProcesses) {
  for (const RingFault fault :
       {RingFault::kKill, RingFault::kLeave, RingFault::kSilence, RingFault::kReturn,
        RingFault::kElsewhere, RingFault::kSplit2, RingFault::kSplit3}) {
    SCOPED_TRACE(static_cast<int>(fault));
    const bool split = fault == RingFault::kSplit2 || fault == RingFault::kSplit3;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const Periods periods = PeriodsAfter(fault, seed);
      ASSERT_TRUE(periods.has_value());
      EXPECT_GT(*periods, 0) << "it was disturbed";
      EXPECT_LE(*periods, split ? 15 : 5);
    }
  }
}

TEST(PaperTest, TheDocumentHasEverySection) {
  Bench bench;
  bench.seeds = 2;
  const std::string text = Document({MassFailureSection(bench), KeyShareSection(bench)});
  EXPECT_THAT(text, HasSubstr("# The paper's tables\n"));
  EXPECT_THAT(text, HasSubstr("scripts/paper"));
  EXPECT_THAT(text, HasSubstr("| 0.5 |"));
  EXPECT_THAT(text, HasSubstr("| 1,000,000 | 100 |"));
}

}  // namespace
}  // namespace concord::sim
