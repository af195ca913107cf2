#include "sim/event_log.h"

#include <array>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

namespace concord::sim {
namespace {

struct Describer {
  std::string operator()(const core::Create&) const { return "Create"; }
  std::string operator()(const core::Join& e) const {
    return absl::StrCat("Join through ", absl::StrJoin(e.seeds, ", "));
  }
  std::string operator()(const core::Stop&) const { return "Stop"; }
  std::string operator()(const core::GetRing&) const { return "GetRing"; }
  std::string operator()(const core::Notify& e) const {
    return absl::StrCat("Notify from ", e.from.name);
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
    constexpr std::array kNames{
        "stabilize",  "stabilize cooldown", "check predecessor", "check predecessor cooldown",
        "fix finger", "join retry",         "join timeout"};
    return absl::StrCat("timer: ", kNames[static_cast<std::size_t>(e.timer)]);
  }
};

const char* Name(core::Moment moment) {
  constexpr std::array<const char*, 12> kNames{"ring created",
                                               "joined",
                                               "stopped",
                                               "predecessor changed",
                                               "predecessor failed",
                                               "successor changed",
                                               "successor failed",
                                               "alone",
                                               "finger dropped",
                                               "join retry",
                                               "stabilizing",
                                               "notified"};
  return kNames[static_cast<std::size_t>(moment)];
}

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
  std::string text = absl::StrCat("  now: predecessor ", table->predecessor().name, ", successors");
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
