#include "sim/network.h"

#include <gtest/gtest.h>

namespace concord::sim {
namespace {

using Latency = NetworkOptions::Latency;

constexpr Nanos kMillisecond = 1'000'000;

NetworkOptions Plain() {
  NetworkOptions options;
  options.distribution = Latency::kConstant;
  options.latency = absl::Milliseconds(5);
  return options;
}

TEST(Network, DeliversAfterItsLatency) {
  Network network(1, Plain());
  const Network::Fate fate = network.Send(0, 1, 1000);
  EXPECT_EQ(fate.first, 1000 + 5 * kMillisecond);
  EXPECT_EQ(fate.second, kNever);
}

TEST(Network, IsSlowerWhileItIsDelayed) {
  Network network(1, Plain());
  network.SetDelay(absl::Seconds(2));
  EXPECT_EQ(network.Send(0, 1, 0).first, 2005 * kMillisecond);
  network.Heal();
  EXPECT_EQ(network.Send(0, 1, 0).first, 5 * kMillisecond);
}

TEST(Network, DelayNeverMakesAPerfectDetectorWrong) {
  NetworkOptions options = Plain();
  options.perfect_detector = true;
  Network network(1, options);
  network.SetDelay(absl::Seconds(2));
  EXPECT_EQ(network.Send(0, 1, 0).first, ToNanos(options.slowest));
}

TEST(Network, KeepsADistanceForEachPairInBothDirections) {
  NetworkOptions options = Plain();
  options.pair_spread = absl::Milliseconds(50);
  Network network(1, options);
  const Nanos there = network.Send(0, 1, 0).first;
  EXPECT_EQ(network.Send(0, 1, 0).first, there);
  EXPECT_EQ(network.Send(1, 0, 0).first, there);
  EXPECT_NE(network.Send(0, 2, 0).first, there);
}

TEST(Network, LosesAndDoublesAboutAsOftenAsItIsTold) {
  NetworkOptions options = Plain();
  options.loss = 100'000;
  options.duplicate = 200'000;
  options.distribution = Latency::kExponential;
  Network network(1, options);
  int lost = 0, doubled = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Network::Fate fate = network.Send(0, 1, 0);
    lost += fate.first == kNever ? 1 : 0;
    doubled += fate.second != kNever ? 1 : 0;
    EXPECT_LE(fate.first, fate.second);
  }
  EXPECT_NEAR(lost, 1000, 150);
  EXPECT_NEAR(doubled, 1800, 200);
}

TEST(Network, LosesNoTwoCallsInARowWhereDetectionIsPerfect) {
  NetworkOptions options = Plain();
  options.loss = 900'000;
  options.perfect_detector = true;
  Network network(1, options);
  while (network.Send(0, 1, 0).first != kNever) {
  }
  for (int i = 0; i < 100; ++i) {
    EXPECT_NE(network.Send(0, 1, i).first, kNever);
    EXPECT_NE(network.Send(1, 0, i).first, kNever) << "nor the answer";
  }
}

TEST(Network, ReordersByHoldingSomeMessagesBack) {
  NetworkOptions options = Plain();
  options.reorder = 500'000;
  Network network(1, options);
  int overtaken = 0;
  Nanos last = 0;
  for (int i = 0; i < 100; ++i) {
    const Nanos at = network.Send(0, 1, i).first;
    overtaken += at < last ? 1 : 0;
    last = at;
  }
  EXPECT_GT(overtaken, 10);
}

TEST(Network, APartitionSeparatesItsSidesUntilItEnds) {
  Network network(1, Plain());
  network.Partition({0, 0, 1, 1}, /*one_way=*/false);
  EXPECT_TRUE(network.Connected(0, 1));
  EXPECT_TRUE(network.Connected(2, 3));
  EXPECT_FALSE(network.Connected(0, 2));
  EXPECT_FALSE(network.Connected(2, 0));
  EXPECT_EQ(network.Send(0, 2, 0).first, kNever);
  network.Reconnect();
  EXPECT_TRUE(network.Connected(0, 2));
}

TEST(Network, APartitionMayLetOneDirectionThrough) {
  Network network(1, Plain());
  network.Partition({0, 1}, /*one_way=*/true);
  EXPECT_FALSE(network.Connected(0, 1));
  EXPECT_TRUE(network.Connected(1, 0));
}

// Two hosts that do not reach each other though a third reaches both.
TEST(Network, BrokenLinksAreNotTransitive) {
  Network network(1, Plain());
  network.BreakLinks(200'000, 7);
  int broken = 0, around = 0;
  for (HostId a = 0; a < 30; ++a) {
    for (HostId b = a + 1; b < 30; ++b) {
      EXPECT_EQ(network.Connected(a, b), network.Connected(b, a));
      if (network.Connected(a, b)) continue;
      ++broken;
      for (HostId c = 0; c < 30; ++c) {
        if (c == a || c == b || !network.Connected(a, c) || !network.Connected(c, b)) continue;
        ++around;
        break;
      }
    }
  }
  EXPECT_NEAR(broken, 87, 40);
  EXPECT_EQ(around, broken);
}

}  // namespace
}  // namespace concord::sim
