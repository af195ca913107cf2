// What applications are told adds up, and the checker notices when it does not.
#include "sim/told_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sim/true_ring.h"
#include "sim/world.h"

namespace concord::sim {
namespace {

using ::testing::HasSubstr;

// Hosts with the identifiers 10, 20, 30, 40, of which the last is no member.
class ToldCheckerTest : public ::testing::Test {
 protected:
  ToldCheckerTest() : world_(Options(), watcher_), checker_(world_) {
    for (const Id id : {10, 20, 30, 40}) world_.AddHost(absl::StrCat("n", id), id);
    PlaceIdealRing(world_, {0, 1, 2});
    for (const HostId host : {0, 1, 2}) checker_.Begin(host);
  }

  static WorldOptions Options() {
    WorldOptions options;
    options.member.space = core::IdSpace(8);
    return options;
  }

  // As if 40 had joined between 30 and 10.
  RangeChange LossOf10() const {
    RangeChange change;
    change.epoch = world_.member(0).epoch() + 1;
    change.before = Range{30, 10};
    change.after = Range{40, 10};
    change.lost = Range{30, 40};
    change.peer = world_.server(3);
    return change;
  }

  Watcher watcher_;
  World world_;
  ToldChecker checker_;
};

TEST_F(ToldCheckerTest, AnIdealRingBalances) {
  EXPECT_EQ(checker_.CheckBalance(), "");
  for (const HostId host : {0, 1, 2}) EXPECT_EQ(checker_.Check(host), "");
}

TEST_F(ToldCheckerTest, KeysThatAreLostAndNotGainedDoNotBalance) {
  EXPECT_EQ(checker_.OnRangeChange(0, LossOf10()), "");
  EXPECT_EQ(checker_.CheckBalance(),
            "the gained and lost arcs do not balance: owners of a key are from 0 on 1, from 31 on "
            "0, from 41 on 1");
  RangeChange gain;
  gain.epoch = 1;
  gain.after = gain.gained = Range{30, 40};
  gain.peer = world_.server(0);
  EXPECT_EQ(checker_.OnRangeChange(3, gain), "");
  EXPECT_EQ(checker_.CheckBalance(), "");
}

TEST_F(ToldCheckerTest, ArcsThatPassZeroAreSummedUp) {
  checker_.OnCrash(0);
  EXPECT_THAT(checker_.CheckBalance(), HasSubstr("from 0 on 0, from 11 on 1, from 31 on 0"));
  RangeChange gain;
  gain.epoch = world_.member(1).epoch() + 1;
  gain.before = Range{10, 20};
  gain.after = Range{30, 20};
  gain.gained = Range{30, 10};
  gain.peer = world_.server(0);
  EXPECT_EQ(checker_.OnRangeChange(1, gain), "");
  EXPECT_EQ(checker_.CheckBalance(), "");
}

TEST_F(ToldCheckerTest, AnArcThatIsNotWhatChangedDoesNotBalance) {
  RangeChange change = LossOf10();
  change.lost = Range{30, 39};
  EXPECT_EQ(checker_.OnRangeChange(0, change), "");
  EXPECT_THAT(checker_.CheckBalance(), HasSubstr("from 31 on 0, from 40 on 1"));
}

TEST_F(ToldCheckerTest, AChangeFollowsTheLast) {
  RangeChange change = LossOf10();
  ++change.epoch;
  EXPECT_EQ(checker_.OnRangeChange(0, change),
            "n10: a change of its range does not follow the last");
  change = LossOf10();
  change.before = Range{20, 10};
  EXPECT_EQ(checker_.OnRangeChange(0, change),
            "n10: a change of its range does not follow the last");
}

TEST_F(ToldCheckerTest, ThePeerIsWhoHasTheKeysNow) {
  RangeChange change = LossOf10();
  change.peer = world_.server(1);
  EXPECT_EQ(checker_.OnRangeChange(0, change), "n10: it lost keys to another than it says");
  RangeChange nobody = LossOf10();
  nobody.peer = std::nullopt;
  ToldChecker other(world_);
  other.Begin(0);
  EXPECT_EQ(other.OnRangeChange(0, nobody), "n10: a change of its range names nobody");
}

TEST_F(ToldCheckerTest, WhatIsNotToldIsNoticed) {
  EXPECT_EQ(checker_.OnRangeChange(0, LossOf10()), "");
  EXPECT_EQ(checker_.Check(0), "n10: a change of its range was not told");
  checker_.OnSuccessorsChange(1, {});
  EXPECT_EQ(checker_.Check(1), "n20: a change of its successors was not told");
}

// In a ring at rest that one joins, or leaves in order, what one gains of another is what that one
// loses to it: to the key, and to nobody else.
class Flows final : public Watcher {
 public:
  explicit Flows(const WorldOptions& options) : world(options, *this) {}

  void OnRangeChange(HostId host, const RangeChange& change) override {
    if (!change.peer) return;
    const Id self = world.server(host).id, peer = change.peer->id;
    if (change.gained) gained[{peer, self}].push_back(*change.gained);
    if (change.lost) lost[{self, peer}].push_back(*change.lost);
  }
  void OnCommand(HostId, core::CommandId, const absl::Status& status) override {
    EXPECT_TRUE(status.ok()) << status;
    ++commands;
  }

  void RunUntilIdeal(int done) {
    const Nanos end = world.now() + ToNanos(absl::Minutes(1));
    while ((commands < done || !IsIdeal(world)) && world.Step(end)) {
    }
    EXPECT_EQ(commands, done);
    EXPECT_TRUE(IsIdeal(world)) << Explain(world);
  }

  World world;
  std::map<std::pair<Id, Id>, std::vector<Range>> gained, lost;  // by who had and who has it
  int commands = 0;
};

TEST(RangeChanges, WhatOneGainsInACalmRingTheOtherLoses) {
  constexpr HostId kHosts = 12;
  Flows flows{WorldOptions{}};
  for (HostId host = 0; host < kHosts; ++host) flows.world.AddHost(absl::StrCat("n", host));
  flows.world.Create(0);
  flows.RunUntilIdeal(1);
  for (HostId host = 1; host < kHosts; ++host) {
    flows.world.Join(host, {0}, absl::Seconds(30));
    flows.RunUntilIdeal(1 + static_cast<int>(host));
  }
  EXPECT_EQ(flows.gained, flows.lost);
  EXPECT_EQ(flows.gained.size(), kHosts - 1);
  for (HostId host = 0; host + 1 < kHosts; ++host) {
    flows.world.Leave(host, absl::Seconds(10));
    flows.RunUntilIdeal(kHosts + 1 + static_cast<int>(host));
    flows.world.Stop(host);
    flows.world.Crash(host, /*silent=*/false);
  }
  EXPECT_EQ(flows.gained, flows.lost);
  EXPECT_EQ(flows.gained.size(), 2 * (kHosts - 1));
}

}  // namespace
}  // namespace concord::sim
