// Members that leave in order, and do not come to the end of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "sim/paper/recovery.h"
#include "sim/prng.h"
#include "sim/true_ring.h"
#include "sim/world.h"

namespace concord::sim {
namespace {

using core::LeaveOperation;

// A message takes 5 to 10 ms, so that all that a leaver says is said within 40.
TEST(LeaveTest, AMemberThatDiesWhileItLeavesIsAFailureAndNoWorse) {
  std::map<LeaveOperation::Phase, int> died_in;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    WorldOptions options;
    options.seed = seed;
    Watcher nobody;
    World world(options, nobody);
    PlaceRing(world, 16);
    Prng prng(Scramble(seed));
    world.RunFor(absl::Milliseconds(static_cast<std::int64_t>(3000 + prng.Below(1000))));
    const HostId leaver = static_cast<HostId>(prng.Below(16));
    world.Leave(leaver, absl::Seconds(10));
    world.RunFor(absl::Milliseconds(static_cast<std::int64_t>(prng.Below(40))));
    ++died_in[world.member(leaver).state().leave->phase];
    world.Crash(leaver, /*silent=*/prng.OneIn(2));
    const Periods periods = PeriodsUntilIdeal(world);
    ASSERT_TRUE(periods.has_value()) << "seed " << seed << "\n" << Explain(world);
    EXPECT_LE(*periods, 5) << "seed " << seed;  // what a silent failure may take
  }
  for (const auto phase :
       {LeaveOperation::Phase::kTellingSuccessor, LeaveOperation::Phase::kTellingPredecessor,
        LeaveOperation::Phase::kLeft}) {
    EXPECT_GE(died_in[phase], 20) << static_cast<int>(phase);
  }
}

}  // namespace
}  // namespace concord::sim
