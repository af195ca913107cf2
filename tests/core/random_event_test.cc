// No event is ever out of place: whatever comes in whatever order, a member keeps its invariants.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "harness.h"
#include "sim/prng.h"

namespace concord::core {
namespace {

constexpr Failure kFailures[] = {Failure::kUnreachable, Failure::kTimeout, Failure::kBusy,
                                 Failure::kUnsupported};

// Makes up events for one member: sensible ones, late ones, and such as no shell would ever send.
class Mischief {
 public:
  Mischief(std::uint64_t seed, unsigned bits) : prng_(seed), size_(Id{1} << bits) {}

  Event Next(const Harness& node) {
    newest_ = std::max(newest_, NewestQuestion(node));
    for (const SendMeeting& m : node.all<SendMeeting>()) newest_meeting_ = m.meeting;
    switch (prng_.Below(16)) {
      case 0:
        return prng_.OneIn(3) ? Event(Stop{})
               : prng_.OneIn(2)
                   ? Event(Leave{.command = prng_.Below(9), .timeout = absl::Seconds(1)})
                   : Event(Create{.command = prng_.Below(9)});
      case 1:
        if (prng_.OneIn(3)) return Bootstrap{prng_.Below(9), Founders(node), absl::Seconds(1)};
        return Join{.command = prng_.Below(9),
                    .seeds = Seeds(),
                    .timeout = absl::Seconds(1),
                    .founds = prng_.OneIn(2)};
      case 2:
        if (prng_.OneIn(3)) return PeerMeets{1, AnyMeeting()};
        return GetRing{.call = prng_.Below(9)};
      case 3:
      case 4:
        return Notify{AnyServer()};
      case 5:
        if (prng_.OneIn(3)) return PeerLeaves{1, {AnyServer(), AnyServer(), AnyList()}};
        return Evidence{AnyServer()};
      case 6:
        if (prng_.OneIn(2)) return MeetingAnswer{AnyQuestion(), AnyMeeting()};
        [[fallthrough]];
      case 7:
        return SuccessorAnswer{AnyQuestion(), AnyServer()};
      case 8:
      case 9:
        return QuestionFailed{AnyQuestion(), kFailures[prng_.Below(std::size(kFailures))],
                              "refused"};
      case 10:
      case 11:
      case 12:
        return RingAnswer{AnyQuestion(), {AnyServer(), AnyList()}};
      default:
        return TimerFired{AnyTimer()};
    }
  }

 private:
  static QuestionId NewestQuestion(const Harness& node) {
    QuestionId newest = 0;
    for (const AskRing& ask : node.all<AskRing>()) newest = std::max(newest, ask.question);
    for (const SendFarewell& f : node.all<SendFarewell>()) newest = std::max(newest, f.question);
    for (const SendMeeting& m : node.all<SendMeeting>()) newest = std::max(newest, m.question);
    for (const AskSeed& ask : node.all<AskSeed>()) newest = std::max(newest, ask.question);
    for (const FindSuccessor& f : node.all<FindSuccessor>()) newest = std::max(newest, f.question);
    return newest;
  }

  // Mostly one of the newest, which may be open; sometimes a stale one or one that never was.
  QuestionId AnyQuestion() {
    if (prng_.OneIn(16)) return 0;
    if (prng_.OneIn(8)) return prng_.Below(newest_ + 3);
    return newest_ - std::min(newest_, prng_.Below(4));
  }
  Server AnyServer() {
    const Id id = prng_.Below(size_);
    return prng_.OneIn(8) ? OtherAt(id) : At(id);
  }
  std::vector<Server> AnyList() {
    std::vector<Server> list(prng_.Below(7));
    for (Server& server : list) server = AnyServer();
    return list;
  }
  std::vector<std::string> Seeds() { return {1 + prng_.Below(3), "seed:1"}; }
  std::vector<std::string> Founders(const Harness& node) {
    std::vector<std::string> members = {node.member().self().address};
    while (!prng_.OneIn(3)) members.push_back(AnyServer().address);
    return members;
  }
  // Often one that fits.
  Meeting AnyMeeting() {
    Meeting meeting{.from = AnyServer(), .incarnation = prng_.Below(2)};
    meeting.member = prng_.OneIn(4);
    if (newest_meeting_) {
      meeting.roster = newest_meeting_->roster;
      meeting.complete = prng_.OneIn(2) ? newest_meeting_->complete : prng_.Below(2);
    }
    return meeting;
  }
  Timer AnyTimer() {
    constexpr Timer kTimers[] = {Timer::kStabilize,        Timer::kStabilizeCooldown,
                                 Timer::kCheckPredecessor, Timer::kPredecessorCooldown,
                                 Timer::kFixFinger,        Timer::kProbe,
                                 Timer::kJoinRetry,        Timer::kJoinTimeout,
                                 Timer::kLeaveTimeout,     Timer::kFoundRing};
    return kTimers[prng_.Below(std::size(kTimers))];
  }

  sim::Prng prng_;
  Id size_;
  QuestionId newest_ = 0;
  std::optional<Meeting> newest_meeting_;
};

// The harness looks at the invariants, the routing and the ranges after every event.
void RunMischief(std::uint64_t seed, unsigned bits, std::size_t successor_count) {
  SCOPED_TRACE(testing::Message() << "seed " << seed << ", " << bits << " bits, " << successor_count
                                  << " successors");
  Mischief mischief(seed, bits);
  Harness node({.self = seed % (Id{1} << bits), .successor_count = successor_count, .bits = bits});
  for (int step = 0; step < 2000; ++step) {
    node.Deliver(mischief.Next(node));
    if (testing::Test::HasFailure()) {
      ADD_FAILURE() << "at step " << step;
      return;
    }
  }
}

TEST(AnyEvent, InAnyOrderKeepsTheInvariants) {
  for (std::uint64_t seed = 0; seed < 150 && !testing::Test::HasFailure(); ++seed) {
    RunMischief(seed, 1 + seed % 6, 1 + seed / 6 % 4);
  }
}

}  // namespace
}  // namespace concord::core
