// Progress: when joins and failures stop, the ring becomes ideal, and then no step changes
// anything.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "prng.h"
#include "virtual_ring.h"

namespace concord::core {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);  // twenty periods; ten were always enough

// Every seed is a run of its own; the first that fails ends the test and is named.
template <typename Scenario>
void ForEachSeed(std::uint64_t seeds, const Scenario& scenario) {
  for (std::uint64_t seed = 0; seed < seeds && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    scenario(seed);
  }
}

// `size` nodes; the first creates a ring, the others join at about the same time, each through one
// or two random nodes that were started before it and that may not have joined themselves.
void FormRing(VirtualRing& ring, Prng& prng, std::size_t size) {
  ring.Create(ring.AddNode());
  for (std::size_t node = 1; node < size; ++node) {
    ring.AddNode();
    std::vector<std::size_t> seeds = {prng.Below(node)};
    if (prng.OneIn(2)) seeds.push_back(prng.Below(node));
    ring.Join(node, seeds);
    if (prng.OneIn(3)) ring.Run(absl::Milliseconds(prng.Below(300)));
  }
}

std::size_t SomeSize(std::uint64_t seed) { return seed % 9 == 8 ? 20 : 1 + seed % 9; }

// Once ideal, a ring stays as it is.
void ExpectRest(VirtualRing& ring) {
  ring.ExpectRangesPartitionTheCircle();
  ring.SetLossy(false);        // a lost lookup costs a finger
  ring.Run(absl::Seconds(2));  // what is still on its way
  ASSERT_TRUE(ring.IsIdeal()) << ring.Explain();
  ASSERT_TRUE(ring.RunUntilFingersAreTrue(kPatience)) << ring.Explain();
  ring.Freeze();
  ring.Run(absl::Seconds(20));
  ring.ExpectRangesPartitionTheCircle();
}

TEST(Ring, FormedByJoinsAtTheSameTimeBecomesIdealAndRests) {
  ForEachSeed(300, [](std::uint64_t seed) {
    Prng prng(seed);
    VirtualRing ring(seed, 8, 3);
    ring.SetLossy(prng.OneIn(2));
    FormRing(ring, prng, SomeSize(seed));
    ASSERT_TRUE(ring.RunUntilIdeal(kPatience)) << ring.Explain();
    ExpectRest(ring);
  });
}

TEST(Ring, OnACrowdedCircleBecomesIdealAndRests) {
  ForEachSeed(150, [](std::uint64_t seed) {
    Prng prng(seed);
    const unsigned bits = 1 + seed % 4;
    VirtualRing ring(seed, bits, 1 + prng.Below(4));
    FormRing(ring, prng, 1 + prng.Below(std::size_t{1} << bits));
    ASSERT_TRUE(ring.RunUntilIdeal(kPatience)) << ring.Explain();
    ExpectRest(ring);
  });
}

TEST(Ring, BecomesIdealAgainAfterFewerFailuresThanSuccessors) {
  ForEachSeed(300, [](std::uint64_t seed) {
    Prng prng(seed);
    const std::size_t successors = 2 + prng.Below(3);
    VirtualRing ring(seed, 8, successors);
    FormRing(ring, prng, std::max<std::size_t>(2, SomeSize(seed)));
    ASSERT_TRUE(ring.RunUntilIdeal(kPatience)) << ring.Explain();
    ring.Run(absl::Seconds(prng.Below(5)));
    ring.SetLossy(prng.OneIn(2));
    const std::vector<std::size_t> live = ring.Live();
    const std::size_t failures = 1 + prng.Below(std::min(successors, live.size()) - 1);
    const std::size_t first = prng.Below(live.size());
    for (std::size_t i = 0; i < failures; ++i) ring.Crash(live[(first + i) % live.size()]);
    ASSERT_TRUE(ring.RunUntilIdeal(kPatience)) << ring.Explain();
    ExpectRest(ring);
  });
}

TEST(Ring, TakesARestartedMemberBackInItsPlace) {
  ForEachSeed(150, [](std::uint64_t seed) {
    Prng prng(seed);
    VirtualRing ring(seed, 8, 3);
    FormRing(ring, prng, 4 + prng.Below(5));
    ASSERT_TRUE(ring.RunUntilIdeal(kPatience)) << ring.Explain();
    const std::vector<std::size_t> live = ring.Live();
    const std::size_t node = live[prng.Below(live.size())];
    ring.Crash(node);
    ring.Run(absl::Milliseconds(prng.Below(3) * 700));  // before or after the others noticed
    ring.Restart(node);
    ring.Join(node, {node == live[0] ? live[1] : live[0]});
    ASSERT_TRUE(ring.RunUntilIdeal(kPatience)) << ring.Explain();
    ExpectRest(ring);
  });
}

// Joins and failures at any time, as long as each failure leaves every list a live entry. Node 0
// does not fail: it is everybody's seed.
TEST(Ring, BecomesIdealAfterJoinsAndFailuresAtAnyTime) {
  ForEachSeed(150, [](std::uint64_t seed) {
    Prng prng(seed);
    const std::size_t successors = 2 + prng.Below(3);
    VirtualRing ring(seed, 8, successors);
    ring.SetLossy(prng.OneIn(2));
    FormRing(ring, prng, successors + 3 + prng.Below(6));
    ASSERT_TRUE(ring.RunUntilIdeal(kPatience)) << ring.Explain();
    for (int step = 0; step < 12; ++step) {
      ring.Run(absl::Milliseconds(prng.Below(1500)));
      const std::vector<std::size_t> live = ring.Live();
      const std::size_t at = prng.Below(live.size());
      if (prng.OneIn(2)) {
        ring.Join(ring.AddNode(), {live[at], 0});
      } else if (live[at] != 0 && live.size() > successors + 2 &&
                 ring.LeavesEveryoneASuccessor({live[at]})) {
        ring.Crash(live[at]);
      }
    }
    ASSERT_TRUE(ring.RunUntilIdeal(kPatience)) << ring.Explain();
    ExpectRest(ring);
  });
}

}  // namespace
}  // namespace concord::core
