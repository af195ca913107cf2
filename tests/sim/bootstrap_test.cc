// Rings that begin as a whole, whatever happens meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sim/prng.h"
#include "sim/true_ring.h"
#include "sim/world.h"

namespace concord::sim {
namespace {

// The hosts of one list, and that whoever takes its place finds the others ready for theirs.
class Beginning final : private Watcher {
 public:
  Beginning(std::uint64_t seed, std::size_t size, const NetworkOptions& network)
      : world_(OptionsOf(seed, network), *this) {
    for (std::size_t i = 0; i < size; ++i) {
      addresses_.push_back(world_.server(world_.AddHost(absl::StrCat("n", i))).address);
    }
  }

  World& world() { return world_; }
  void Begin(HostId host) { world_.Bootstrap(host, addresses_, absl::Hours(1)); }
  void BeginLater(HostId host, absl::Duration after) { world_.At(after, host * 3); }
  void CrashLater(HostId host, absl::Duration after) { world_.At(after, host * 3 + 1); }
  void RestartLater(HostId host, absl::Duration after) { world_.At(after, host * 3 + 2); }

  // How many had their places when the ring was ready in all of them for the first time; 0: never.
  std::size_t ready_at() const { return ready_at_; }
  std::size_t members() const {
    std::size_t members = 0;
    for (HostId host = 0; host < world_.hosts(); ++host) members += world_.member(host).joined();
    return members;
  }
  const std::vector<absl::Status>& ended() const { return ended_; }

 private:
  static WorldOptions OptionsOf(std::uint64_t seed, const NetworkOptions& network) {
    WorldOptions options;
    options.seed = seed;
    options.network = network;
    return options;
  }
  void OnRouting(HostId, const core::RoutingTable* table) override {
    if (table == nullptr || ready_at_ != 0) return;
    for (HostId host = 0; host < world_.hosts(); ++host) {
      const core::MemberState& state = world_.member(host).state();
      const bool ready = state.joined || (state.bootstrap && state.bootstrap->founders.complete());
      if (!ready) return;
    }
    ready_at_ = members();
  }
  void OnCommand(HostId, core::CommandId, const absl::Status& status) override {
    ended_.push_back(status);
  }
  void OnMoment(std::uint64_t moment) override {
    const auto host = static_cast<HostId>(moment / 3);
    if (moment % 3 == 0) return Begin(host);
    if (moment % 3 == 1) return world_.Crash(host, /*silent=*/false);
    world_.Restart(host);
    Begin(host);
  }

  World world_;
  std::vector<std::string> addresses_;
  std::size_t ready_at_ = 0;
  std::vector<absl::Status> ended_;
};

class OfSize : public testing::TestWithParam<std::size_t> {};

TEST_P(OfSize, ARingIsIdealFromItsFirstMoment) {
  Beginning beginning(7, GetParam(), {});
  for (HostId host = 0; host < GetParam(); ++host) {
    beginning.BeginLater(host, absl::Milliseconds(100) * host);
  }
  World& world = beginning.world();
  world.RunFor(absl::Milliseconds(100) * (GetParam() - 1));
  EXPECT_EQ(beginning.members(), GetParam() == 1 ? 1u : 0u) << "nobody before the last is there";
  while (beginning.members() < GetParam() && world.now() < ToNanos(absl::Seconds(30))) {
    world.RunFor(absl::Milliseconds(1));
  }
  EXPECT_TRUE(IsIdeal(world)) << Explain(world);
  EXPECT_EQ(beginning.ready_at(), 1u) << "when the first took its place, all knew theirs";
  world.RunFor(absl::Seconds(1));
  EXPECT_TRUE(IsIdeal(world)) << Explain(world);
  EXPECT_THAT(beginning.ended(), testing::Each(absl::OkStatus()));
}

INSTANTIATE_TEST_SUITE_P(Sizes, OfSize, testing::Values(1, 2, 3, 4, 16, 64));

TEST(Bootstrap, WhoIsStartedAgainJoinsByTheSameCall) {
  Beginning beginning(7, 5, {});
  for (HostId host = 0; host < 5; ++host) beginning.Begin(host);
  World& world = beginning.world();
  world.RunFor(absl::Seconds(5));
  ASSERT_TRUE(IsIdeal(world)) << Explain(world);
  world.Crash(2, /*silent=*/false);
  world.RunFor(absl::Minutes(1));
  world.Restart(2);
  beginning.Begin(2);
  world.RunFor(absl::Seconds(20));
  EXPECT_EQ(beginning.members(), 5u);
  EXPECT_TRUE(IsIdeal(world)) << Explain(world);
}

TEST(Bootstrap, AClusterThatWasStoppedAtOnceBeginsAnew) {
  Beginning beginning(7, 5, {});
  for (HostId host = 0; host < 5; ++host) beginning.Begin(host);
  World& world = beginning.world();
  world.RunFor(absl::Seconds(5));
  for (HostId host = 0; host < 5; ++host) world.Crash(host, /*silent=*/false);
  for (HostId host = 0; host < 5; ++host) beginning.RestartLater(host, absl::Seconds(host));
  world.RunFor(absl::Seconds(10));
  EXPECT_EQ(beginning.members(), 5u);
  EXPECT_TRUE(IsIdeal(world)) << Explain(world);
}

// Nodes that start, die and start again while others begin, over a network that loses and doubles
// messages: all come to be in one ring.
TEST(Bootstrap, WhateverHappensMeanwhileThereIsOneRing) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Prng prng(Scramble(seed) ^ 0x626567696e);
    NetworkOptions network;
    network.loss = static_cast<unsigned>(prng.Below(3) * 50'000);
    network.duplicate = static_cast<unsigned>(prng.Below(2) * 20'000);
    const std::size_t size = prng.Between(2, 9);
    Beginning beginning(seed, size, network);
    const auto within = [&](std::uint64_t milliseconds) {
      return absl::Milliseconds(prng.Below(milliseconds));
    };
    for (HostId host = 0; host < size; ++host) {
      const absl::Duration begin = within(1000);
      beginning.BeginLater(host, begin);
      if (!prng.OneIn(3)) continue;
      const absl::Duration crash = begin + within(2000);
      beginning.CrashLater(host, crash);
      beginning.RestartLater(host, crash + within(prng.OneIn(2) ? 50 : 3000));
    }
    World& world = beginning.world();
    world.RunFor(absl::Minutes(2));
    world.network().Heal();
    world.RunFor(absl::Minutes(1));
    EXPECT_EQ(beginning.members(), size);
    EXPECT_TRUE(IsIdeal(world)) << Explain(world);
    EXPECT_THAT(beginning.ended(), testing::Each(absl::OkStatus()));
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace concord::sim
