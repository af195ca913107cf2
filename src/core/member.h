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
#include "core/finger_table.h"
#include "core/id_space.h"
#include "core/messages.h"
#include "core/operations.h"
#include "core/successor_list.h"

namespace concord::core {

struct MemberOptions {
  Server self;
  IdSpace space{64};
  std::size_t successor_count = 3;  // Zave's r
  std::uint64_t epoch = 0;          // of the last range change of an earlier life
  absl::Duration stabilize_interval = absl::Seconds(1);
  absl::Duration check_predecessor_interval = absl::Seconds(1);
  absl::Duration fix_finger_interval = absl::Seconds(1);
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

  // A member in the middle of its life, with nothing open: where a test or a search begins.
  static Member InRing(MemberOptions options, Server predecessor,
                       const std::vector<Server>& successors);

  // One event, its effects. No event is ever out of place: what does not fit changes nothing.
  Effects Deliver(const Event& event);

  const Server& self() const { return options_.self; }
  const MemberOptions& options() const { return options_; }
  bool joined() const { return joined_; }
  bool joining() const { return join_.has_value(); }
  const Server& predecessor() const { return predecessor_; }  // ourselves when alone
  bool predecessor_dead() const { return predecessor_dead_; }
  const SuccessorList& successors() const { return successors_; }
  const FingerTable& fingers() const { return fingers_; }
  std::optional<Range> range() const;
  std::uint64_t epoch() const { return epoch_; }

 private:
  // Events, in the order of events.h.
  void On(const Create& event);
  void On(const Join& event);
  void On(const Stop& event);
  void On(const GetRing& event);
  void On(const Notify& event);
  void On(const RingAnswer& event);
  void On(const SuccessorAnswer& event);
  void On(const QuestionFailed& event);
  void On(const Evidence& event);
  void On(const TimerFired& event);

  // Join
  void AskSeedInTurn();
  void OnSeedAnswer(const Server& successor);
  void OnJoinRing(const RingView& ring);
  void AskJoinRing(JoinOperation::Phase phase, const Server& server);
  void OnJoinFailure(Failure failure, const std::string& reason);
  void SeedFailed(const std::string& reason);
  void FinishJoin(absl::Status status);
  void BecomeMember(const Server& predecessor, SuccessorList successors,
                    std::optional<Server> peer);

  // Stabilize
  void Stabilize();
  void StabilizeSoon();
  void AskHead();
  void AskFallback();
  void OnSuccessorRing(const Server& successor, const RingView& ring);
  void OnSuccessorFailure(const Server& successor);
  void OnSuccessorsPredecessorRing(const Server& candidate, const RingView& ring);
  void FinishStabilize();
  void BecomeAlone();
  void SetSuccessors(SuccessorList successors);

  // Rectify and check predecessor
  void Rectify(const Server& notifier);
  void CheckPredecessor();
  void CheckPredecessorSoon();
  void OnPredecessorFailure();
  void SetPredecessor(const Server& predecessor);

  // Fix fingers
  void FixFinger();

  // What all share
  Question Ask(const Server& to);
  bool AskAgain(Question& question, Failure failure);
  SuccessorList ListFrom(const Server& head, const RingView& ring) const;
  bool alone() const { return successors_.empty() && predecessor_.id == options_.self.id; }
  void TellRangeChange(const std::optional<Range>& before, std::optional<Server> peer);
  void StartTimer(Timer timer);
  void Emit(Effect effect) { effects_.push_back(std::move(effect)); }
  void Note(Moment moment, Server server = {}, Server old = {}, std::string note = {});

  MemberOptions options_;
  bool joined_ = false;
  Server predecessor_;             // exactly one while joined: possibly dead, never unset
  bool predecessor_dead_ = false;  // known dead: the next notifier is adopted without a question
  SuccessorList successors_;
  FingerTable fingers_;
  std::uint64_t epoch_ = 0;

  std::optional<JoinOperation> join_;
  std::optional<StabilizeOperation> stabilize_;
  std::optional<PredecessorOperation> predecessor_check_;
  std::optional<FingerOperation> fix_finger_;
  Pace stabilize_pace_;
  Pace predecessor_pace_;
  QuestionId last_question_ = 0;

  // Of the event in hand; empty between events.
  Effects effects_;
  bool routing_changed_ = false;
};

}  // namespace concord::core

#endif  // CONCORD_CORE_MEMBER_H_
