// Whole runs: what a seed draws, that it is the same everywhere, and that failures are found.
#include "sim/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "sim/event_log.h"
#include "sim/scenario.h"
#include "sim/shrink.h"

namespace concord::sim {
namespace {

using ::testing::HasSubstr;

Verdict RunSeed(std::uint64_t seed, Assumptions assumptions) {
  return sim::Run(DrawScenario(seed, assumptions)).Go();
}

class EveryAssumption : public testing::TestWithParam<Assumptions> {};

TEST_P(EveryAssumption, SeedsPass) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Verdict verdict = RunSeed(seed, GetParam());
    ASSERT_EQ(verdict.kind, Verdict::Kind::kPassed) << "seed " << seed << ": " << Describe(verdict);
  }
}

TEST_P(EveryAssumption, TheSameSeedIsTheSameRun) {
  const Verdict first = RunSeed(7, GetParam()), second = RunSeed(7, GetParam());
  EXPECT_EQ(first.trace_hash, second.trace_hash);
  EXPECT_EQ(first.events, second.events);
  EXPECT_NE(first.trace_hash, RunSeed(8, GetParam()).trace_hash);
}

std::string NameOf(const testing::TestParamInfo<Assumptions>& info) {
  return info.param == Assumptions::kProof   ? "Proof"
         : info.param == Assumptions::kYoung ? "Young"
                                             : "Harsh";
}
INSTANTIATE_TEST_SUITE_P(Run, EveryAssumption,
                         testing::Values(Assumptions::kProof, Assumptions::kYoung,
                                         Assumptions::kHarsh),
                         NameOf);

// The same digest with every compiler, with and without optimization: a seed that is written down
// means the same run wherever it is replayed. A change of the protocol changes it, and nothing else
// should.
TEST(Run, ASeedIsTheSameRunEverywhere) {
  EXPECT_EQ(RunSeed(1, Assumptions::kProof).trace_hash, 0xd5929f3a4e375f8c);
  EXPECT_EQ(RunSeed(1, Assumptions::kYoung).trace_hash, 0xa7a46b72d40c2e1d);
  EXPECT_EQ(RunSeed(1, Assumptions::kHarsh).trace_hash, 0x7dd300d6f82d3150);
}

TEST(Run, OneThatNeverComesToRestIsALivelock) {
  Scenario scenario = DrawScenario(1, Assumptions::kProof);
  scenario.most_events = 500;
  const Verdict verdict = sim::Run(scenario).Go();
  EXPECT_EQ(verdict.kind, Verdict::Kind::kNotHealed);
  EXPECT_EQ(verdict.what, "Livelock: the members never stop talking");
  EXPECT_EQ(verdict.events, 501u);
}

// Two halves that have been apart for long, and look for each other too seldom.
Scenario DoomedScenario() {
  Scenario scenario;
  scenario.seed = 5;
  scenario.assumptions = Assumptions::kHarsh;
  scenario.hosts = scenario.first_members = 8;
  scenario.faults = absl::Minutes(2);
  scenario.world.member.probe_interval = absl::Hours(24);
  for (HostId host = 0; host < 8; ++host) {
    scenario.actions.push_back({Action::Kind::kPause, absl::Seconds(host), host, 1000});
  }
  scenario.actions.push_back({Action::Kind::kPartition, absl::Seconds(10), 0, 4});
  scenario.actions.push_back({Action::Kind::kCrash, absl::Seconds(20), 3, 0});
  return scenario;
}

TEST(Run, TellsWhatIsWrongWithARingThatDoesNotHeal) {
  const Scenario scenario = DoomedScenario();
  sim::Run run(scenario);
  const Verdict verdict = run.Go();
  ASSERT_EQ(verdict.kind, Verdict::Kind::kNotHealed);
  EXPECT_THAT(Describe(verdict), HasSubstr("NotIdeal"));
  EXPECT_THAT(run.Explain(), HasSubstr("\n! n"));
}

TEST(Shrink, LeavesOnlyWhatTheFailureNeeds) {
  const Scenario scenario = DoomedScenario();
  const auto kept = Shrink(scenario, Verdict::Kind::kNotHealed, 1000);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(scenario.actions[kept[0]].kind, Action::Kind::kPartition);
  EXPECT_EQ(sim::Run(WithActions(scenario, kept)).Go().kind, Verdict::Kind::kNotHealed);
}

TEST(EventLog, WritesEachEventAndWhatItChanged) {
  const Scenario scenario = DrawScenario(1, Assumptions::kYoung);
  sim::Run run(scenario);
  std::string text;
  EventLog log(run.world(), [&](const std::string& line) { text += line + "\n"; });
  run.AddListener(log);
  run.Go();
  EXPECT_THAT(text, HasSubstr(" n0 timer: stabilize\n"));
  EXPECT_THAT(text, HasSubstr(" Join through "));
  EXPECT_THAT(text, HasSubstr(" n0   now: predecessor "));
  EXPECT_THAT(text, HasSubstr(" command ended: OK\n"));
}

}  // namespace
}  // namespace concord::sim
