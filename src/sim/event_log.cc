#include "sim/event_log.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

namespace concord::sim {
namespace {

const char* Name(core::Timer timer) {
  switch (timer) {
    case core::Timer::kStabilize:
      return "stabilize";
    case core::Timer::kStabilizeCooldown:
      return "stabilize cooldown";
    case core::Timer::kCheckPredecessor:
      return "check predecessor";
    case core::Timer::kPredecessorCooldown:
      return "check predecessor cooldown";
    case core::Timer::kFixFinger:
      return "fix finger";
    case core::Timer::kProbe:
      return "probe";
    case core::Timer::kJoinRetry:
      return "join retry";
    case core::Timer::kJoinTimeout:
      return "join timeout";
    case core::Timer::kFoundRing:
      return "found ring";
    case core::Timer::kLeaveTimeout:
      return "leave timeout";
  }
  return "unknown";
}

const char* Name(core::Moment moment) {
  switch (moment) {
    case core::Moment::kCreated:
      return "ring created";
    case core::Moment::kBootstrapped:
      return "ring begun with";
    case core::Moment::kJoined:
      return "joined";
    case core::Moment::kLeaving:
      return "leaving";
    case core::Moment::kHandedOver:
      return "handed over to";
    case core::Moment::kLeft:
      return "left";
    case core::Moment::kReplaced:
      return "replaced by";
    case core::Moment::kStopped:
      return "stopped";
    case core::Moment::kPredecessorChanged:
      return "predecessor changed";
    case core::Moment::kPredecessorFailed:
      return "predecessor failed";
    case core::Moment::kSuccessorChanged:
      return "successor changed";
    case core::Moment::kSuccessorFailed:
      return "successor failed";
    case core::Moment::kAlone:
      return "alone";
    case core::Moment::kNearerFound:
      return "nearer found";
    case core::Moment::kFingerDropped:
      return "finger dropped";
    case core::Moment::kJoinRetry:
      return "join retry";
    case core::Moment::kStabilizing:
      return "stabilizing";
    case core::Moment::kNotified:
      return "notified";
    case core::Moment::kPeerLeft:
      return "peer left";
  }
  return "unknown";
}

struct Describer {
  std::string operator()(const core::Create&) const { return "Create"; }
  std::string operator()(const core::Join& e) const {
    return absl::StrCat("Join through ", absl::StrJoin(e.seeds, ", "));
  }
  std::string operator()(const core::Leave&) const { return "Leave"; }
  std::string operator()(const core::Stop&) const { return "Stop"; }
  std::string operator()(const core::GetRing&) const { return "GetRing"; }
  std::string operator()(const core::Notify& e) const {
    return absl::StrCat("Notify from ", e.from.name);
  }
  std::string operator()(const core::PeerLeaves& e) const {
    return absl::StrCat("farewell of ", e.farewell.from.name);
  }
  std::string operator()(const core::RingAnswer& e) const {
    std::string text =
        absl::StrCat("RingAnswer: predecessor ", e.ring.predecessor.name, ", successors");
    for (const Server& server : e.ring.successors) absl::StrAppend(&text, " ", server.name);
    return text;
  }
  std::string operator()(const core::SuccessorAnswer& e) const {
    return absl::StrCat("SuccessorAnswer: ", e.successor.name);
  }
  std::string operator()(const core::QuestionFailed& e) const {
    return absl::StrCat("QuestionFailed: ", e.reason);
  }
  std::string operator()(const core::Evidence& e) const {
    return absl::StrCat("Evidence against ", e.suspect.name);
  }
  std::string operator()(const core::TimerFired& e) const {
    return absl::StrCat("timer: ", Name(e.timer));
  }
  std::string operator()(const core::Bootstrap& e) const {
    return absl::StrCat("Bootstrap of ", absl::StrJoin(e.members, ", "));
  }
  std::string operator()(const core::PeerMeets& e) const {
    return absl::StrCat("Meet from ", Describe(e.meeting));
  }
  std::string operator()(const core::MeetingAnswer& e) const {
    return absl::StrCat("MeetingAnswer: ", Describe(e.meeting));
  }

 private:
  static std::string Describe(const core::Meeting& meeting) {
    return absl::StrCat(meeting.from.name, meeting.member          ? ", a member"
                                           : meeting.complete != 0 ? ", who has met all"
                                                                   : ", who has not met all");
  }
};

}  // namespace

std::string Describe(const core::Event& event) { return std::visit(Describer(), event); }

void EventLog::Line(HostId host, const std::string& text) {
  write_(absl::StrCat(absl::FormatDuration(absl::Nanoseconds(world_.now())), " ",
                      world_.server(host).name, " ", text));
}

void EventLog::OnEvent(HostId host, const core::Event& event) {
  if (!std::holds_alternative<core::GetRing>(event)) Line(host, Describe(event));
}

void EventLog::OnRouting(HostId host, const core::RoutingTable* table) {
  if (table == nullptr) return Line(host, "  is no member any more");
  std::string text =
      absl::StrCat(table->member() ? "  now: predecessor " : "  leaves: predecessor ",
                   table->predecessor().name, ", successors");
  for (const Server& server : table->successors()) absl::StrAppend(&text, " ", server.name);
  Line(host, text);
}

void EventLog::OnCommand(HostId host, core::CommandId, const absl::Status& status) {
  Line(host, absl::StrCat("  command ended: ", status.ToString()));
}

void EventLog::OnTrace(HostId host, const core::Trace& trace) {
  using core::Moment;
  const bool said = trace.moment == Moment::kStabilizing || trace.moment == Moment::kNotified ||
                    trace.moment == Moment::kSuccessorChanged ||
                    trace.moment == Moment::kPredecessorChanged;
  if (!said) Line(host, absl::StrCat("  ", Name(trace.moment), " ", trace.server.name));
}

}  // namespace concord::sim
