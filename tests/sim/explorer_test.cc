// The explorer: that it counts right, loses nothing, and finds what is broken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "sim/explorer/codec.h"
#include "sim/explorer/model.h"
#include "sim/explorer/progress.h"
#include "sim/explorer/replay.h"
#include "sim/explorer/report.h"
#include "sim/explorer/search.h"
#include "sim/explorer/visited.h"

namespace concord::sim {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// What a search of `options` comes to.
struct Found {
  explicit Found(const ModelOptions& options, SearchOptions search_options = {})
      : model(options), search(model, std::move(search_options)) {
    end = search.Run(model.Layouts());
  }
  std::uint64_t states() const { return search.tally().states; }

  Model model;
  Search search;
  SearchEnd end;
};

// --- Counting ------------------------------------------------------------------------------------

// In an ideal ring each member is idle, waits for an answer, or has it on its way to it; and it has
// notified its successor before or not. That is 6 states of each, counted up to turning the ring.
TEST(Explorer, CountsTheStatesOfAnIdealRing) {
  EXPECT_EQ(Found({.successor_count = 2, .members = 1}).states(), 1u);
  EXPECT_EQ(Found({.successor_count = 1, .members = 2}).states(), (36u + 6) / 2);
  EXPECT_EQ(Found({.successor_count = 2, .members = 2}).states(), (36u + 6) / 2);
  EXPECT_EQ(Found({.successor_count = 2, .members = 3}).states(), (216u + 6 + 6) / 3);
}

TEST(Explorer, TurnsLayoutsIntoEachOther) {
  EXPECT_EQ(Model({.members = 3, .joins = 1}).Layouts(), std::vector<std::string>({"jmmm"}));
  EXPECT_EQ(Model({.members = 2, .joins = 2}).Layouts(),
            std::vector<std::string>({"jjmm", "jmjm"}));
}

TEST(Explorer, ARingThatIsTurnedIsTheSame) {
  Model model({.members = 2, .joins = 2});
  std::vector<Successor> next;
  model.Expand(model.Root("jjmm"), next);
  ASSERT_FALSE(next.empty());
  Ring ring = next.front().ring;
  Ring canonical = ring;
  model.Canonicalize(canonical);
  for (int turn = 0; turn < 4; ++turn) {
    std::rotate(ring.nodes.begin(), ring.nodes.begin() + 1, ring.nodes.begin() + 4);
    Ring turned = ring;
    model.Canonicalize(turned);
    EXPECT_EQ(turned.nodes, canonical.nodes);
    EXPECT_EQ(model.Fingerprint(turned), model.Fingerprint(canonical));
  }
}

TEST(Explorer, StopsAtALimit) {
  Found found({.members = 3, .joins = 1}, {.max_states = 1000});
  EXPECT_EQ(found.end, SearchEnd::kLimit);
  EXPECT_GE(found.states(), 1000u);
  EXPECT_LT(found.states(), 1300u);
}

TEST(Visited, KeepsParentsAsItGrows) {
  Visited visited(16);
  EXPECT_TRUE(visited.Insert(1000, Visited::kNone));
  for (std::uint64_t i = 1001; i < 2000; ++i) {
    if (visited.Crowded()) visited.Grow();
    EXPECT_TRUE(visited.Insert(i, visited.Find(i - 1)));
    EXPECT_FALSE(visited.Insert(i, Visited::kNone));
  }
  EXPECT_EQ(visited.Find(2000), Visited::kNone);
  Visited::Slot slot = visited.Find(1999);
  for (std::uint64_t i = 1999; i > 1000; --i, slot = visited.parent(slot)) {
    ASSERT_EQ(visited.fingerprint(slot), i);
  }
  EXPECT_EQ(visited.parent(slot), Visited::kNone);
}

// --- Losing nothing ------------------------------------------------------------------------------

TEST(Explorer, DecodesWhatItEncodes) {
  Found found({.members = 3, .joins = 1, .failures = 1, .restarts = 1, .late_news = true});
  const LocalTable& locals = found.model.locals();
  ASSERT_GT(locals.size(), 50u);
  for (LocalId id = 0; id < locals.size(); ++id) {
    const LocalState& state = locals[id];
    if (state.role == Role::kDead) continue;
    EXPECT_EQ(locals.codec().Encode(locals.codec().Decode(state), state), state);
  }
}

TEST(Explorer, AnAnswerThatNobodyWaitsForChangesNothing) {
  Found found({.members = 3, .joins = 1, .failures = 1});
  const LocalTable& locals = found.model.locals();
  constexpr core::QuestionId kStale = 99;
  for (LocalId id = 0; id < locals.size(); ++id) {
    const LocalState& state = locals[id];
    if (state.role == Role::kDead) continue;
    core::Member member = locals.codec().Decode(state);
    const Server other = locals.codec().server(MakeRef(1, 0));
    EXPECT_TRUE(member.Deliver(core::RingAnswer{kStale, {other, {other}}}).empty());
    EXPECT_TRUE(member.Deliver(core::SuccessorAnswer{kStale, other}).empty());
    EXPECT_TRUE(member.Deliver(core::QuestionFailed{kStale, core::Failure::kTimeout, ""}).empty());
    EXPECT_EQ(locals.codec().Encode(member, state), state);
  }
}

// The pointers of all members, up to turning, that a search comes to.
std::set<std::string> PointersIn(ModelOptions options, bool fine) {
  options.fine = fine;
  Model model(options);
  std::set<std::string> seen;
  SearchOptions search_options;
  search_options.on_state = [&](const Ring& ring) {
    std::vector<std::string> nodes;
    for (unsigned node = 0; node < options.nodes(); ++node) {
      const LocalState& state = model.local(ring, node);
      std::string text(1, state.role == Role::kDead ? 'd' : '-');
      if (state.role == Role::kMember) {
        text = std::string("m") + static_cast<char>('0' + state.predecessor);
        text += state.predecessor_dead ? '!' : ' ';
        for (Ref ref : state.successors) text += static_cast<char>('0' + ref);
      }
      nodes.push_back(text);
    }
    std::vector<std::string> least = nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      std::rotate(nodes.begin(), nodes.begin() + 1, nodes.end());
      least = std::min(least, nodes);
    }
    std::string joined;
    for (const std::string& node : least) joined += node + "|";
    seen.insert(joined);
  };
  search_options.keep_going = true;
  Search search(model, search_options);
  EXPECT_NE(search.Run(model.Layouts()), SearchEnd::kLimit);
  return seen;
}

// Timeouts, lost notifications, questions to a predecessor that take their time, evidence, seeds
// that fail: all of that only leads to pointers that the coarse steps lead to as well.
TEST(Explorer, CoarseStepsComeToTheSamePointersAsFineOnes) {
  const ModelOptions cases[] = {
      {.successor_count = 1, .members = 2, .joins = 1, .failures = 1},
      {.successor_count = 2, .members = 3, .failures = 1, .assume = false},
      {.successor_count = 2, .members = 1, .joins = 1, .failures = 1, .restarts = 1},
      {.successor_count = 2, .members = 2, .joins = 1, .failures = 1},
  };
  for (const ModelOptions& options : cases) {
    SCOPED_TRACE(options.members);
    const std::set<std::string> coarse = PointersIn(options, false);
    EXPECT_EQ(coarse, PointersIn(options, true));
    EXPECT_GT(coarse.size(), 1u);
  }
}

// --- What happens --------------------------------------------------------------------------------

TEST(Explorer, FindsNothingWrongWithinTheProof) {
  EXPECT_EQ(Found({.members = 3, .joins = 1, .failures = 1}).end, SearchEnd::kFinished);
  EXPECT_EQ(Found({.successor_count = 1, .members = 3, .failures = 1}).end, SearchEnd::kFinished);
}

TEST(Explorer, FindsNothingWrongWithARingThatBeginsWithOne) {
  EXPECT_EQ(Found({.members = 1, .joins = 2}).end, SearchEnd::kFinished);
}

// Three nodes join in the same gap, and one of them through another whose predecessor is not up to
// date. While Join took its successor's list, and not that of its predecessor, the third skipped a
// principal after 17 steps, which were found among the first 800,000 states.
TEST(Explorer, WhoJoinsSkipsNobodyThatItsPredecessorKnows) {
  const Found found({.members = 3, .joins = 3, .failures = 1}, {.max_states = 900'000});
  EXPECT_EQ(found.end, SearchEnd::kLimit);
}

TEST(Explorer, LetsNobodyFailWhoIsNeeded) {
  const auto failures_from_ideal = [](const ModelOptions& options) {
    Model model(options);
    std::vector<Successor> next;
    model.Expand(model.Root(model.Layouts().front()), next);
    return std::count_if(next.begin(), next.end(),
                         [](const Successor& s) { return s.step.kind == StepKind::kFail; });
  };
  EXPECT_EQ(failures_from_ideal({.members = 3, .failures = 1}), 0);  // 3 principals are needed
  EXPECT_EQ(failures_from_ideal({.members = 3, .failures = 1, .assume = false}), 3);
  EXPECT_EQ(failures_from_ideal({.members = 4, .failures = 1}), 4);
  EXPECT_EQ(failures_from_ideal({.members = 4, .failures = 0}), 0);
  EXPECT_EQ(failures_from_ideal({.members = 1, .failures = 1}), 0);  // somebody has to be left
}

TEST(Progress, NoticesRingsThatNeverMeet) {
  Model model({.successor_count = 1, .members = 2, .joins = 2});
  const auto pair = [&](Ring ring, unsigned a, unsigned b) {
    LocalState state;
    state.role = Role::kMember;
    for (const auto& [from, to] : {std::pair(a, b), std::pair(b, a)}) {
      state.predecessor = MakeRef((to + 4 - from) % 4, 0);
      state.successors = {state.predecessor};
      ring.nodes[from] = model.locals().Intern(state);
    }
    return ring;
  };
  const Ring one = pair(model.Root("jmjm"), 1, 3);
  Progress progress(model);
  EXPECT_EQ(progress.Broken(one), "");
  EXPECT_THAT(progress.Broken(pair(one, 0, 2)), StartsWith("Progress: not ideal"));
}

// --- Counterexamples -----------------------------------------------------------------------------

// A false suspicion is outside of the proof: two steps are enough to see why.
TEST(Explorer, FindsTheShortestScheduleAndReplaysItOnRealMembers) {
  Found found({.members = 3, .suspicions = 1});
  ASSERT_EQ(found.end, SearchEnd::kViolation);
  ASSERT_FALSE(found.search.violations().empty());
  const Schedule& schedule = found.search.violations().front();
  ASSERT_EQ(schedule.steps.size(), 2u);
  EXPECT_EQ(schedule.steps[0].step.kind, StepKind::kStabilize);
  EXPECT_EQ(schedule.steps[1].step.kind, StepKind::kSuspect);
  EXPECT_EQ(ReplayDiffers(found.model, schedule), "");
  EXPECT_THAT(ReadableSchedule(found.model, schedule), HasSubstr("wrongly takes"));
  EXPECT_THAT(ScheduleAsTest(found.model, schedule),
              HasSubstr("ring.Do(StepKind::kSuspect, '" +
                        std::string(1, static_cast<char>('a' + schedule.steps[1].step.node))));
}

TEST(Explorer, EveryScheduleReplaysOnRealMembers) {
  for (const bool fine : {false, true}) {
    Found found({.members = 3,
                 .joins = fine ? 0u : 1u,
                 .failures = 1,
                 .restarts = 1,
                 .suspicions = 2,
                 .fine = fine,
                 .assume = false},
                {.max_states = 100'000, .keep_going = true});
    ASSERT_GE(found.search.violations().size(), 2u);
    for (const Schedule& schedule : found.search.violations()) {
      EXPECT_EQ(ReplayDiffers(found.model, schedule), "") << schedule.broken;
    }
  }
}

TEST(Replay, JoinsAndBecomesIdeal) {
  Replay ring({.layout = "jmmm", .successor_count = 2});
  EXPECT_TRUE(ring.Ideal());
  ring.Do(StepKind::kJoin, 'a', 'b');
  ring.Do(StepKind::kQuestionArrives, 'a');
  ring.Do(StepKind::kAnswerArrives, 'a');  // of its successor b
  ring.Do(StepKind::kQuestionArrives, 'a');
  ring.Do(StepKind::kAnswerArrives, 'a');  // of its predecessor d
  ASSERT_TRUE(ring.member('a')->joined());
  EXPECT_FALSE(ring.Ideal());
  EXPECT_TRUE(ring.BecomesIdeal());
  EXPECT_EQ(ring.Broken(), "");
}

TEST(Replay, SaysWhichStepBreaksWhat) {
  Replay ring({.layout = "mmm", .successor_count = 2});
  ring.Do(StepKind::kFail, 'b');
  EXPECT_THAT(ring.Broken(), StartsWith("after step 1: SufficientPrincipals"));
  EXPECT_TRUE(ring.BecomesIdeal());
}

}  // namespace
}  // namespace concord::sim
