// A lookup in flight: one next hop after the other, until one answers.
#include "runtime/lookup_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "arrivals.h"
#include "core/finger_table.h"
#include "core/lookup.h"
#include "core/routing_table.h"
#include "core/successor_list.h"
#include "raw_wire.h"
#include "runtime/codec.h"
#include "sockets.h"
#include "station.h"

namespace concord::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr core::IdSpace kSpace{8};

// We are 10 and own (5, 10]; we know the successors 20, 40 and 60. So the way to 50 leads over 40,
// or else over 20.
class LookupCallTest : public ::testing::Test {
 protected:
  std::shared_ptr<const core::RoutingTable> Table() const {
    const core::SuccessorList successors(kSpace, 10, 8, At(20, near_), {At(40, nearest_), At(60)});
    return std::make_shared<core::RoutingTable>(kSpace, At(10), At(5), successors,
                                                core::FingerTable(kSpace, 10));
  }

  absl::StatusOr<FindResponse> Run(core::Lookup lookup,
                                   absl::Time deadline = absl::Now() + absl::Seconds(50)) {
    Arrivals<absl::StatusOr<FindResponse>> came;
    RunLookup(station_.peers(), suspect_, std::move(lookup), deadline,
              [&](absl::StatusOr<FindResponse> response) { came.Put(std::move(response)); });
    absl::StatusOr<FindResponse> response = came.Take();
    EXPECT_EQ(came.put(), 1u);
    return response;
  }
  absl::StatusOr<FindResponse> RunFor(Id id) { return Run(core::Lookup(Table(), {id, 0})); }

  std::vector<Id> suspects() {
    std::vector<Id> ids;
    for (std::size_t i = suspects_.put() - taken_; i > 0; --i, ++taken_) {
      ids.push_back(suspects_.Take().id);
    }
    return ids;
  }

  FakeRing near_ring_, nearest_ring_;
  Station near_station_{near_ring_}, nearest_station_{nearest_ring_};
  std::string near_ = near_station_.address(), nearest_ = nearest_station_.address();
  Station station_;

 private:
  Arrivals<Server> suspects_;
  std::size_t taken_ = 0;
  const OnSuspect suspect_ = [this](const Server& server, core::Failure) { suspects_.Put(server); };
};

// --- Without a call ---

TEST_F(LookupCallTest, AnswersAtOnceWhatTheTableKnows) {
  EXPECT_EQ(RunFor(10)->owner, At(10));
  EXPECT_EQ(RunFor(6)->owner, At(10));
  const FindResponse successor = RunFor(20).value();
  EXPECT_EQ(successor.owner, At(20, near_));
  EXPECT_EQ(successor.hops, 0u);
  EXPECT_EQ(near_ring_.calls() + nearest_ring_.calls(), 0);
}

TEST_F(LookupCallTest, AnswersWhatItKnowsEvenAtTheEndOfTheHopBudgetOrOfTime) {
  EXPECT_TRUE(Run(core::Lookup(Table(), {20, core::kMaxHops})).ok());
  EXPECT_TRUE(Run(core::Lookup(Table(), {20, 0}), absl::InfinitePast()).ok());
}

TEST_F(LookupCallTest, IsGivenUpWhenTheHopBudgetIsUsedUp) {
  const absl::Status status = Run(core::Lookup(Table(), {50, core::kMaxHops})).status();
  EXPECT_EQ(status,
            absl::OutOfRangeError("lookup: forwarded 128 times without reaching the owner"));
  EXPECT_EQ(nearest_ring_.calls(), 0);
}

TEST_F(LookupCallTest, IsNotForwardedAfterItsDeadline) {
  EXPECT_EQ(Run(core::Lookup(Table(), {50, 0}), absl::Now()).status(),
            absl::DeadlineExceededError("lookup: nobody answered before the deadline"));
  EXPECT_EQ(nearest_ring_.calls(), 0);
}

TEST_F(LookupCallTest, SaysSoWhenNobodyNearerIsKnown) {
  const auto table = std::make_shared<core::RoutingTable>(
      kSpace, At(10), At(5), core::SuccessorList(), core::FingerTable(kSpace, 10));
  EXPECT_EQ(Run(core::Lookup(table, {50, 0})).status(),
            absl::UnavailableError("lookup: no server nearer to the key is known yet"));
}

// --- One call ---

TEST_F(LookupCallTest, AsksTheNearestFirst) {
  Arrivals<FindRequest> asked;
  nearest_ring_.SetFind(
      [&](const FindRequest& request, absl::Time, RingHandler::FindAnswer answer) {
        asked.Put(request);
        answer(FindResponse{.owner = At(60), .hops = 3});
      });
  const FindResponse response = Run(core::Lookup(Table(), {50, 6})).value();
  EXPECT_EQ(response.owner, At(60));
  EXPECT_EQ(response.hops, 4u);  // ours, and the three behind it
  const FindRequest request = asked.Take();
  EXPECT_EQ(request.id, 50u);
  EXPECT_EQ(request.hops, 7u);
  EXPECT_EQ(near_ring_.calls(), 0);
  EXPECT_THAT(suspects(), IsEmpty());
}

// --- Next hops that do not answer ---

TEST_F(LookupCallTest, TellsTheNextWhoDidNotAnswer) {
  nearest_station_.Stop();
  Arrivals<FindRequest> asked;
  near_ring_.SetFind([&](const FindRequest& request, absl::Time, RingHandler::FindAnswer answer) {
    asked.Put(request);
    answer(FindResponse{.owner = At(60), .hops = 0});
  });
  ASSERT_TRUE(RunFor(50).ok());
  EXPECT_THAT(asked.Take().unanswered,
              ElementsAre(core::DigestOf(At(40, nearest_station_.address()))));
}

TEST_F(LookupCallTest, TriesTheNextBestWhenOneIsGone) {
  nearest_station_.Stop();
  EXPECT_EQ(RunFor(50)->owner, near_ring_.self());
  EXPECT_EQ(near_ring_.finds(), 1);
  EXPECT_THAT(suspects(), ElementsAre(40));
}

TEST_F(LookupCallTest, TriesTheNextBestWhenOneIsNoMember) {
  nearest_ring_.AnswerFind(absl::UnavailableError("this node is not a member of a ring"));
  EXPECT_EQ(RunFor(50)->owner, near_ring_.self());
  EXPECT_THAT(suspects(), ElementsAre(40));
}

TEST_F(LookupCallTest, TriesTheNextBestWhenAnAnswerIsNotWellFormed) {
  const RawServer garbage([](const std::string&, const std::string&) {
    return RawAnswer{.status = {}, .bytes = "garbage"};
  });
  nearest_ = garbage.address();
  EXPECT_EQ(RunFor(50)->owner, near_ring_.self());
  EXPECT_THAT(suspects(), ElementsAre(40));
}

TEST_F(LookupCallTest, TriesTheNextBestWhenAnAnswerIsHuge) {
  const RawServer huge([](const std::string&, const std::string&) {
    return RawAnswer{.status = {}, .bytes = std::string((1 << 20) + 1, 'x')};
  });
  nearest_ = huge.address();
  const auto response = RunFor(50);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->owner, near_ring_.self());
}

TEST_F(LookupCallTest, TriesTheNextBestWhenOneIsSilentForHalfOfTheTime) {
  SilentPort silent;
  nearest_ = silent.address();
  const absl::Time start = absl::Now();
  const auto response = Run(core::Lookup(Table(), {50, 0}), start + absl::Milliseconds(1500));
  // (On a machine that stalls for so long that the rest was not enough, this says nothing.)
  if (absl::Now() < start + absl::Milliseconds(1400)) {
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->owner, near_ring_.self());
  }
  EXPECT_GE(absl::Now(), start + absl::Milliseconds(740));
  EXPECT_THAT(suspects(), ElementsAre(40));
}

TEST_F(LookupCallTest, GivesTheLastOneAllOfTheTimeThatIsLeft) {
  Arrivals<absl::Time> deadlines;
  const auto refuse = [&](const FindRequest&, absl::Time deadline, RingHandler::FindAnswer answer) {
    deadlines.Put(deadline);
    answer(absl::AbortedError("those behind me are silent"));
  };
  nearest_ring_.SetFind(refuse);
  near_ring_.SetFind(refuse);
  const absl::Time start = absl::Now();
  EXPECT_FALSE(Run(core::Lookup(Table(), {50, 0}), start + absl::Hours(1)).ok());
  EXPECT_LT(deadlines.Take(), start + absl::Minutes(45));
  EXPECT_GT(deadlines.Take(), start + absl::Minutes(45));
}

TEST_F(LookupCallTest, DoesNotSuspectOneThatOnlyCouldNotGetFurther) {
  nearest_ring_.AnswerFind(absl::AbortedError("those behind me are silent"));
  EXPECT_EQ(RunFor(50)->owner, near_ring_.self());
  EXPECT_THAT(suspects(), IsEmpty());
}

TEST_F(LookupCallTest, DoesNotSuspectOneThatIsTooBusy) {
  nearest_ring_.AnswerFind(absl::ResourceExhaustedError("busy with 1000 such calls"));
  EXPECT_EQ(RunFor(50)->owner, near_ring_.self());
  EXPECT_THAT(suspects(), IsEmpty());
}

// Somebody of the Go library, whose arcs have no ends.
TEST_F(LookupCallTest, AsksWhoIsNextWhenSomebodyBeforeTheKeyIsNamed) {
  const Server owner = At(50), before = At(40, nearest_);
  nearest_ring_.AnswerFind(FindResponse{.owner = before, .hops = 1});
  nearest_ring_.SetRing([=](RingHandler::RingAnswer answer) {
    answer(core::RingView{.predecessor = before, .successors = {before, before, owner}});
  });
  const auto response = RunFor(50);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->owner, owner);
  EXPECT_EQ(response->hops, 3u);
}

TEST_F(LookupCallTest, BelievesWhoIsNamedWhenNobodyIsNext) {
  nearest_ring_.AnswerFind(FindResponse{.owner = At(40, nearest_)});
  nearest_ring_.SetRing([self = At(40, nearest_)](RingHandler::RingAnswer answer) {
    answer(core::RingView{.predecessor = self, .successors = {self}});
  });
  const auto response = RunFor(50);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->owner, At(40, nearest_));
}

TEST_F(LookupCallTest, EndsWhenTheHopBudgetIsUsedUpBehindUs) {
  nearest_ring_.AnswerFind(absl::OutOfRangeError("lookup: forwarded 128 times"));
  EXPECT_EQ(RunFor(50).status(), absl::OutOfRangeError("lookup: forwarded 128 times"));
  EXPECT_EQ(near_ring_.calls(), 0);
  EXPECT_THAT(suspects(), IsEmpty());
}

// A node that is being stopped cancels the calls it has forwarded, and its callers hear of that.
// They were not stopped themselves.
TEST_F(LookupCallTest, TriesTheNextBestWhenOneIsBeingStopped) {
  nearest_ring_.AnswerFind(absl::CancelledError("the node was stopped"));
  const auto response = RunFor(50);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->owner, near_ring_.self());
}

TEST_F(LookupCallTest, NamesTheLastReasonWhenNobodyAnswered) {
  nearest_ring_.AnswerFind(absl::UnavailableError("the first reason"));
  near_ring_.AnswerFind(absl::UnavailableError("the last reason"));
  EXPECT_EQ(RunFor(70).status(),
            absl::UnavailableError("lookup: no server nearer to the key answered; the last said: "
                                   "the last reason"));
  EXPECT_THAT(suspects(), ElementsAre(60, 40, 20));
}

TEST_F(LookupCallTest, IsOutOfTimeWhenTheLastOneIsSilent) {
  SilentPort silent;
  nearest_ = near_ = silent.address();
  EXPECT_EQ(Run(core::Lookup(Table(), {70, 0}), absl::Now() + absl::Milliseconds(100)).status(),
            absl::DeadlineExceededError("lookup: nobody answered before the deadline"));
}

// --- When nobody before the key answers, and our list of successors goes on behind it ---

TEST_F(LookupCallTest, IsAnsweredByTheListWhenAllBeforeTheKeyAreGone) {
  nearest_station_.Stop();
  near_station_.Stop();
  const auto response = RunFor(50);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->owner, At(60));
  EXPECT_EQ(response->hops, 0u);
  EXPECT_THAT(suspects(), ElementsAre(40, 20));
}

TEST_F(LookupCallTest, IsNotAnsweredByTheListWhenOneOfThemIsAlive) {
  nearest_ring_.AnswerFind(absl::AbortedError("those behind me are silent"));
  near_station_.Stop();
  EXPECT_EQ(RunFor(50).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(LookupCallTest, LeavesTimeToAnswerByTheList) {
  SilentPort silent;
  nearest_ = near_ = silent.address();
  const absl::Time deadline = absl::Now() + absl::Milliseconds(1600);
  const auto response = Run(core::Lookup(Table(), {50, 0}), deadline);
  // (On a machine that stalls for so long that the rest was not enough, this says nothing.)
  if (absl::Now() < deadline) {
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->owner, At(60));
  }
}

// --- Our own stop ---

TEST_F(LookupCallTest, IsCancelledByOurOwnStop) {
  Arrivals<RingHandler::FindAnswer> open;
  nearest_ring_.SetFind([&](const FindRequest&, absl::Time, RingHandler::FindAnswer answer) {
    open.Put(std::move(answer));
  });
  Arrivals<absl::Status> came;
  const OnSuspect suspect = [](const Server&, core::Failure) {};
  RunLookup(station_.peers(), suspect, core::Lookup(Table(), {50, 0}),
            absl::Now() + absl::Seconds(50),
            [&](absl::StatusOr<FindResponse> response) { came.Put(response.status()); });
  RingHandler::FindAnswer answer = open.Take();
  station_.peers().Stop();
  EXPECT_EQ(came.Take().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(near_ring_.calls(), 0);
  answer(absl::CancelledError("too late"));
}

TEST_F(LookupCallTest, IsCancelledWhenItComesAfterOurStop) {
  station_.peers().Stop();
  EXPECT_EQ(RunFor(50).status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(RunFor(20).ok());  // what needs no call is answered
}

}  // namespace
}  // namespace concord::runtime
