// Rings that came apart, and what becomes of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/member_state.h"
#include "sim/acquaintance.h"
#include "sim/true_ring.h"
#include "sim/world.h"

namespace concord::sim {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class HealTest : public testing::Test {
 protected:
  std::vector<HostId> AddHosts(std::size_t count) {
    std::vector<HostId> hosts;
    for (std::size_t i = 0; i < count; ++i) {
      hosts.push_back(world_.AddHost(absl::StrCat("n", world_.hosts())));
    }
    return hosts;
  }
  // The hosts fall into so many parts, each of which hears nobody else.
  void Split(std::size_t parts) {
    std::vector<std::uint8_t> sides(world_.hosts());
    for (HostId host = 0; host < sides.size(); ++host) {
      sides[host] = static_cast<std::uint8_t>(host % parts);
    }
    world_.network().Partition(std::move(sides), /*one_way=*/false);
  }
  // Whether nobody has a neighbour in another part.
  bool IsApart(std::size_t parts) const {
    const auto in_part_of = [&](HostId host, const Server& server) {
      return *world_.HostAt(server.address) % parts == host % parts;
    };
    for (HostId host = 0; host < world_.hosts(); ++host) {
      const core::Member& member = world_.member(host);
      if (!in_part_of(host, member.predecessor())) return false;
      for (const Server& server : member.successors().servers()) {
        if (!in_part_of(host, server)) return false;
      }
    }
    return true;
  }
  bool BecomesIdeal(absl::Duration within) {
    const Nanos end = world_.now() + ToNanos(within);
    while (!IsIdeal(world_) && world_.now() < end) world_.RunFor(absl::Seconds(1));
    return IsIdeal(world_);
  }

  static WorldOptions OptionsOfBlue() {
    WorldOptions options;
    options.member.identity = {"blue", 64, 1};
    return options;
  }

  Watcher nobody_;
  World world_{OptionsOfBlue(), nobody_};
};

class SplitIn : public HealTest, public testing::WithParamInterface<std::size_t> {};

TEST_P(SplitIn, ARingComesApartAndIsOneAgainAfterwards) {
  const std::size_t parts = GetParam();
  PlaceIdealRing(world_, AddHosts(40));
  Split(parts);
  world_.RunFor(absl::Minutes(10));
  EXPECT_TRUE(IsApart(parts)) << Explain(world_);
  world_.network().Reconnect();
  EXPECT_TRUE(BecomesIdeal(absl::Minutes(1))) << Explain(world_);
}

INSTANTIATE_TEST_SUITE_P(Parts, SplitIn, testing::Values(2, 3, 5));

// Nodes of another ring get the addresses of members that have died, and are told of live ones.
TEST_F(HealTest, RingsOfDifferentNamesThatShareAddressesStayApart) {
  PlaceIdealRing(world_, AddHosts(12));
  const auto is_red = [](HostId host) { return host % 3 == 0; };
  std::vector<HostId> red;
  for (HostId host = 0; host < world_.hosts(); ++host) {
    if (!is_red(host)) continue;
    world_.Crash(host, /*silent=*/false);
    core::MemberOptions options = world_.member(host).options();
    options.identity = {"red", 64, 1};
    world_.Start(host, options);
    if (red.empty()) {
      world_.Create(host);
    } else {
      world_.Join(host, {host + 1, red.front()}, absl::Minutes(1));
    }
    red.push_back(host);
  }
  for (int minute = 0; minute < 20; ++minute) {
    world_.RunFor(absl::Minutes(1));
    for (HostId host = 0; host < world_.hosts(); ++host) {
      const core::Member& member = world_.member(host);
      ASSERT_TRUE(member.joined());
      ASSERT_EQ(is_red(*world_.HostAt(member.predecessor().address)), is_red(host));
      ASSERT_THAT(member.successors().servers(), SizeIs(3));
      for (const Server& server : member.successors().servers()) {
        ASSERT_EQ(is_red(*world_.HostAt(server.address)), is_red(host)) << Explain(world_);
      }
    }
  }
}

TEST_F(HealTest, AfterHoursInTwoPartsThatChangedTheRingIsOneAgain) {
  PlaceIdealRing(world_, AddHosts(16));
  Split(2);
  // In each part somebody dies, and somebody joins, every now and then.
  for (HostId host = 0; host < 12; ++host) {
    world_.RunFor(absl::Minutes(30));
    world_.Crash(host, /*silent=*/false);
    const HostId next = AddHosts(1).front();
    Split(2);
    world_.Join(next, {static_cast<HostId>(12 + host % 2)}, absl::Seconds(30));
  }
  world_.RunFor(absl::Minutes(1));
  world_.network().Reconnect();
  EXPECT_TRUE(BecomesIdeal(absl::Minutes(2))) << Explain(world_);
  EXPECT_EQ(TrueRing::Of(world_).size(), 16u);
}

TEST_F(HealTest, AMemberThatLostEverybodyComesBack) {
  PlaceIdealRing(world_, AddHosts(20));
  std::vector<std::uint8_t> sides(20);
  sides[7] = 1;
  world_.network().Partition(sides, /*one_way=*/false);
  world_.RunFor(absl::Minutes(5));
  EXPECT_EQ(world_.member(7).range(), (Range{world_.server(7).id, world_.server(7).id})) << "alone";
  world_.network().Reconnect();
  EXPECT_TRUE(BecomesIdeal(absl::Seconds(30))) << Explain(world_);
}

TEST_F(HealTest, WhoLostEverybodyTogetherComesBack) {
  PlaceIdealRing(world_, AddHosts(12));
  Split(12);
  world_.RunFor(absl::Minutes(5));
  for (HostId host = 0; host < 12; ++host) EXPECT_TRUE(world_.member(host).successors().empty());
  world_.network().Reconnect();
  EXPECT_TRUE(BecomesIdeal(absl::Minutes(1))) << Explain(world_);
}

// Two rings that know nothing of each other, but for one member that has a member of the other for
// its seed.
TEST_F(HealTest, OneThatKnowsOneOfTheOtherRingIsEnough) {
  const std::vector<HostId> one = AddHosts(15), two = AddHosts(15);
  PlaceIdealRing(world_, one);
  PlaceIdealRing(world_, two);
  world_.RunFor(absl::Minutes(2));
  EXPECT_FALSE(IsIdeal(world_));
  EXPECT_THAT(Acquainted(world_), SizeIs(2)) << "who knows nobody finds nobody";
  const HostId between = AddHosts(1).front();
  world_.Join(between, {one.front()}, absl::Seconds(30));
  world_.RunFor(absl::Seconds(5));
  core::MemberState state = world_.member(between).state();
  state.remembered.RememberSeeds({world_.server(two.front()).address});
  world_.Place(between, std::move(state));
  EXPECT_THAT(Acquainted(world_), ElementsAre(SizeIs(31)));
  EXPECT_TRUE(BecomesIdeal(absl::Minutes(2))) << Explain(world_);
}

// Every pointer is mutual and nobody is dead, so stabilize sees nothing wrong: the ring goes round
// twice before it ends (Liben-Nowell, Balakrishnan, Karger, "Analysis of the evolution of
// peer-to-peer systems", PODC 2002).
class LoopyRing : public HealTest, public testing::WithParamInterface<std::size_t> {};

TEST_P(LoopyRing, IsFoundAndMended) {
  const std::size_t n = GetParam();
  PlaceIdealRing(world_, AddHosts(n));
  const TrueRing ring = TrueRing::Of(world_);
  for (std::size_t i = 0; i < n; ++i) {
    core::MemberState state = world_.member(ring.at(i)).state();
    const Server& self = world_.server(ring.at(i));
    std::vector<Server> list;
    for (std::size_t k = 1; k <= 3; ++k) list.push_back(world_.server(ring.at((i + 2 * k) % n)));
    state.successors = core::SuccessorList(world_.space(), self.id, 3, list.front(), list);
    state.predecessor = world_.server(ring.at((i + n - 2) % n));
    state.fingers = core::FingerTable(world_.space(), self.id);
    world_.Place(ring.at(i), std::move(state));
  }
  EXPECT_FALSE(IsIdeal(world_));
  EXPECT_TRUE(BecomesIdeal(absl::Minutes(2))) << Explain(world_);
}

INSTANTIATE_TEST_SUITE_P(Members, LoopyRing, testing::Values(5, 7, 11, 21));

// --- Acquainted ---

TEST_F(HealTest, AGroupIsKnownThroughAnAddressThatIsStillTrue) {
  PlaceIdealRing(world_, AddHosts(2));
  const HostId lonely = AddHosts(1).front();
  world_.Create(lonely);
  core::MemberState state = world_.member(lonely).state();
  state.remembered.Remember(world_.server(0));
  world_.Place(lonely, std::move(state));
  EXPECT_THAT(Acquainted(world_), ElementsAre(SizeIs(3)));
  world_.Crash(0, /*silent=*/false);
  EXPECT_THAT(Acquainted(world_), ElementsAre(ElementsAre(1), ElementsAre(lonely)));
}

}  // namespace
}  // namespace concord::sim
