// The checker that follows a ring event by event, against the brute force of ring_invariants.
#include "sim/ring_checker.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/successor_list.h"
#include "sim/ring_invariants.h"
#include "sim/true_ring.h"
#include "sim/world.h"

namespace concord::sim {
namespace {

// Tells a checker all that happens, and remembers the lists on their way for the brute force.
class Observed final : public Watcher {
 public:
  explicit Observed(const WorldOptions& options) : world(options, *this) {}

  World world;
  std::optional<RingChecker> checker;
  std::function<void()> after_event = [] {};

  std::string BruteForce(bool began_large, std::size_t& principals) const {
    std::vector<std::vector<Entry>> lists;
    std::vector<Pointers> members;
    std::vector<FlyingList> flying;
    const TrueRing ring = TrueRing::Of(world);
    lists.reserve(ring.size() + flying_.size());
    for (std::size_t i = 0; i < ring.size(); ++i) {
      const core::Member& member = world.member(ring.at(i));
      lists.push_back(Entries(member.successors().servers()));
      members.push_back({member.self().id, member.predecessor().id, lists.back()});
    }
    for (const auto& [call, list] : flying_) {
      lists.push_back(Entries(list.second));
      flying.push_back({world.server(list.first).id, lists.back()});
    }
    RingPicture picture{.space = world.space(),
                        .successor_count = world.options().member.successor_count,
                        .began_large = began_large,
                        .members = members,
                        .flying = flying};
    principals = Principals(picture);
    return BrokenRingInvariant(picture);
  }

 private:
  std::vector<Entry> Entries(const std::vector<Server>& servers) const {
    std::vector<Entry> entries;
    for (const Server& server : servers) {
      const std::optional<HostId> host = world.HostAt(server.address);
      entries.push_back({server.id, host && world.up(*host) && world.member(*host).joined()});
    }
    return entries;
  }

  void OnRouting(HostId host, const core::RoutingTable* table) override {
    if (checker) checker->OnRouting(host, table);
  }
  bool WatchesLists() const override { return true; }
  void OnListSent(std::uint32_t call, HostId reader, const core::SuccessorList& list) override {
    flying_[call] = {reader, list.servers()};
    checker->OnListSent(call, reader, list);
  }
  void OnListGone(std::uint32_t call) override {
    flying_.erase(call);
    checker->OnListGone(call);
  }
  void OnDone(HostId) override { after_event(); }

  std::map<std::uint32_t, std::pair<HostId, std::vector<Server>>> flying_;
};

// A ring with joins, failures and restarts; the two agree after every event.
void Compare(std::uint64_t seed, bool harsh, std::size_t& broken) {
  Prng prng(seed);
  WorldOptions options;
  options.seed = seed;
  options.member.space = core::IdSpace(6);
  options.member.successor_count = 1 + prng.Below(3);
  options.network.loss = 10'000;
  options.network.perfect_detector = !harsh;
  Observed observed(options);
  World& world = observed.world;
  constexpr std::size_t kHosts = 14;
  std::vector<HostId> first;
  for (HostId host = 0; host < kHosts; ++host) {
    world.AddHost(absl::StrCat("n", host));
    if (host < options.member.successor_count + 3) first.push_back(host);
  }
  PlaceIdealRing(world, first);
  observed.checker.emplace(world, true);
  for (const HostId host : first) observed.checker->OnRouting(host, world.routing(host));
  observed.after_event = [&] {
    std::size_t principals = 0;
    const std::string brute_force = observed.BruteForce(true, principals);
    ASSERT_EQ(observed.checker->principals(), principals);
    observed.checker->Check();
    // Of what it finds only the two invariants are found event by event; the rest follows.
    if (observed.checker->violation().empty()) {
      ASSERT_EQ(brute_force, "");
    }
    if (!brute_force.empty()) ++broken;
  };
  for (int step = 0; step < 60 && !testing::Test::HasFatalFailure(); ++step) {
    const auto host = static_cast<HostId>(prng.Below(kHosts));
    if (!world.up(host)) {
      if (prng.OneIn(2)) world.Move(host);
      world.Restart(host);
      world.Join(host, {static_cast<HostId>(prng.Below(kHosts))}, absl::Seconds(5));
    } else if (!world.member(host).joined()) {
      world.Join(host, {static_cast<HostId>(prng.Below(kHosts))}, absl::Seconds(5));
    } else if (harsh || observed.checker->MayFail(host)) {
      world.Crash(host, prng.OneIn(2));
    }
    world.RunFor(absl::Milliseconds(prng.Below(1500)));
  }
}

TEST(RingChecker, AgreesWithBruteForceWithinTheProof) {
  std::size_t broken = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    Compare(seed, /*harsh=*/false, broken);
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_EQ(broken, 0u);
}

TEST(RingChecker, AgreesWithBruteForceWhereInvariantsBreak) {
  std::size_t broken = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    Compare(seed, /*harsh=*/true, broken);
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(broken, 100u);
}

}  // namespace
}  // namespace concord::sim
