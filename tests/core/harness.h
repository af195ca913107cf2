// One Member on a workbench: a test arranges a situation, delivers one event, and looks at the
// state and at the effects of that event.
//
//   Harness node({.self = 50, .predecessor = 20, .successors = {80}});
//   node.Deliver(Notify{At(40)});
//   EXPECT_EQ(node.predecessor(), 40);
//
// After every event the harness itself expects what holds of every event: the invariants of a
// member, fresh question ids, routing published first and up to date, range changes that balance.
#ifndef CONCORD_TESTS_CORE_HARNESS_H_
#define CONCORD_TESTS_CORE_HARNESS_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "core/effects.h"
#include "core/events.h"
#include "core/member.h"
#include "core/routing_table.h"
#include "range_replay.h"

namespace concord::core {

// The server with this identifier, as all tests know it.
Server At(Id id);
// One with the same identifier, but another name and address.
Server OtherAt(Id id);
std::vector<Server> AtAll(const std::vector<Id>& ids);
std::vector<Id> Ids(const std::vector<Server>& servers);

// For readable failures; the type is printed by itself.
void PrintTo(const AskRing& effect, std::ostream* out);
void PrintTo(const AskSeed& effect, std::ostream* out);
void PrintTo(const FindSuccessor& effect, std::ostream* out);
void PrintTo(const SendNotify& effect, std::ostream* out);
void PrintTo(const SendFarewell& effect, std::ostream* out);
void PrintTo(const AnswerRing& effect, std::ostream* out);
void PrintTo(const SendMeeting& effect, std::ostream* out);
void PrintTo(const AnswerMeeting& effect, std::ostream* out);
void PrintTo(const SetTimer& effect, std::ostream* out);
void PrintTo(const PublishRouting& effect, std::ostream* out);
void PrintTo(const TellRange& effect, std::ostream* out);
void PrintTo(const TellSuccessors& effect, std::ostream* out);
void PrintTo(const CommandFinished& effect, std::ostream* out);
void PrintTo(const Trace& effect, std::ostream* out);
void PrintTo(const RingView& ring, std::ostream* out);

struct Situation {
  Id self = 50;
  std::optional<Id> predecessor = std::nullopt;  // none: not a member of a ring
  std::vector<Id> successors = {};
  std::size_t successor_count = 3;
  unsigned bits = 8;
  std::uint64_t epoch = 0;
  std::uint64_t incarnation = 0;
};

class Harness {
 public:
  explicit Harness(const Situation& situation);

  // --- One event ---
  void Deliver(const Event& event);
  void Fire(Timer timer) { Deliver(TimerFired{timer}); }
  // What became of the newest question to `asked`.
  void Answer(Id asked, Id predecessor, const std::vector<Id>& successors);
  void Fail(Id asked, Failure failure, const std::string& reason = "it failed");
  void Refuse(Id asked) { Fail(asked, Failure::kUnreachable, "refused"); }
  void Timeout(Id asked) { Fail(asked, Failure::kTimeout, "too late"); }
  // What became of the newest question to a seed, or of the newest lookup of a finger.
  void AnswerSeed(const Server& successor) { Deliver(SuccessorAnswer{seed_question_, successor}); }
  void FailSeed(Failure failure = Failure::kUnreachable, const std::string& reason = "refused");
  void AnswerFinger(Id owner) { Deliver(SuccessorAnswer{finger_question_, At(owner)}); }
  void FailFinger() { Deliver(QuestionFailed{finger_question_, Failure::kUnreachable, "refused"}); }

  // --- Arranging: several events ---
  // Joins through one seed, which is let succeed: the predecessor answers with these successors.
  void JoinRing(Id predecessor, const std::vector<Id>& successors);
  // Looks up fingers until these are the member's, in this order.
  void LearnFingers(const std::vector<Id>& owners);
  // The cooldown after a Stabilize or CheckPredecessor is over.
  void CoolDown();

  // --- The state ---
  const Member& member() const { return member_; }
  Id predecessor() const { return member_.predecessor().id; }
  std::vector<Id> successors() const { return Ids(member_.successors().servers()); }
  std::vector<Id> fingers() const;
  const RoutingTable* routing() const { return routing_.get(); }  // as published last
  QuestionId question_to(Id asked) const;                         // the newest
  QuestionId seed_question() const { return seed_question_; }
  QuestionId finger_question() const { return finger_question_; }

  // --- The effects of the last event ---
  const Effects& effects() const { return effects_; }
  template <typename T>
  std::vector<T> all() const {
    std::vector<T> found;
    for (const Effect& effect : effects_) {
      if (const T* e = std::get_if<T>(&effect)) found.push_back(*e);
    }
    return found;
  }
  std::vector<Id> asked() const;                 // whom AskRing asks
  std::vector<std::string> asked_seeds() const;  // whom AskSeed asks
  std::vector<Id> sought() const;                // what AskSeed and FindSuccessor seek
  std::vector<Id> notified() const;              // whom SendNotify tells
  std::vector<Id> told_farewell() const;         // whom SendFarewell tells
  std::vector<RingView> rings() const;           // what GetRing was answered
  std::vector<RangeChange> range_changes() const;
  std::vector<absl::Status> finished() const;  // how commands ended
  std::vector<Moment> moments() const;
  std::vector<CommandId> finished_commands() const;
  std::optional<absl::Duration> delay(Timer timer) const;  // as set last; nullopt: not set
  bool jittered(Timer timer) const;
  bool published() const { return !all<PublishRouting>().empty(); }

 private:
  void Check();
  std::optional<SetTimer> timer(Timer timer) const;

  Member member_;
  RangeReplay replay_;
  std::vector<Server> told_successors_;
  Effects effects_;
  std::shared_ptr<const RoutingTable> routing_;
  bool routing_seen_ = false;
  std::vector<std::pair<QuestionId, Id>> questions_;
  QuestionId seed_question_ = 0;
  QuestionId finger_question_ = 0;
  QuestionId newest_question_ = 0;
};

// A RangeChange by its ranges, and by its arc and peer.
MATCHER_P2(Changed, before, after, "") {
  return arg.before == std::optional<Range>(before) && arg.after == std::optional<Range>(after);
}
MATCHER_P2(Gained, range, peer, "") {
  return arg.gained == range && !arg.lost && arg.peer == std::optional<Server>(peer);
}
MATCHER_P2(Lost, range, peer, "") {
  return arg.lost == range && !arg.gained && arg.peer == std::optional<Server>(peer);
}
MATCHER_P(HasEpoch, epoch, "") { return arg.epoch == static_cast<std::uint64_t>(epoch); }
// An absl::Status by its code.
MATCHER_P(HasCode, code, "") { return arg.code() == code; }

}  // namespace concord::core

#endif  // CONCORD_TESTS_CORE_HARNESS_H_
