// The protocol. A Member takes an event and returns effects; it knows no thread, no clock and no
// network. The steps are those of Pamela Zave, "Reasoning about identifier spaces: how to make
// Chord correct" (IEEE TSE 2017, with the erratum of 2018), named as she names them.
#ifndef CONCORD_CORE_MEMBER_H_
#define CONCORD_CORE_MEMBER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "concord/types.h"
#include "core/effects.h"
#include "core/events.h"
#include "core/id_space.h"
#include "core/member_state.h"
#include "core/ring_identity.h"

namespace concord::core {

struct MemberOptions {
  Server self;
  IdSpace space{64};
  std::size_t successor_count = 3;  // Zave's r
  std::uint64_t epoch = 0;          // of the last range change of an earlier life
  std::uint64_t incarnation = 0;    // of this life; 0: never compared
  RingIdentity identity;            // of the ring; the shells compare it
  absl::Duration stabilize_interval = absl::Seconds(1);
  absl::Duration check_predecessor_interval = absl::Seconds(1);
  absl::Duration fix_finger_interval = absl::Seconds(1);
  absl::Duration probe_interval = absl::Seconds(4);
  // The least time between two Stabilize, or two CheckPredecessor, that evidence triggers.
  absl::Duration evidence_cooldown = absl::Milliseconds(100);
  // The pause between rounds of Join through the seeds doubles from the first to the last.
  absl::Duration join_retry_floor = absl::Milliseconds(10);
  absl::Duration join_retry_ceiling = absl::Seconds(2);
};

// A value: copy it to keep a state. Not thread-safe; whoever delivers events owns it.
class Member {
 public:
  explicit Member(MemberOptions options);

  // A member in the middle of its life: as it was when state() was taken.
  Member(MemberOptions options, MemberState state);
  // The same, from its pointers alone: nothing is open, no finger is known.
  static Member InRing(MemberOptions options, Server predecessor,
                       const std::vector<Server>& successors);

  // One event; `effects` is emptied and then holds what follows from it. No event is ever out of
  // place: what does not fit changes nothing.
  void Deliver(const Event& event, Effects& effects);
  Effects Deliver(const Event& event) {
    Effects effects;
    Deliver(event, effects);
    return effects;
  }

  const Server& self() const { return options_.self; }
  const MemberOptions& options() const { return options_; }
  const MemberState& state() const { return state_; }
  // False from the moment that it begins to leave.
  bool joined() const { return state_.joined && !state_.leave; }
  bool joining() const { return state_.join.has_value() || state_.bootstrap.has_value(); }
  bool leaving() const { return state_.leave.has_value(); }
  const Server& predecessor() const { return state_.predecessor; }  // ourselves when alone
  bool predecessor_dead() const { return state_.predecessor_dead; }
  const SuccessorList& successors() const { return state_.successors; }
  const FingerTable& fingers() const { return state_.fingers; }
  std::optional<Range> range() const;  // of who leaves: until it is handed over
  std::uint64_t epoch() const { return state_.epoch; }

 private:
  // Events, in the order of events.h.
  void On(const Create& event);
  void On(const Join& event);
  void On(const Leave& event);
  void On(const Stop& event);
  void On(const GetRing& event);
  void On(const Notify& event);
  void On(const PeerLeaves& event);
  void On(const RingAnswer& event);
  void On(const SuccessorAnswer& event);
  void On(const QuestionFailed& event);
  void On(const Evidence& event);
  void On(const TimerFired& event);
  void On(const Bootstrap& event);
  void On(const PeerMeets& event);
  void On(const MeetingAnswer& event);

  // Whether `command` is out of place, and has been told so.
  bool Refuse(CommandId command, const char* name);
  void EndOperations();
  void EndMembership(std::optional<Server> peer);

  // Join
  void BeginJoin(JoinOperation join);
  void AskSeedInTurn();
  void OnSeedAnswer(const Server& successor);
  void OnJoinRing(const RingView& ring);
  void OnJoinPredecessorRing(const RingView& ring);
  void AskJoinRing(JoinOperation::Phase phase, const Server& server);
  void OnJoinFailure(Failure failure, const std::string& reason);
  void Rejoin(const Server& successor);
  void SeedFailed(const std::string& reason);
  absl::Duration TurnToFound(const Join& event) const;
  void FoundRing();
  void FinishJoin(absl::Status status);
  void BecomeMember(const Server& predecessor, SuccessorList successors,
                    std::optional<Server> peer);

  // Bootstrap
  void MeetInTurn();
  void MeetSoon();
  Meeting OurMeeting() const;
  std::optional<RingView> RingToBe() const;
  void OnMeeting(const Meeting& meeting);
  void OnMeetingFailure(Failure failure, const std::string& reason);
  void BecomeFounder();
  void JoinInstead();
  void MeetAgain();
  void PauseMeeting();
  void FinishBootstrap(absl::Status status);

  // Stabilize
  void Stabilize(std::vector<Server> hints = {});
  void StabilizeSoon();
  void AskHead();
  void AskFallback();
  void OnSuccessorRing(const Server& successor, const RingView& ring);
  void OnSuccessorFailure(const Server& successor, const std::string& reason);
  void OnSuccessorsPredecessorRing(const Server& candidate, const RingView& ring);
  void FinishStabilize();
  void BecomeAlone();
  bool SetSuccessors(SuccessorList successors);

  // Rectify and check predecessor
  void Rectify(const Server& notifier, std::uint64_t incarnation);
  bool IsLaterLife(const Server& notifier, std::uint64_t incarnation) const;
  void CheckPredecessor();
  void CheckPredecessorSoon();
  void OnPredecessorFailure(const std::string& reason);
  void SetPredecessor(const Server& predecessor, std::uint64_t incarnation = 0);

  // Fix fingers
  void FixFinger();
  void CheckFinger(const Server& finger);
  void DropFinger(const Server& finger);
  void FingerFound(const Server& server);
  void FingersChanged(const std::vector<FingerTable::Finger>& before, const Server& newcomer);

  // Heal
  void Probe();
  void AskRemembered();
  const Server* NextToProbe();
  void AskCandidate(const Server& candidate);
  void OnProbeAnswer(const Server& successor);
  void OnProbeFailure(Failure failure);
  void OnProbeRing(const RingView& ring);
  void OnCandidateRing(const Server& candidate, const RingView& ring);
  bool IsNearerThanHead(const Server& server) const;
  void Remember(const Server& server);

  // Rivals
  bool IsRival(const Server& server) const;
  void CheckRival(const Server& rival);
  void OnRivalRing(const Server& rival, const RingView& ring);

  // Leave
  void SendFarewellTo(const Server& to);
  void OnFarewellRing(const RingView& ring);
  void OnFarewellFailure(Failure failure);
  void TellNextSuccessor();
  void HandOver(std::optional<Server> heir);
  void LoseRange(std::optional<Server> heir);
  void OnLeaveTimeout();
  void FinishLeave(absl::Status status);
  void OnFarewell(const Farewell& farewell);

  // What all share
  const Question* OpenQuestion(QuestionId question) const;
  Question Ask(const Server& to);
  bool AskAgain(Question& question, Failure failure);
  SuccessorList ListFrom(const Server& head, const RingView& ring) const;
  void AnswerWithRing(CallId call);
  bool alone() const {
    return state_.successors.empty() && state_.predecessor.id == options_.self.id;
  }
  void TellRangeChange(const std::optional<Range>& before, std::optional<Server> peer);
  bool BeginPeriod(Timer timer);
  void Emit(Effect effect) { effects_.push_back(std::move(effect)); }
  void Note(Moment moment, Server server = {}, Server old = {}, std::string note = {});

  MemberOptions options_;
  MemberState state_;

  // Of the event in hand; empty between events.
  Effects effects_;
  bool routing_changed_ = false;
};

}  // namespace concord::core

#endif  // CONCORD_CORE_MEMBER_H_
