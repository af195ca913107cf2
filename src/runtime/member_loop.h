// The thread that owns the Member: delivers its events one at a time and carries their effects out.
#ifndef CONCORD_RUNTIME_MEMBER_LOOP_H_
#define CONCORD_RUNTIME_MEMBER_LOOP_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <random>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "core/effects.h"
#include "core/events.h"
#include "core/member.h"
#include "core/routing_table.h"
#include "runtime/log.h"
#include "runtime/lookup_call.h"
#include "runtime/loop.h"
#include "runtime/peers.h"
#include "runtime/service.h"
#include "runtime/snapshot.h"

namespace concord::runtime {

// Thread-safe. Nothing here blocks but Stop.
class MemberLoop final : public RingHandler {
 public:
  struct Options {
    core::MemberOptions member;
    absl::Duration find_timeout;         // of the lookups that the member itself makes
    absl::Duration lookup_timeout;       // of a peer's lookup that comes without a deadline
    absl::Duration close_idle_interval;  // how often idle channels are looked for
  };
  // Hears of range changes, in order, on the loop's thread.
  using TellRange = absl::AnyInvocable<void(const RangeChange&)>;
  using Finished = absl::AnyInvocable<void(absl::Status)>;

  MemberLoop(Options options, Peers& peers, Snapshot<core::RoutingTable>& routing, Log log,
             TellRange tell_range);

  void Create(Finished done);
  void Join(std::vector<std::string> seeds, absl::Duration timeout, Finished done);

  // Looks `id` up by the routing table `table`, which is not null.
  void Lookup(std::shared_ptr<const core::RoutingTable> table, Id id, absl::Time deadline,
              absl::AnyInvocable<void(absl::StatusOr<FindResponse>)> done);

  // A call to `server` failed, outside of what goes through here: evidence against it.
  void Suspect(const Server& server, core::Failure failure) { suspect_(server, failure); }

  // The member ends: its last effects are carried out, then the thread stops. What comes later is
  // refused. The member's last epoch is returned.
  std::uint64_t Stop();

  void HandleFindSuccessor(const FindRequest& request, absl::Time deadline,
                           FindAnswer answer) override;
  void HandleGetRing(RingAnswer answer) override;
  absl::Status HandleNotify(const Server& from) override;

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
  void Do(core::AnswerRing& effect);
  void Do(const core::SetTimer& effect);
  void Do(const core::PublishRouting& effect);
  void Do(const core::TellRange& effect);
  void Do(const core::CommandFinished& effect);
  void Do(const core::Trace& effect);
  void OnFound(core::QuestionId question, const absl::StatusOr<FindResponse>& response);
  void CloseIdleChannels();

  const Options options_;
  Peers& peers_;
  Snapshot<core::RoutingTable>& routing_;
  const Log log_;
  TellRange tell_range_;
  const OnSuspect suspect_;

  // Touched only by the loop's thread.
  core::Member member_;
  bool stopped_ = false;
  std::map<core::CallId, RingAnswer> ring_calls_;
  std::map<core::CommandId, Finished> commands_;
  std::uint64_t last_id_ = 0;  // of calls and commands
  // How often each timer was set: older settings are void.
  std::array<std::uint64_t, core::kTimers> timer_set_{};
  std::minstd_rand jitter_;

  Loop loop_;  // last: its tasks use the rest
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_MEMBER_LOOP_H_
