// On the wire: which ring a call is meant for, which ring answers, and which life of a node.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "arrivals.h"
#include "runtime/codec.h"
#include "station.h"

namespace concord::runtime {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const core::RingIdentity kBlue{"blue", 64, 1};
const core::RingIdentity kRed{"red", 64, 1};

// A member of a ring, and somebody who calls it and means another, or the same.
class IdentityTest : public testing::Test {
 protected:
  void Meet(const core::RingIdentity& callers, const core::RingIdentity& members) {
    ring_.SetMeet([this](const core::Meeting&) { return core::Meeting{.from = ring_.self()}; });
    member_.emplace(ring_, Station::Options{.identity = members});
    caller_.emplace(Station::Options{.identity = callers, .incarnation = 77});
  }
  absl::Status Find() {
    Arrivals<absl::Status> came;
    caller_->peers().FindSuccessor(member_->address(), {.id = 1}, absl::Now() + absl::Seconds(50),
                                   [&](auto found) { came.Put(found.status()); });
    return came.Take();
  }
  absl::Status Notify() {
    Arrivals<absl::Status> came;
    caller_->peers().Notify(member_->address(), At(5), [&](auto status) { came.Put(status); });
    return came.Take();
  }
  absl::Status Leave() {
    Arrivals<absl::Status> came;
    caller_->peers().Leave(member_->address(), {At(5), At(4), {At(7)}},
                           [&](auto ring) { came.Put(ring.status()); });
    return came.Take();
  }
  absl::Status Meet() {
    Arrivals<absl::Status> came;
    caller_->peers().Meet(member_->address(), {.from = At(5), .roster = 1, .complete = 2},
                          [&](auto meeting) { came.Put(meeting.status()); });
    return came.Take();
  }
  absl::Status GetRing() {
    Arrivals<absl::Status> came;
    caller_->peers().GetRing(member_->address(), [&](auto ring) { came.Put(ring.status()); });
    return came.Take();
  }

  FakeRing ring_;
  std::optional<Station> member_;
  std::optional<Station> caller_;
};

TEST_F(IdentityTest, CallersOfAnotherRingAreRefusedAndToldWhy) {
  Meet(kRed, kBlue);
  for (const absl::Status& status : {Find(), Notify(), Leave(), Meet()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(status.message(),
                AllOf(HasSubstr("its cluster_name is 'blue'"), HasSubstr("ours is 'red'")));
    EXPECT_EQ(ToFailure(status), core::Failure::kStranger);
  }
  EXPECT_EQ(ring_.calls(), 0);
}

TEST_F(IdentityTest, AnAnswerFromAnotherRingIsNone) {
  Meet(kRed, kBlue);
  const absl::Status status = GetRing();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("its cluster_name is 'blue'"), HasSubstr("ours is 'red'")));
}

TEST_F(IdentityTest, MembersOfOneRingUnderstandEachOther) {
  Meet(kBlue, kBlue);
  for (const absl::Status& status : {Find(), Notify(), Leave(), Meet(), GetRing()}) {
    EXPECT_TRUE(status.ok()) << status;
  }
}

TEST_F(IdentityTest, ThoseWhoDoNotSayAreLetIn) {
  for (const auto& [callers, members] :
       {std::pair(kBlue, core::RingIdentity()), std::pair(core::RingIdentity(), kBlue)}) {
    Meet(callers, members);
    for (const absl::Status& status : {Find(), Notify(), Leave(), Meet(), GetRing()}) {
      EXPECT_TRUE(status.ok()) << status;
    }
    caller_.reset();
  }
}

TEST_F(IdentityTest, ANotificationTellsTheIncarnation) {
  Meet(kBlue, kBlue);
  EXPECT_TRUE(Notify().ok());
  EXPECT_EQ(ring_.last_incarnation(), 77u);
}

TEST(Identity, KeepsItsValuesOnTheWay) {
  const core::RingIdentity odd{std::string("\0\xff", 2), 1, ~0ull};
  const auto read = FromWire(ToWire(odd));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, odd);
}

TEST(Identity, OutOfItsLimitsIsInvalid) {
  const auto error = [](const core::RingIdentity& identity) {
    return FromWire(ToWire(identity)).status();
  };
  EXPECT_TRUE(error({std::string(255, 'c'), 64, 1}).ok());
  for (const absl::Status& status :
       {error({std::string(256, 'c'), 64, 1}), error({"c", 0, 1}), error({"c", 65, 1})}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  }
  EXPECT_THAT(error({std::string(256, 'c'), 64, 1}).message(), HasSubstr("256 bytes"));
  EXPECT_THAT(error({"c", 65, 1}).message(), HasSubstr("65"));
}

}  // namespace
}  // namespace concord::runtime
