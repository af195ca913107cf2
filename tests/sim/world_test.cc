// Members in the simulated world do what they do in the real one.
#include "sim/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sim/true_ring.h"

namespace concord::sim {
namespace {

class Listener final : public Watcher {
 public:
  std::map<std::uint64_t, Found> found;
  std::vector<RangeChange> changes;
  std::vector<absl::Status> ended;

 private:
  void OnFound(std::uint64_t lookup, const Found& f) override { found[lookup] = f; }
  void OnRangeChange(HostId, const RangeChange& change) override { changes.push_back(change); }
  void OnCommand(HostId, core::CommandId, const absl::Status& status) override {
    ended.push_back(status);
  }
};

class WorldTest : public testing::Test {
 protected:
  void MakeRing(std::size_t size) {
    std::vector<HostId> hosts;
    for (std::size_t i = 0; i < size; ++i) hosts.push_back(world_.AddHost(absl::StrCat("n", i)));
    PlaceIdealRing(world_, hosts);
  }
  // A lookup of `id` by `host`, to its end.
  Found LookUp(HostId host, Id id) {
    world_.Lookup(host, id, absl::Seconds(5), 1);
    world_.RunFor(absl::Seconds(6));
    return listener_.found.at(1);
  }

  WorldOptions options_;
  Listener listener_;
  World world_{options_, listener_};
};

TEST_F(WorldTest, ATimerMayFireEarly) {
  MakeRing(3);
  world_.Crash(1, /*silent=*/false);
  const HostId before = world_.member(0).successors().head() == world_.server(1) ? 0 : 2;
  world_.FireEarly(before, core::Timer::kStabilize);
  world_.FireEarly(1, core::Timer::kStabilize);  // is down: nothing happens
  world_.RunFor(absl::Milliseconds(40));         // a refusal comes back, and the next is asked
  EXPECT_EQ(world_.member(before).successors().size(), 1u);
}

TEST_F(WorldTest, ARingFormsFromOneMember) {
  for (int i = 0; i < 20; ++i) world_.AddHost(absl::StrCat("n", i));
  world_.Create(0);
  for (HostId host = 1; host < 20; ++host) world_.Join(host, {0}, absl::Seconds(30));
  world_.RunFor(absl::Seconds(60));
  EXPECT_EQ(TrueRing::Of(world_).size(), 20u);
  EXPECT_TRUE(IsIdeal(world_));
  EXPECT_TRUE(FingersAreTrue(world_));
  EXPECT_EQ(listener_.ended, std::vector<absl::Status>(20));
}

TEST_F(WorldTest, APlacedRingIsIdealAndStaysAsItIs) {
  MakeRing(50);
  EXPECT_TRUE(IsIdeal(world_));
  EXPECT_TRUE(FingersAreTrue(world_));
  world_.RunFor(absl::Minutes(2));
  EXPECT_TRUE(IsIdeal(world_));
  EXPECT_TRUE(FingersAreTrue(world_));
  EXPECT_TRUE(listener_.changes.empty());
}

TEST_F(WorldTest, EveryMemberFindsEveryOwner) {
  MakeRing(40);
  const TrueRing ring = TrueRing::Of(world_);
  Prng prng(1);
  std::vector<Id> ids;
  for (HostId host = 0; host < 40; ++host) {
    for (HostId other = 0; other < 40; ++other) {
      for (const Id id : {world_.server(other).id, world_.server(other).id + 1, prng.Next()}) {
        world_.Lookup(host, id, absl::Seconds(5), ids.size());
        ids.push_back(id);
      }
    }
  }
  world_.RunFor(absl::Seconds(6));
  ASSERT_EQ(listener_.found.size(), ids.size());
  for (const auto& [lookup, found] : listener_.found) {
    ASSERT_EQ(found.how, Found::How::kOwner);
    EXPECT_EQ(found.owner, world_.server(ring.Owner(ids[lookup])));
    EXPECT_LE(found.hops, 6u);  // log2 40 = 5.3
    EXPECT_EQ(found.failed_contacts, 0u);
  }
}

TEST_F(WorldTest, ALookupGoesAroundWhoeverIsDead) {
  MakeRing(30);
  const TrueRing ring = TrueRing::Of(world_);
  const Id id = world_.server(ring.at(20)).id - 1;
  for (std::size_t i = 10; i < 20; i += 2) world_.Crash(ring.at(i), /*silent=*/i % 4 == 0);
  const Found found = LookUp(ring.at(0), id);
  ASSERT_EQ(found.how, Found::How::kOwner);
  EXPECT_EQ(found.owner, world_.server(ring.at(20)));
}

TEST_F(WorldTest, TheRingClosesOverWhoeverCrashed) {
  MakeRing(10);
  world_.Crash(3, /*silent=*/false);
  world_.Crash(7, /*silent=*/true);
  EXPECT_FALSE(IsIdeal(world_));
  world_.RunFor(absl::Seconds(20));
  EXPECT_EQ(TrueRing::Of(world_).size(), 8u);
  EXPECT_TRUE(IsIdeal(world_));
}

TEST_F(WorldTest, AHostThatStartedAgainIsTakenBackAtItsNewAddress) {
  MakeRing(6);
  const Server before = world_.server(2);
  world_.Crash(2, /*silent=*/false);
  world_.Move(2);
  world_.Restart(2);
  EXPECT_EQ(world_.server(2).id, before.id);
  EXPECT_NE(world_.server(2).address, before.address);
  EXPECT_EQ(world_.HostAt(before.address), std::nullopt);
  world_.Join(2, {0}, absl::Seconds(30));
  world_.RunFor(absl::Seconds(40));
  EXPECT_EQ(TrueRing::Of(world_).size(), 6u);
  EXPECT_TRUE(IsIdeal(world_));
}

// To the others it looks dead; when it goes on it finds its way back.
TEST_F(WorldTest, AHostThatStoodStillComesBack) {
  MakeRing(8);
  world_.Pause(5);
  world_.RunFor(absl::Minutes(3));
  for (HostId host = 0; host < 8; ++host) {
    if (host == 5) continue;
    EXPECT_FALSE(world_.member(host).successors().Has(world_.server(5)));
  }
  world_.Resume(5);
  world_.RunFor(absl::Seconds(30));
  EXPECT_TRUE(IsIdeal(world_));
}

TEST_F(WorldTest, RangeChangesTellWhereKeysGo) {
  MakeRing(4);
  const HostId joiner = world_.AddHost("joiner");
  world_.Join(joiner, {0}, absl::Seconds(30));
  world_.RunFor(absl::Seconds(30));
  ASSERT_EQ(listener_.changes.size(), 2u);
  const RangeChange& gain = listener_.changes[0];  // the joiner's
  const RangeChange& loss = listener_.changes[1];  // its successor's
  EXPECT_EQ(gain.gained, gain.after);
  EXPECT_EQ(loss.lost, gain.gained);
  EXPECT_EQ(loss.peer, world_.server(joiner));
}

TEST_F(WorldTest, LookupsOfAHostThatCrashesEnd) {
  MakeRing(20);
  for (int i = 0; i < 50; ++i) {
    world_.Lookup(1, Scramble(i), absl::Seconds(5), static_cast<std::uint64_t>(i));
  }
  world_.RunFor(absl::Milliseconds(7));  // under way
  world_.Crash(1, /*silent=*/false);
  world_.RunFor(absl::Seconds(10));
  EXPECT_EQ(listener_.found.size(), 50u);
}

}  // namespace
}  // namespace concord::sim
