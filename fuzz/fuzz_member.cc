// A member among liars: an input is a program of events, sensible and senseless ones (see
// member_program.h). After each of them everything that watched_member.h expects must hold, and at
// the end, when nobody answers any more, the member must come to rest.
#include <google/protobuf/stubs/logging.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "check.h"
#include "concord_wire.pb.h"
#include "core/events.h"
#include "core/id_space.h"
#include "core/member.h"
#include "core/messages.h"
#include "input.h"
#include "member_program.h"
#include "runtime/codec.h"
#include "watched_member.h"

namespace concord::fuzz {
namespace {

using core::IdSpace;
using core::RingView;

// An identifier from one byte: small circles have no more, of large ones it is the upper byte.
Id At(const IdSpace& space, unsigned place) {
  return space.bits() <= 8 ? space.Mask(place) : Id{place} << (space.bits() - 8);
}

core::MemberOptions ReadHead(Input& input) {
  core::MemberOptions options;
  options.space = IdSpace(input.Below(64) + 1);
  options.successor_count = input.Below(32) + 1;
  options.self = {At(options.space, input.Byte()), "self", "self:1"};
  options.epoch = input.Byte();
  return options;
}

class Interpreter {
 public:
  explicit Interpreter(Input input) : input_(input), node_(ReadHead(input_)) {}

  void Run() {
    while (!input_.empty()) Step();
    node_.EndInSilence();
  }

 private:
  void Step();
  void AnswerOpen(std::size_t which);
  void AnswerBytes(std::size_t which);
  void AnswerNobody(NobodysQuestion question);

  template <typename Action>
  void WithOpenQuestion(Action action) {
    const unsigned which = input_.Byte();
    if (!node_.open().empty()) action(which % node_.open().size());
  }

  void EvidenceOfKnown(core::Failure failure);
  void FarewellOfKnown();
  Server ReadServer();
  RingView ReadRing(const Server& predecessor);
  core::Meeting ReadMeeting(const Server& from);
  std::vector<std::string> ReadSeeds();
  const IdSpace& space() const { return node_.member().options().space; }

  Input input_;
  WatchedMember node_;
};

void Interpreter::Step() {
  switch (static_cast<Op>(input_.Below(static_cast<unsigned>(Op::kCount)))) {
    case Op::kCreate:
      return node_.Create();
    case Op::kJoin:
      return node_.Join(ReadSeeds());
    case Op::kStop:
      return node_.Stop();
    case Op::kGetRing:
      return node_.GetRing();
    case Op::kNotify:
      return node_.Notify(ReadServer());
    case Op::kNotifyBytes: {
      wire::Server message;
      if (!message.ParseFromString(input_.Chunk())) return;
      if (const auto from = runtime::FromWire(space(), message); from.ok()) node_.Notify(*from);
      return;
    }
    case Op::kAnswer:
      return WithOpenQuestion([this](std::size_t which) { AnswerOpen(which); });
    case Op::kAnswerBytes:
      return WithOpenQuestion([this](std::size_t which) { AnswerBytes(which); });
    case Op::kRefuse:
      return WithOpenQuestion(
          [this](std::size_t which) { node_.Fail(which, core::Failure::kUnreachable); });
    case Op::kTimeout:
      return WithOpenQuestion(
          [this](std::size_t which) { node_.Fail(which, core::Failure::kTimeout); });
    case Op::kNobodysAnswer:
      return AnswerNobody(static_cast<NobodysQuestion>(
          input_.Below(static_cast<unsigned>(NobodysQuestion::kCount))));
    case Op::kEvidence:
      return node_.Evidence(ReadServer(), core::Failure::kUnreachable);
    case Op::kEvidenceOfKnown:
      return EvidenceOfKnown(core::Failure::kUnreachable);
    case Op::kLatenessOfKnown:
      return EvidenceOfKnown(core::Failure::kTimeout);
    case Op::kLeave:
      return node_.Leave();
    case Op::kFarewellOfKnown:
      return FarewellOfKnown();
    case Op::kBootstrap: {
      std::vector<std::string> members;
      for (unsigned left = input_.Below(4) + 1; left > 0; --left) {
        members.push_back(ReadServer().address);
      }
      return node_.Bootstrap(std::move(members));
    }
    case Op::kMeet:
      return node_.Meet(ReadMeeting(ReadServer()));
    case Op::kTimer:
      return node_.Fire(static_cast<core::Timer>(input_.Below(core::kTimers)));
    case Op::kCount:
      return;
  }
}

void Interpreter::EvidenceOfKnown(core::Failure failure) {
  const std::vector<Server> known = node_.Known();
  const unsigned which = input_.Byte();
  if (!known.empty()) node_.Evidence(known[which % known.size()], failure);
}

void Interpreter::FarewellOfKnown() {
  const std::vector<Server> known = node_.Known();
  const unsigned which = input_.Byte();
  RingView ring = ReadRing(ReadServer());
  if (known.empty()) return;
  node_.Farewell({known[which % known.size()], ring.predecessor, std::move(ring.successors)});
}

void Interpreter::AnswerOpen(std::size_t which) {
  const Server server = ReadServer();
  if (node_.open()[which].ring_of) {
    node_.AnswerRing(which, ReadRing(server));
  } else if (node_.open()[which].meeting) {
    node_.AnswerMeeting(which, ReadMeeting(server));
  } else {
    node_.AnswerSuccessor(which, server);
  }
}

// What the codec refuses is to the member a server that cannot be reached.
void Interpreter::AnswerBytes(std::size_t which) {
  const std::string bytes = input_.Chunk();
  if (node_.open()[which].ring_of) {
    wire::Ring message;
    if (message.ParseFromString(bytes)) {
      const auto ring = runtime::FromWire(space(), message);
      if (ring.ok()) return node_.AnswerRing(which, *ring);
    }
  } else if (node_.open()[which].meeting) {
    wire::Meeting message;
    if (message.ParseFromString(bytes)) {
      const auto meeting = runtime::FromWire(space(), message);
      if (meeting.ok()) return node_.AnswerMeeting(which, *meeting);
    }
  } else {
    wire::FindResp message;
    if (message.ParseFromString(bytes)) {
      const auto response = runtime::FromWire(space(), message);
      if (response.ok()) return node_.AnswerSuccessor(which, response->owner);
    }
  }
  node_.Fail(which, core::Failure::kUnreachable);
}

void Interpreter::AnswerNobody(NobodysQuestion question) {
  const Server server = ReadServer();
  const auto deliver_all = [&](core::QuestionId id) {
    node_.DeliverInVain(core::RingAnswer{id, {server, {server}}});
    node_.DeliverInVain(core::SuccessorAnswer{id, server});
    node_.DeliverInVain(core::MeetingAnswer{id, {.from = server, .member = true}});
    node_.DeliverInVain(core::QuestionFailed{id, core::Failure::kTimeout, "late"});
    node_.DeliverInVain(core::QuestionFailed{id, core::Failure::kUnreachable, "late"});
  };
  switch (question) {
    case NobodysQuestion::kNeverAsked:
      return deliver_all(node_.last_question() + 1 + input_.Byte());
    case NobodysQuestion::kZero:
      return deliver_all(0);
    case NobodysQuestion::kAnsweredBefore: {
      const unsigned which = input_.Byte();
      const auto& answered = node_.answered();
      if (!answered.empty()) deliver_all(answered[which % answered.size()]);
      return;
    }
    case NobodysQuestion::kOtherKind:
      return WithOpenQuestion([&](std::size_t which) {
        const OpenQuestion open = node_.open()[which];
        if (open.ring_of || open.meeting) {
          node_.DeliverInVain(core::SuccessorAnswer{open.id, server});
        }
        if (!open.ring_of) node_.DeliverInVain(core::RingAnswer{open.id, {server, {server}}});
        if (!open.meeting) {
          node_.DeliverInVain(core::MeetingAnswer{open.id, {.from = server, .member = true}});
        }
      });
    case NobodysQuestion::kCount:
      return;
  }
}

// --- Values, each by way of the wire ----------------------------------------------------------

template <typename Value>
Value ByWire(const IdSpace& space, const Value& value) {
  const absl::StatusOr<Value> read = runtime::FromWire(space, runtime::ToWire(value));
  Check(read.ok() && *read == value, "what is well-formed passes", read.status().ToString());
  return value;
}

Server Interpreter::ReadServer() {
  const Server& self = node_.member().self();
  const auto who = static_cast<Who>(input_.Below(static_cast<unsigned>(Who::kCount)));
  const unsigned place = input_.Byte();
  Id id = At(space(), place);
  if (who == Who::kNear) id = space().Mask(self.id + place - 128);
  if (who == Who::kSelf) return ByWire(space(), self);
  const char* const name = who == Who::kOther ? "other" : "usual";
  return ByWire(space(), Server{id, absl::StrCat(name, id), absl::StrCat(name, id, ":1")});
}

RingView Interpreter::ReadRing(const Server& predecessor) {
  RingView ring{predecessor, {}};
  for (unsigned left = input_.Below(40); left > 0; --left) ring.successors.push_back(ReadServer());
  return ByWire(space(), ring);
}

core::Meeting Interpreter::ReadMeeting(const Server& from) {
  const unsigned says = input_.Byte();
  core::Meeting meeting{.from = from, .incarnation = (says & Says::kSecondLife) != 0 ? 2u : 1u};
  meeting.member = (says & Says::kMember) != 0;
  if (const auto& bootstrap = node_.member().state().bootstrap) {
    const core::Founders& founders = bootstrap->founders;
    meeting.members = static_cast<std::uint32_t>(founders.size());
    meeting.roster = founders.roster() + ((says & Says::kOtherList) != 0 ? 1 : 0);
    if ((says & Says::kMetAll) != 0) meeting.complete = founders.complete();
    if ((says & Says::kMetOthers) != 0) meeting.complete = founders.complete() + 1;
  }
  return ByWire(space(), meeting);
}

std::vector<std::string> Interpreter::ReadSeeds() {
  std::vector<std::string> seeds;
  for (unsigned left = input_.Below(3) + 1; left > 0; --left) {
    seeds.push_back(absl::StrCat("seed", left, ":1"));
  }
  return seeds;
}

}  // namespace
}  // namespace concord::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // protobuf writes a line to standard error for each string that is no text.
  static const google::protobuf::LogSilencer silencer;
  concord::fuzz::Interpreter(concord::fuzz::Input(data, size)).Run();
  return 0;
}
