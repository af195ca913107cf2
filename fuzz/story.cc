#include "story.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace concord::fuzz {
namespace {

std::string Of(const Server& server) { return absl::StrCat(server.name, "(", server.id, ")"); }

std::string Of(const std::vector<Server>& servers) {
  const auto append = [](std::string* out, const Server& server) { *out += Of(server); };
  return absl::StrJoin(servers, " ", append);
}

std::string Of(const core::RingView& ring) {
  return absl::StrCat("predecessor ", Of(ring.predecessor), ", successors ", Of(ring.successors));
}

std::string Of(const core::Meeting& meeting) {
  return absl::StrCat(Of(meeting.from), meeting.member          ? ", a member"
                                        : meeting.complete != 0 ? ", has met all"
                                                                : "");
}

std::string Of(const std::optional<Range>& range) {
  return range ? absl::StrCat("(", range->start, ", ", range->end, "]") : "nothing";
}

struct InWords {
  std::string operator()(const core::Create&) { return "Create"; }
  std::string operator()(const core::Join& e) { return "Join " + absl::StrJoin(e.seeds, " "); }
  std::string operator()(const core::Leave&) { return "Leave"; }
  std::string operator()(const core::Stop&) { return "Stop"; }
  std::string operator()(const core::GetRing&) { return "GetRing"; }
  std::string operator()(const core::Notify& e) { return "Notify from " + Of(e.from); }
  std::string operator()(const core::PeerLeaves& e) { return "Farewell of " + Of(e.farewell.from); }
  std::string operator()(const core::RingAnswer& e) {
    return absl::StrCat("RingAnswer to ", e.question, ": ", Of(e.ring));
  }
  std::string operator()(const core::SuccessorAnswer& e) {
    return absl::StrCat("SuccessorAnswer to ", e.question, ": ", Of(e.successor));
  }
  std::string operator()(const core::QuestionFailed& e) {
    return absl::StrCat("QuestionFailed ", e.question,
                        e.failure == core::Failure::kTimeout ? ": timeout" : ": unreachable");
  }
  std::string operator()(const core::Evidence& e) { return "Evidence against " + Of(e.suspect); }
  std::string operator()(const core::TimerFired& e) {
    return absl::StrCat("TimerFired ", static_cast<int>(e.timer));
  }
  std::string operator()(const core::Bootstrap& e) {
    return "Bootstrap " + absl::StrJoin(e.members, " ");
  }
  std::string operator()(const core::PeerMeets& e) { return "Meet " + Of(e.meeting); }
  std::string operator()(const core::MeetingAnswer& e) {
    return absl::StrCat("MeetingAnswer to ", e.question, ": ", Of(e.meeting));
  }

  std::string operator()(const core::AskRing& e) {
    return absl::StrCat("AskRing ", e.question, " of ", Of(e.to));
  }
  std::string operator()(const core::AskSeed& e) {
    return absl::StrCat("AskSeed ", e.question, " of ", e.seed);
  }
  std::string operator()(const core::FindSuccessor& e) {
    return absl::StrCat("FindSuccessor ", e.question, " of ", e.id);
  }
  std::string operator()(const core::SendNotify& e) { return "SendNotify to " + Of(e.to); }
  std::string operator()(const core::SendFarewell& e) {
    return absl::StrCat("SendFarewell ", e.question, " to ", Of(e.to));
  }
  std::string operator()(const core::AnswerRing& e) {
    return e.ring ? "AnswerRing: " + Of(*e.ring) : "AnswerRing: not a member";
  }
  std::string operator()(const core::SendMeeting& e) {
    return absl::StrCat("SendMeeting ", e.question, " to ", e.to);
  }
  std::string operator()(const core::AnswerMeeting& e) {
    return e.meeting ? "AnswerMeeting: " + Of(*e.meeting) : "AnswerMeeting: no";
  }
  std::string operator()(const core::SetTimer& e) {
    return absl::StrCat("SetTimer ", static_cast<int>(e.timer));
  }
  std::string operator()(const core::PublishRouting& e) {
    return e.table ? "PublishRouting" : "PublishRouting: none";
  }
  std::string operator()(const core::TellRange& e) {
    return absl::StrCat("TellRange ", e.change.epoch, ": ", Of(e.change.before), " to ",
                        Of(e.change.after));
  }
  std::string operator()(const core::TellSuccessors& e) {
    return absl::StrCat("TellSuccessors ", Of(e.successors));
  }
  std::string operator()(const core::CommandFinished& e) {
    return "CommandFinished: " + e.status.ToString();
  }
  std::string operator()(const core::Trace& e) {
    return absl::StrCat("Trace ", static_cast<int>(e.moment));
  }
};

}  // namespace

bool TellingStory() {
  static const bool telling = std::getenv("CONCORD_FUZZ_STORY") != nullptr;
  return telling;
}

void Tell(const core::Event& event) {
  std::fprintf(stderr, "%s\n", std::visit(InWords(), event).c_str());
}

void Tell(const core::Effect& effect) {
  std::fprintf(stderr, "    %s\n", std::visit(InWords(), effect).c_str());
}

}  // namespace concord::fuzz
