// What the campaign is made of and judged by: no processes, no network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "crawler.h"
#include "faults.h"
#include "judge.h"
#include "report.h"
#include "resources.h"
#include "schedule.h"
#include "statistics.h"

namespace concord::chaos {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

absl::Time At(double seconds) { return absl::UnixEpoch() + absl::Seconds(seconds); }

Server Named(Id id) {
  return {id, "n" + std::to_string(id), "10.77.1." + std::to_string(id) + ":7000"};
}

// --- Schedule ---

Schedule::Options ScheduleOptions(std::uint64_t seed) {
  return {seed, *ParseFaults("", true), 16, 3, absl::Seconds(1), absl::Seconds(60)};
}

std::vector<std::string> Told(std::uint64_t seed, int episodes) {
  Schedule schedule(ScheduleOptions(seed));
  std::vector<std::string> told;
  for (int i = 0; i < episodes; ++i) told.push_back(ToText(schedule.Next()));
  return told;
}

TEST(Schedule, FollowsFromItsSeed) {
  EXPECT_EQ(Told(7, 50), Told(7, 50));
  EXPECT_NE(Told(7, 50), Told(8, 50));
}

TEST(Schedule, HasEveryClassOnceARound) {
  Schedule schedule(ScheduleOptions(3));
  std::set<Fault> first, second;
  for (std::size_t i = 0; i < kFaults; ++i) first.insert(schedule.Next().fault);
  for (std::size_t i = 0; i < kFaults - 1; ++i) second.insert(schedule.Next().fault);
  EXPECT_THAT(first, SizeIs(kFaults));
  EXPECT_EQ(schedule.round(), 2);
  EXPECT_THAT(second, AllOf(SizeIs(kFaults - 1), Not(::testing::Contains(Fault::kFull))));
}

TEST(Schedule, KeepsItsLimits) {
  Schedule schedule(ScheduleOptions(5));
  for (int i = 0; i < 2000; ++i) {
    const Episode episode = schedule.Next();
    SCOPED_TRACE(ToText(episode));
    if (episode.fault == Fault::kStop) {
      EXPECT_GE(episode.hold, absl::Seconds(1));
      EXPECT_LE(episode.hold, absl::Seconds(60));
    }
    if (episode.fault == Fault::kKill) {
      EXPECT_GE(episode.count, 1);
      EXPECT_LE(episode.count, 2);
    }
  }
}

TEST(PickNeighbours, TakesThoseSideBySideThatMayDie) {
  const std::vector<bool> may_die = {true, false, true, false, false, true};
  for (std::uint64_t draw = 0; draw < 20; ++draw) {
    EXPECT_THAT(PickNeighbours(may_die, 2, draw), ElementsAre(5, 0));
  }
}

TEST(PickNeighbours, TakesFewerWhenThereAreNotSoManySideBySide) {
  EXPECT_THAT(PickNeighbours({true, false, false}, 2, 1), ElementsAre(0));
  EXPECT_THAT(PickNeighbours({false, false}, 2, 1), IsEmpty());
}

TEST(PickSides, LeavesNoSideEmpty) {
  for (std::uint64_t draw = 0; draw < 200; ++draw) {
    const std::vector<std::size_t> side_of = PickSides(6, 3, draw);
    EXPECT_THAT(std::set<std::size_t>(side_of.begin(), side_of.end()), SizeIs(3)) << draw;
  }
}

// --- Classes of fault ---

TEST(Faults, AreListedInTheirOrder) {
  ASSERT_THAT(AllFaults(), SizeIs(kFaults));
  for (std::size_t i = 0; i < kFaults; ++i) EXPECT_EQ(AllFaults()[i].fault, static_cast<Fault>(i));
}

TEST(Faults, AreNamed) {
  EXPECT_THAT(*ParseFaults("split2,kill", true), ElementsAre(Fault::kSplit2, Fault::kKill));
  EXPECT_THAT(ParseFaults("kill,flood", true).status().ToString(),
              AllOf(HasSubstr("'flood'"), HasSubstr("there are kill, stop")));
}

TEST(Faults, OfPacketsAreNotForLoopback) {
  EXPECT_THAT(*ParseFaults("kill,split2", false), ElementsAre(Fault::kKill));
  EXPECT_THAT(ParseFaults("split2", false).status().ToString(),
              HasSubstr("split2 need network namespaces"));
  EXPECT_THAT(*ParseFaults("", false), Not(::testing::Contains(Fault::kBlackHole)));
}

// --- Judge ---

// A ring of 10, 20 and 30 that is ideal from second 1 to second 2.
Judge IdealRing() {
  Judge judge;
  judge.SetTruth({example::Oracle({Named(10), Named(20), Named(30)})});
  judge.Crawled(At(0.9), At(1), true);
  judge.Crawled(At(2), At(2.1), true);
  return judge;
}

Sample Lookup(const Judge& judge, Id key, Id owner, double begin, double end) {
  Sample sample;
  sample.truth = judge.truth();
  sample.key = key;
  sample.begin = At(begin);
  sample.end = At(end);
  sample.owner = Named(owner);
  return sample;
}

TEST(Judge, KnowsTheOwnerInAnIdealRing) {
  const Judge judge = IdealRing();
  EXPECT_EQ(judge.Of(Lookup(judge, 15, 20, 1.2, 1.3)), Verdict::kRight);
  EXPECT_EQ(judge.Of(Lookup(judge, 15, 30, 1.2, 1.3)), Verdict::kWrong);
  EXPECT_EQ(judge.Of(Lookup(judge, 31, 10, 1.2, 1.3)), Verdict::kRight);
}

TEST(Judge, TakesAnotherAddressForAnotherOwner) {
  const Judge judge = IdealRing();
  Sample sample = Lookup(judge, 15, 20, 1.2, 1.3);
  sample.owner->address = "10.77.1.99:7000";
  EXPECT_EQ(judge.Of(sample), Verdict::kWrong);
}

TEST(Judge, DoesNotJudgeWhatBeganBeforeOrEndsAfter) {
  const Judge judge = IdealRing();
  EXPECT_EQ(judge.Of(Lookup(judge, 15, 30, 0.95, 1.3)), Verdict::kMoving);
  EXPECT_EQ(judge.Of(Lookup(judge, 15, 30, 1.9, 2.05)), Verdict::kMoving);
  EXPECT_TRUE(judge.Waits(Lookup(judge, 15, 30, 1.9, 2.05)));
}

TEST(Judge, DoesNotJudgeByAnotherTruth) {
  Judge judge = IdealRing();
  const Sample before = Lookup(judge, 15, 30, 1.2, 1.3);
  judge.SetTruth({example::Oracle({Named(10), Named(20)})});
  judge.Crawled(At(1), At(1.1), true);
  judge.Crawled(At(3), At(3.1), true);
  EXPECT_EQ(judge.Of(before), Verdict::kMoving);
  EXPECT_FALSE(judge.Waits(before));
}

TEST(Judge, BeginsAgainAfterACrawlThatWasNotIdeal) {
  Judge judge = IdealRing();
  judge.Crawled(At(2.2), At(2.3), false);
  EXPECT_FALSE(judge.ideal_since());
  judge.Crawled(At(2.4), At(2.5), true);
  EXPECT_EQ(judge.Of(Lookup(judge, 15, 30, 1.2, 1.3)), Verdict::kMoving);
  EXPECT_EQ(judge.ideal_since(), At(2.5));
}

TEST(Judge, GoesByTheSideThatWasAsked) {
  Judge judge;
  judge.SetTruth({example::Oracle({Named(10)}), example::Oracle({Named(20)})});
  judge.Crawled(At(0.9), At(1), true);
  judge.Crawled(At(2), At(2.1), true);
  Sample sample = Lookup(judge, 15, 20, 1.2, 1.3);
  EXPECT_EQ(judge.Of(sample), Verdict::kWrong);
  sample.side = 1;
  EXPECT_EQ(judge.Of(sample), Verdict::kRight);
}

TEST(Judge, CountsNoAnswerAsFailed) {
  const Judge judge = IdealRing();
  Sample sample = Lookup(judge, 15, 20, 1.2, 1.3);
  sample.owner.reset();
  EXPECT_EQ(judge.Of(sample), Verdict::kFailed);
  EXPECT_FALSE(judge.Waits(sample));
}

TEST(Crawler, TellsWhatAMemberShouldHaveSaid) {
  const example::Neighbours truth{Named(30), {Named(20), Named(30)}};
  EXPECT_THAT(WhatIsWrong(Named(10), truth, truth), IsEmpty());
  EXPECT_THAT(WhatIsWrong(Named(10), example::Neighbours{Named(20), {Named(20)}}, truth),
              AllOf(HasSubstr("n10 says n20"), HasSubstr("not n30")));
  EXPECT_THAT(WhatIsWrong(Named(10), absl::UnavailableError("silence"), truth),
              HasSubstr("silence"));
}

// --- Figures ---

TEST(Percentile, IsASampleThatSoManyDoNotExceed) {
  EXPECT_EQ(Percentile({}, 0.5), 0);
  EXPECT_EQ(Percentile({3, 1, 2}, 0.5), 2);
  EXPECT_EQ(Percentile({3, 1, 2}, 1), 3);
  EXPECT_EQ(Percentile({4, 3, 1, 2}, 0), 1);
}

TEST(Resources, AreThoseOfAProcess) {
  const std::optional<Held> held = HeldBy(getpid());
  ASSERT_TRUE(held);
  EXPECT_GT(held->memory_kib, 100);
  EXPECT_GE(held->threads, 1);
  EXPECT_GE(held->descriptors, 3);
  EXPECT_FALSE(HeldBy(-1));
}

TEST(Resources, ThatGrewAreNamed) {
  std::vector<Held> series(8, {20000, 12, 25});
  EXPECT_THAT(WhatGrew(DriftOf(series)), IsEmpty());
  series[6] = series[7] = {40000, 20, 90};
  EXPECT_THAT(WhatGrew(DriftOf(series)),
              ElementsAre(HasSubstr("from 20000 to 40000"), HasSubstr("threads"),
                          HasSubstr("descriptors")));
}

// --- Report ---

Report WithTally(std::optional<Fault> fault, const Tally& tally) {
  Report report;
  report.tallies[fault] = tally;
  return report;
}

TEST(Bars, HoldUpToTheirValue) {
  Tally tally;
  tally.tried = tally.answered = 1000;
  tally.strike_periods = {1, 5};
  EXPECT_THAT(BrokenBars(WithTally(Fault::kKill, tally), 1), IsEmpty());
  tally.strike_periods = {1, 5.1};
  EXPECT_THAT(BrokenBars(WithTally(Fault::kKill, tally), 1),
              ElementsAre(HasSubstr("kill: 5.1 periods")));
  EXPECT_THAT(BrokenBars(WithTally(Fault::kKill, tally), 2), IsEmpty());
}

TEST(Bars, BreakOnOneWrongAnswer) {
  Tally tally;
  tally.tried = 100000;
  tally.wrong = 1;
  EXPECT_THAT(BrokenBars(WithTally(std::nullopt, tally), 100),
              ElementsAre(HasSubstr("1 wrong answers")));
}

TEST(Bars, LetOneLookupInAThousandFail) {
  Tally tally;
  tally.tried = 1000;
  tally.failed = 1;
  EXPECT_THAT(BrokenBars(WithTally(Fault::kKill, tally), 1), IsEmpty());
  tally.failed = 2;
  EXPECT_THAT(BrokenBars(WithTally(Fault::kKill, tally), 1), ElementsAre(HasSubstr("2 of 1000")));
  EXPECT_THAT(BrokenBars(WithTally(Fault::kSplit2, tally), 1),
              ElementsAre(HasSubstr("no lookup was tried")));
}

TEST(Bars, BreakWhenALeaveIsNotInOrder) {
  Tally tally;
  tally.tried = 1;
  Report report = WithTally(Fault::kLeave, tally);
  EXPECT_THAT(BrokenBars(report, 1), IsEmpty());
  report.leaves_failed = 1;
  EXPECT_THAT(BrokenBars(report, 100), ElementsAre("1 leaves were not in order"));
}

TEST(Bars, BreakWhenTheRingNeverBecomesIdeal) {
  Tally tally;
  tally.tried = 1;
  tally.never_ideal = 1;
  EXPECT_THAT(BrokenBars(WithTally(Fault::kStorm, tally), 100),
              ElementsAre(HasSubstr("did not become")));
}

TEST(Tally, TakesTheTimesOfTheFaultAlone) {
  const Judge judge = IdealRing();
  Tally tally;
  Sample sample = Lookup(judge, 15, 20, 1.2, 1.3);
  tally.Count(sample, Verdict::kMoving);
  sample.over = true;
  tally.Count(sample, Verdict::kRight);
  EXPECT_EQ(tally.answered, 2);
  EXPECT_EQ(tally.judged, 1);
  EXPECT_THAT(tally.milliseconds, SizeIs(1));
}

TEST(Report, IsOneLineOfJson) {
  Report report = WithTally(Fault::kKill, {});
  report.oddities = {"a \"word\"\n"};
  const std::string json = ToJson(report, {"bar"});
  EXPECT_THAT(json, AllOf(HasSubstr(R"("class":"kill")"), HasSubstr(R"("a \"word\"\n")"),
                          HasSubstr(R"("broken_bars":["bar"])")));
  EXPECT_EQ(std::count(json.begin(), json.end(), '\n'), 1);
}

}  // namespace
}  // namespace concord::chaos
