#include "runtime/member_loop.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "core/invariants.h"

namespace concord::runtime {
namespace {

// No lookup of a peer is worked on for longer, whatever it asks for.
constexpr absl::Duration kMaxDeadline = absl::Minutes(10);

core::QuestionFailed Failed(core::QuestionId question, const absl::Status& status) {
  return {question, ToFailure(status), std::string(status.message())};
}

struct Line {
  Log::Level level;
  std::string_view event;
  std::string_view subject;  // how the server of the Trace is called
};

Line LineFor(core::Moment moment) {
  using core::Moment;
  switch (moment) {
    case Moment::kCreated:
      return {Log::Level::kInfo, "ring_created", ""};
    case Moment::kBootstrapped:
      return {Log::Level::kInfo, "ring_begun", "successor"};
    case Moment::kJoined:
      return {Log::Level::kInfo, "joined", "successor"};
    case Moment::kLeaving:
      return {Log::Level::kInfo, "leaving", ""};
    case Moment::kHandedOver:
      return {Log::Level::kInfo, "handed_over", "heir"};
    case Moment::kLeft:
      return {Log::Level::kInfo, "left", ""};
    case Moment::kReplaced:
      return {Log::Level::kWarning, "replaced", "by"};
    case Moment::kStopped:
      return {Log::Level::kInfo, "stopped", ""};
    case Moment::kPredecessorChanged:
      return {Log::Level::kInfo, "predecessor_changed", "new"};
    case Moment::kPredecessorFailed:
      return {Log::Level::kInfo, "predecessor_failed", "server"};
    case Moment::kSuccessorChanged:
      return {Log::Level::kInfo, "successor_changed", "new"};
    case Moment::kSuccessorFailed:
      return {Log::Level::kInfo, "successor_failed", "server"};
    case Moment::kAlone:
      return {Log::Level::kWarning, "alone", ""};
    case Moment::kNearerFound:
      return {Log::Level::kInfo, "nearer_found", "server"};
    case Moment::kFingerDropped:
      return {Log::Level::kDebug, "finger_dropped", "server"};
    case Moment::kJoinRetry:
      return {Log::Level::kInfo, "seed_failed", "seed"};
    case Moment::kStabilizing:
      return {Log::Level::kDebug, "stabilizing", "server"};
    case Moment::kNotified:
      return {Log::Level::kDebug, "notified", "server"};
    case Moment::kPeerLeft:
      return {Log::Level::kInfo, "peer_left", "server"};
  }
  return {Log::Level::kDebug, "unknown", ""};
}

}  // namespace

MemberLoop::MemberLoop(Options options, Peers& peers, Snapshot<core::RoutingTable>& routing,
                       Log log, Listener listener)
    : options_(std::move(options)),
      peers_(peers),
      routing_(routing),
      log_(std::move(log)),
      listener_(std::move(listener)),
      suspect_([this](const Server& suspect, core::Failure failure) {
        Post(core::Evidence{suspect, failure});
      }),
      member_(options_.member),
      jitter_(std::random_device()()),
      loop_("concord-ring") {
  loop_.PostAfter(options_.close_idle_interval, [this] { CloseIdleChannels(); });
}

void MemberLoop::Create(Finished done) {
  RunCommand(std::move(done), [](core::CommandId id) { return core::Create{id}; });
}

void MemberLoop::Join(std::vector<std::string> seeds, absl::Duration timeout, bool founds,
                      Finished done) {
  RunCommand(std::move(done), [seeds = std::move(seeds), timeout, founds](core::CommandId id) {
    return core::Join{id, seeds, timeout, founds};
  });
}

void MemberLoop::Bootstrap(std::vector<std::string> members, absl::Duration timeout,
                           Finished done) {
  RunCommand(std::move(done), [members = std::move(members), timeout](core::CommandId id) {
    return core::Bootstrap{id, members, timeout};
  });
}

void MemberLoop::Leave(absl::Duration timeout, Finished done) {
  RunCommand(std::move(done), [timeout](core::CommandId id) { return core::Leave{id, timeout}; });
}

void MemberLoop::RunCommand(Finished done,
                            absl::AnyInvocable<core::Event(core::CommandId)> command) {
  const auto cancelled = absl::CancelledError("the node was stopped");
  auto shared = std::make_shared<Finished>(std::move(done));
  const bool posted = loop_.Post([this, shared, cancelled, command = std::move(command)]() mutable {
    if (stopped_) return (*shared)(cancelled);
    commands_.emplace(++last_id_, std::move(*shared));
    Deliver(command(last_id_));
  });
  if (!posted) (*shared)(cancelled);
}

void MemberLoop::Lookup(std::shared_ptr<const core::RoutingTable> table, Id id, absl::Time deadline,
                        absl::AnyInvocable<void(absl::StatusOr<FindResponse>)> done) {
  RunLookup(peers_, suspect_, core::Lookup(std::move(table), {.id = id}), deadline,
            std::move(done));
}

void MemberLoop::LookupConfirmed(Id id, absl::Time deadline,
                                 absl::AnyInvocable<void(absl::StatusOr<ConfirmedOwner>)> done) {
  RunConfirmedLookup({options_.member.space, peers_, suspect_, routing_, loop_}, id, deadline,
                     std::move(done));
}

void MemberLoop::Walk(core::RingWalk walk, absl::Time deadline,
                      absl::AnyInvocable<void(absl::StatusOr<std::vector<Server>>)> done) {
  RunWalk({peers_, suspect_, routing_}, std::move(walk), deadline, std::move(done));
}

std::uint64_t MemberLoop::Stop() {
  loop_.Post([this] {
    Deliver(core::Stop{});
    stopped_ = true;
  });
  loop_.Stop();
  // The thread has ended: what it owned is ours. Calls that nobody will answer any more are
  // refused.
  for (auto& [call, answer] : std::exchange(ring_calls_, {})) answer(std::nullopt);
  for (auto& [call, answer] : std::exchange(meeting_calls_, {})) answer(std::nullopt);
  return member_.epoch();
}

// --- Questions of peers -----------------------------------------------------------------------

void MemberLoop::HandleFindSuccessor(const FindRequest& request, absl::Time deadline,
                                     FindAnswer answer) {
  const std::shared_ptr<const core::RoutingTable>& table = routing_.Read();
  if (!table) return answer(absl::UnavailableError("this node is not a member of a ring"));
  const absl::Time now = absl::Now();
  deadline = deadline == absl::InfiniteFuture() ? now + options_.lookup_timeout
                                                : std::min(deadline, now + kMaxDeadline);
  RunLookup(peers_, suspect_, core::Lookup(table, request), deadline,
            [answer = std::move(answer)](absl::StatusOr<FindResponse> response) mutable {
              // We are alive: the caller must not take those behind us for us.
              if (absl::IsUnavailable(response.status())) {
                response = absl::AbortedError(response.status().message());
              }
              answer(response);
            });
}

void MemberLoop::HandleGetRing(RingAnswer answer) {
  DeliverCall(ring_calls_, std::move(answer),
              [](core::CallId call) { return core::GetRing{call}; });
}

void MemberLoop::HandleLeave(const core::Farewell& farewell, RingAnswer answer) {
  DeliverCall(ring_calls_, std::move(answer),
              [farewell](core::CallId call) { return core::PeerLeaves{call, farewell}; });
}

void MemberLoop::HandleMeet(const core::Meeting& meeting, MeetingAnswer answer) {
  DeliverCall(meeting_calls_, std::move(answer),
              [meeting](core::CallId call) { return core::PeerMeets{call, meeting}; });
}

template <typename Answer>
void MemberLoop::DeliverCall(std::map<core::CallId, Answer>& calls, Answer answer,
                             absl::AnyInvocable<core::Event(core::CallId)> event) {
  auto shared = std::make_shared<Answer>(std::move(answer));
  const bool posted = loop_.Post([this, &calls, shared, event = std::move(event)]() mutable {
    calls.emplace(++last_id_, std::move(*shared));
    Deliver(event(last_id_));
  });
  if (!posted) (*shared)(std::nullopt);
}

absl::Status MemberLoop::HandleNotify(const Server& from, std::uint64_t incarnation) {
  const auto& table = routing_.Read();
  if (!table || !table->member() || !Post(core::Notify{from, incarnation})) {
    return absl::UnavailableError("this node is not a member of a ring");
  }
  return absl::OkStatus();
}

// --- Events and effects -----------------------------------------------------------------------

absl::Status MemberLoop::CheckRoom() const {
  if (const std::size_t waiting = loop_.waiting(); waiting >= kMaxWaitingEvents) {
    return absl::ResourceExhaustedError(absl::StrCat("this node is behind with ", waiting,
                                                     " events; the limit is ", kMaxWaitingEvents));
  }
  const std::size_t changes = options_.waiting_changes ? options_.waiting_changes() : 0;
  if (changes >= kMaxWaitingChanges) {
    return absl::ResourceExhaustedError(absl::StrCat("this node's application is behind with ",
                                                     changes, " range changes; the limit is ",
                                                     kMaxWaitingChanges));
  }
  return absl::OkStatus();
}

bool MemberLoop::Post(core::Event event) {
  return loop_.Post([this, event = std::move(event)] { Deliver(event); });
}

void MemberLoop::Deliver(const core::Event& event) {
  core::Effects effects = member_.Deliver(event);
#ifndef NDEBUG
  if (const std::string broken = core::BrokenInvariant(member_); !broken.empty()) {
    log_.Write(Log::Level::kWarning, "invariant_broken", {{"invariant", broken}});
    std::abort();  // our own fault, not a peer's
  }
#endif
  for (core::Effect& effect : effects) {
    std::visit([this](auto& e) { Do(e); }, effect);
  }
}

void MemberLoop::Do(const core::AskRing& effect) {
  peers_.GetRing(effect.to,
                 [this, question = effect.question](absl::StatusOr<core::RingView> ring) {
                   OnRing(question, std::move(ring));
                 });
}

void MemberLoop::Do(const core::SendFarewell& effect) {
  peers_.Leave(effect.to, effect.farewell,
               [this, question = effect.question](absl::StatusOr<core::RingView> ring) {
                 OnRing(question, std::move(ring));
               });
}

void MemberLoop::Do(const core::SendMeeting& effect) {
  peers_.Meet(effect.to, effect.meeting,
              [this, question = effect.question](absl::StatusOr<core::Meeting> meeting) {
                if (meeting.ok()) {
                  Post(core::MeetingAnswer{question, *std::move(meeting)});
                } else {
                  Post(Failed(question, meeting.status()));
                }
              });
}

void MemberLoop::OnRing(core::QuestionId question, absl::StatusOr<core::RingView> ring) {
  if (ring.ok()) {
    Post(core::RingAnswer{question, *std::move(ring)});
  } else {
    Post(Failed(question, ring.status()));
  }
}

void MemberLoop::Do(const core::AskSeed& effect) {
  peers_.FindSuccessor(Callee(effect.seed, effect.name), {.id = effect.id, .hops = 0},
                       absl::Now() + options_.find_timeout,
                       [this, question = effect.question](absl::StatusOr<FindResponse> response) {
                         OnFound(question, response);
                       });
}

void MemberLoop::Do(const core::FindSuccessor& effect) {
  const auto on_found = [this, question = effect.question](absl::StatusOr<FindResponse> response) {
    OnFound(question, response);
  };
  if (const auto& table = routing_.Read()) {
    Lookup(table, effect.id, absl::Now() + options_.find_timeout, on_found);
  }
}

void MemberLoop::OnFound(core::QuestionId question, const absl::StatusOr<FindResponse>& response) {
  if (response.ok()) {
    Post(core::SuccessorAnswer{question, response->owner});
  } else {
    Post(Failed(question, response.status()));
  }
}

void MemberLoop::Do(const core::SendNotify& effect) {
  peers_.Notify(effect.to, member_.self(), [this, to = effect.to](absl::Status status) {
    if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) {
      suspect_(to, ToFailure(status));
    } else if (!status.ok() && !absl::IsCancelled(status)) {  // (cancelled: by our own Stop)
      // It is alive and does not want us: asking again at once would not help.
      loop_.Post([this, to, status] {
        if (!MayWrite(Log::Level::kWarning, "notify_refused")) return;
        const std::string_view reason(status.message().data(), status.message().size());
        log_.Write(Log::Level::kWarning, "notify_refused",
                   {{"server", absl::StrCat(to.name, "@", to.address)}, {"reason", reason}});
      });
    }
  });
}

void MemberLoop::Do(core::AnswerRing& effect) {
  auto call = ring_calls_.extract(effect.call);
  call.mapped()(effect.ring);
}

void MemberLoop::Do(core::AnswerMeeting& effect) {
  auto call = meeting_calls_.extract(effect.call);
  call.mapped()(effect.meeting);
}

void MemberLoop::Do(const core::SetTimer& effect) {
  const double spread = effect.jittered ? std::uniform_real_distribution<>(0.5, 1.5)(jitter_) : 1.0;
  const std::uint64_t setting = ++timer_set_[static_cast<std::size_t>(effect.timer)];
  loop_.PostAfter(effect.delay * spread, [this, timer = effect.timer, setting] {
    if (timer_set_[static_cast<std::size_t>(timer)] == setting) Deliver(core::TimerFired{timer});
  });
}

void MemberLoop::Do(const core::PublishRouting& effect) { routing_.Publish(effect.table); }

void MemberLoop::Do(const core::TellRange& effect) { listener_.on_range_change(effect.change); }

void MemberLoop::Do(const core::TellSuccessors& effect) {
  listener_.on_successors_change(effect.successors);
}

void MemberLoop::Do(const core::CommandFinished& effect) {
  auto command = commands_.extract(effect.command);
  command.mapped()(effect.status);
}

void MemberLoop::Do(const core::Trace& effect) {
  const Line line = LineFor(effect.moment);
  // (Each step of our own is worth its line.)
  const bool own = effect.moment == core::Moment::kStabilizing;
  if (own ? !log_.Enabled(line.level) : !MayWrite(line.level, line.event)) return;
  const auto shown = [](const Server& server) {
    return server.name.empty() ? server.address : absl::StrCat(server.name, "@", server.address);
  };
  if (line.subject.empty()) return log_.Write(line.level, line.event);
  if (!effect.note.empty()) {
    return log_.Write(line.level, line.event,
                      {{line.subject, shown(effect.server)}, {"reason", effect.note}});
  }
  if (line.subject == "new") {
    return log_.Write(line.level, line.event,
                      {{"old", shown(effect.old)}, {"new", shown(effect.server)}});
  }
  log_.Write(line.level, line.event, {{line.subject, shown(effect.server)}});
}

// Whether the log takes one more line of this kind. Before the next that it takes it says how many
// it did not.
bool MemberLoop::MayWrite(Log::Level level, std::string_view event) {
  if (!log_.Enabled(level)) return false;
  const std::optional<int> left_out = budgets_[event].Pass(absl::Now());
  if (left_out.value_or(0) > 0) {
    log_.Write(level, "lines_left_out", {{"of", event}, {"count", absl::StrCat(*left_out)}});
  }
  return left_out.has_value();
}

void MemberLoop::CloseIdleChannels() {
  peers_.CloseIdle();
  loop_.PostAfter(options_.close_idle_interval, [this] { CloseIdleChannels(); });
}

}  // namespace concord::runtime
