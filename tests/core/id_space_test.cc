// The arithmetic of the circle, against somebody who walks it step by step.
#include "core/id_space.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "concord/types.h"

namespace concord::core {
namespace {

// A circle of `size` points on which one can only go one step clockwise.
struct Walker {
  Id size;

  Id Step(Id at) const { return at + 1 == size ? 0 : at + 1; }

  Id Distance(Id from, Id to) const {
    Id steps = 0;
    for (; from != to; from = Step(from)) ++steps;
    return steps;
  }

  // The identifiers met walking clockwise from a to b, b included.
  bool InArc(Id a, Id x, Id b) const {
    do {
      a = Step(a);
      if (a == x) return true;
    } while (a != b);
    return false;
  }

  // x strictly inside the arc from a to b; when a = b, every x but a.
  bool Between(Id a, Id x, Id b) const {
    for (a = Step(a); a != b; a = Step(a)) {
      if (a == x) return true;
    }
    return false;
  }
};

class EveryPointOf : public testing::TestWithParam<unsigned> {
 protected:
  const unsigned bits = GetParam();
  const IdSpace space{bits};
  const Walker walker{Id{1} << bits};
};

TEST_P(EveryPointOf, DistanceIsTheNumberOfStepsClockwise) {
  for (Id a = 0; a < walker.size; ++a) {
    for (Id b = 0; b < walker.size; ++b) {
      EXPECT_EQ(space.Distance(a, b), walker.Distance(a, b)) << a << " to " << b;
    }
  }
}

TEST_P(EveryPointOf, InArcIsWhatAWalkMeetsTheEndIncluded) {
  for (Id a = 0; a < walker.size; ++a) {
    for (Id b = 0; b < walker.size; ++b) {
      for (Id x = 0; x < walker.size; ++x) {
        EXPECT_EQ(space.InArc(a, x, b), walker.InArc(a, x, b)) << a << " " << x << " " << b;
        EXPECT_EQ(Contains(Range{a, b}, x), walker.InArc(a, x, b)) << a << " " << x << " " << b;
      }
    }
  }
}

TEST_P(EveryPointOf, BetweenIsWhatAWalkMeetsBothEndsExcluded) {
  for (Id a = 0; a < walker.size; ++a) {
    for (Id b = 0; b < walker.size; ++b) {
      for (Id x = 0; x < walker.size; ++x) {
        EXPECT_EQ(space.Between(a, x, b), walker.Between(a, x, b)) << a << " " << x << " " << b;
      }
    }
  }
}

TEST_P(EveryPointOf, PowerStepWalksAPowerOfTwo) {
  for (Id from = 0; from < walker.size; ++from) {
    for (unsigned step = 0; step < bits; ++step) {
      Id at = from;
      for (Id i = 0; i < Id{1} << step; ++i) at = walker.Step(at);
      EXPECT_EQ(space.PowerStep(from, step), at) << from << " + 2^" << step;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Circle, EveryPointOf, testing::Range(1u, 6u),
                         [](const auto& info) { return std::to_string(info.param) + "Bits"; });

class EveryWidth : public testing::TestWithParam<unsigned> {
 protected:
  const unsigned bits = GetParam();
  const IdSpace space{bits};
  const Id last = bits == 64 ? ~Id{0} : (Id{1} << bits) - 1;
  const Id half = Id{1} << (bits - 1);
};

TEST_P(EveryWidth, HasThePointsUpToTheLast) {
  EXPECT_EQ(space.bits(), bits);
  EXPECT_TRUE(space.Has(0));
  EXPECT_TRUE(space.Has(half));
  EXPECT_TRUE(space.Has(last));
  EXPECT_EQ(space.Has(~Id{0}), bits == 64);
  EXPECT_EQ(space.Has(last + 1), bits == 64);  // 0 again on 64 bits
}

TEST_P(EveryWidth, MaskKeepsTheLowBits) {
  EXPECT_EQ(space.Mask(~Id{0}), last);
  EXPECT_EQ(space.Mask(half), half);
  EXPECT_EQ(space.Mask(0), 0u);
  EXPECT_EQ(space.Mask(last + 1), 0u);
  EXPECT_EQ(space.Mask(0xfedcba9876543210), 0xfedcba9876543210 & last);
}

TEST_P(EveryWidth, DistanceThereAndBackIsOnceRound) {
  EXPECT_EQ(space.Distance(last, 0), 1u);
  EXPECT_EQ(space.Distance(0, last), last);
  EXPECT_EQ(space.Distance(0, half), half);
  EXPECT_EQ(space.Distance(half, 0), half);
  EXPECT_EQ(space.Distance(last, last), 0u);
  // The whole circle is one more than the last point, and so 0 on 64 bits as on all others.
  EXPECT_EQ(space.Mask(space.Distance(half, last) + space.Distance(last, half)), 0u);
}

TEST_P(EveryWidth, PowerStepPassesZero) {
  EXPECT_EQ(space.PowerStep(last, 0), 0u);
  EXPECT_EQ(space.PowerStep(last, bits - 1), half - 1);
  EXPECT_EQ(space.PowerStep(space.PowerStep(last, bits - 1), bits - 1), last);
}

INSTANTIATE_TEST_SUITE_P(Circle, EveryWidth, testing::Range(1u, 65u),
                         [](const auto& info) { return std::to_string(info.param) + "Bits"; });

// On 64 bits nothing may overflow. The oracle only compares; it never subtracts.
TEST(Circle64Bits, ArcsHoldAtTheEdges) {
  const IdSpace space(64);
  const Id half = Id{1} << 63, last = ~Id{0};
  const std::vector<Id> edges = {0, 1, 2, half - 1, half, half + 1, last - 1, last};
  for (Id a : edges) {
    for (Id b : edges) {
      for (Id x : edges) {
        const bool strictly = a < b ? (a < x && x < b) : a == b ? x != a : (x > a || x < b);
        EXPECT_EQ(space.Between(a, x, b), strictly) << a << " " << x << " " << b;
        EXPECT_EQ(space.InArc(a, x, b), strictly || x == b) << a << " " << x << " " << b;
        EXPECT_EQ(Contains(Range{a, b}, x), strictly || x == b) << a << " " << x << " " << b;
      }
    }
  }
}

}  // namespace
}  // namespace concord::core
