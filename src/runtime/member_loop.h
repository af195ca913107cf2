// The thread that owns the Member: delivers its events one at a time and carries their effects out.
#ifndef CONCORD_RUNTIME_MEMBER_LOOP_H_
#define CONCORD_RUNTIME_MEMBER_LOOP_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "core/effects.h"
#include "core/events.h"
#include "core/member.h"
#include "core/ring_walk.h"
#include "core/routing_table.h"
#include "runtime/confirmed_lookup.h"
#include "runtime/line_budget.h"
#include "runtime/log.h"
#include "runtime/lookup_call.h"
#include "runtime/loop.h"
#include "runtime/peers.h"
#include "runtime/service.h"
#include "runtime/snapshot.h"
#include "runtime/walk_call.h"

namespace concord::runtime {

// How many events may wait for the member before peers are refused with theirs.
inline constexpr std::size_t kMaxWaitingEvents = 1000;

// How many changes may wait for the application before peers are refused what causes more.
inline constexpr std::size_t kMaxWaitingChanges = 1000;

// Thread-safe. Nothing here blocks but Stop.
class MemberLoop final : public RingHandler {
 public:
  struct Options {
    core::MemberOptions member;
    absl::Duration find_timeout;         // of the lookups that the member itself makes
    absl::Duration lookup_timeout;       // of a peer's lookup that comes without a deadline
    absl::Duration close_idle_interval;  // how often idle channels are looked for
    // How many changes wait for the application. Null: none ever do.
    std::function<std::size_t()> waiting_changes = {};
  };
  // Who hears what the application is to be told, in order, on the loop's thread.
  struct Listener {
    absl::AnyInvocable<void(const RangeChange&)> on_range_change;
    absl::AnyInvocable<void(const std::vector<Server>&)> on_successors_change;
  };
  using Finished = absl::AnyInvocable<void(absl::Status)>;

  MemberLoop(Options options, Peers& peers, Snapshot<core::RoutingTable>& routing, Log log,
             Listener listener);

  void Create(Finished done);
  // `founds`: as core::Join has it.
  void Join(std::vector<std::string> seeds, absl::Duration timeout, bool founds, Finished done);
  void Bootstrap(std::vector<std::string> members, absl::Duration timeout, Finished done);
  void Leave(absl::Duration timeout, Finished done);

  bool OnThisThread() const { return loop_.OnThisThread(); }

  // Looks `id` up by the routing table `table`, which is not null.
  void Lookup(std::shared_ptr<const core::RoutingTable> table, Id id, absl::Time deadline,
              absl::AnyInvocable<void(absl::StatusOr<FindResponse>)> done);

  // The same, and asks the owner. See confirmed_lookup.h.
  void LookupConfirmed(Id id, absl::Time deadline,
                       absl::AnyInvocable<void(absl::StatusOr<ConfirmedOwner>)> done);

  // Carries `walk` on from its owner. See walk_call.h.
  void Walk(core::RingWalk walk, absl::Time deadline,
            absl::AnyInvocable<void(absl::StatusOr<std::vector<Server>>)> done);

  // The member ends: its last effects are carried out, then the thread stops. What comes later is
  // refused. The member's last epoch is returned.
  std::uint64_t Stop();

  void HandleFindSuccessor(const FindRequest& request, absl::Time deadline,
                           FindAnswer answer) override;
  void HandleGetRing(RingAnswer answer) override;
  // Peers may send events faster than they can be dealt with, and the application may be slow.
  absl::Status CheckRoom() const override;
  absl::Status HandleNotify(const Server& from, std::uint64_t incarnation) override;
  void HandleLeave(const core::Farewell& farewell, RingAnswer answer) override;
  void HandleMeet(const core::Meeting& meeting, MeetingAnswer answer) override;

 private:
  // On any thread.
  bool Post(core::Event event);
  void RunCommand(Finished done, absl::AnyInvocable<core::Event(core::CommandId)> command);

  // On the loop's thread.
  void Deliver(const core::Event& event);
  void Do(const core::AskRing& effect);
  void Do(const core::AskSeed& effect);
  void Do(const core::FindSuccessor& effect);
  void Do(const core::SendNotify& effect);
  void Do(const core::SendFarewell& effect);
  void Do(const core::SendMeeting& effect);
  void Do(core::AnswerRing& effect);
  void Do(core::AnswerMeeting& effect);
  void Do(const core::SetTimer& effect);
  void Do(const core::PublishRouting& effect);
  void Do(const core::TellRange& effect);
  void Do(const core::TellSuccessors& effect);
  void Do(const core::CommandFinished& effect);
  void Do(const core::Trace& effect);
  template <typename Answer>
  void DeliverCall(std::map<core::CallId, Answer>& calls, Answer answer,
                   absl::AnyInvocable<core::Event(core::CallId)> event);
  void OnRing(core::QuestionId question, absl::StatusOr<core::RingView> ring);
  void OnFound(core::QuestionId question, const absl::StatusOr<FindResponse>& response);
  void CloseIdleChannels();
  bool MayWrite(Log::Level level, std::string_view event);

  const Options options_;
  Peers& peers_;
  Snapshot<core::RoutingTable>& routing_;
  const Log log_;
  Listener listener_;
  const OnSuspect suspect_;

  // Touched only by the loop's thread.
  core::Member member_;
  bool stopped_ = false;
  std::map<core::CallId, RingAnswer> ring_calls_;
  std::map<core::CallId, MeetingAnswer> meeting_calls_;
  std::map<core::CommandId, Finished> commands_;
  std::uint64_t last_id_ = 0;  // of calls and commands
  // How often each timer was set: older settings are void.
  std::array<std::uint64_t, core::kTimers> timer_set_{};
  std::minstd_rand jitter_;
  std::map<std::string_view, LineBudget> budgets_;  // of lines that peers can cause, by event

  Loop loop_;  // last: its tasks use the rest
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_MEMBER_LOOP_H_
