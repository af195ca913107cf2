// Bootstrap, the part of Member that begins a ring as a whole, so that it has as many members as
// Zave's proof asks for from its first moment on.
//   Each node of the list asks the others, round after round, whom they have met. Who has met all
// of them knows what the ring will be, and answers GetRing with its place in it. Who hears that all
// of them have met the same nodes, in the same lives, takes its place: from then on nobody of the
// list takes another one for dead that only has not heard of it yet.
//   Who finds a ring there already, as a node does that was started again, joins it. It does also
// if it is one of the list that the others have begun without: they take it for one that has died.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/member.h"

namespace concord::core {

void Member::On(const Bootstrap& event) {
  if (Refuse(event.command, "Bootstrap")) return;
  state_.bootstrap.emplace(BootstrapOperation{
      .command = event.command,
      .founders = Founders(event.members, options_.self, options_.incarnation),
      .timeout = event.timeout,
      .pause = options_.join_retry_floor,
  });
  Emit(SetTimer{Timer::kJoinTimeout, event.timeout, /*jittered=*/false});
  if (state_.bootstrap->founders.agreed()) return BecomeFounder();  // the list is we alone
  MeetInTurn();
}

// --- Who asks ---------------------------------------------------------------------------------

void Member::MeetInTurn() {
  BootstrapOperation& bootstrap = *state_.bootstrap;
  const Founders& founders = bootstrap.founders;
  if (bootstrap.turn < founders.size() &&
      founders[bootstrap.turn].address == options_.self.address) {
    ++bootstrap.turn;
  }
  if (bootstrap.turn == founders.size()) return PauseMeeting();
  bootstrap.question.id = ++state_.last_question;
  Emit(SendMeeting{state_.last_question, founders[bootstrap.turn].address, OurMeeting()});
}

void Member::PauseMeeting() {
  BootstrapOperation& bootstrap = *state_.bootstrap;
  bootstrap.turn = 0;
  bootstrap.question = {};
  Emit(SetTimer{Timer::kJoinRetry, bootstrap.pause});
  bootstrap.pause = std::min(2 * bootstrap.pause, options_.join_retry_ceiling);
}

// Somebody has something to tell: it is worth asking. (Unless we are about to.)
void Member::MeetSoon() {
  BootstrapOperation& bootstrap = *state_.bootstrap;
  if (bootstrap.pause <= 2 * options_.join_retry_floor) return;
  bootstrap.pause = options_.join_retry_floor;
  if (bootstrap.question.id == 0) Emit(SetTimer{Timer::kJoinRetry, bootstrap.pause});
}

void Member::OnMeeting(const Meeting& meeting) {
  BootstrapOperation& bootstrap = *state_.bootstrap;
  Founders& founders = bootstrap.founders;
  const std::string& asked = founders[bootstrap.turn].address;
  const Server& from = meeting.from;
  if (meeting.member) {
    const bool ours = meeting.complete != 0 && meeting.complete == founders.complete();
    return ours ? BecomeFounder() : JoinInstead();
  }
  if (from.address != asked) {
    founders.Failed(
        bootstrap.turn,
        absl::StrCat("'", from.name, "' answers there, and calls itself ", from.address));
  } else if (meeting.roster != founders.roster()) {
    return FinishBootstrap(absl::FailedPreconditionError(absl::StrCat(
        "Bootstrap: '", from.name, "' at ", asked, " begins a ring of another list: of ",
        meeting.members, " members with the digest ", absl::Hex(meeting.roster),
        ", and ours is of ", founders.size(), " with ", absl::Hex(founders.roster()))));
  } else if (const Founders::Founder* same = founders.WithIdOf(from)) {
    return FinishBootstrap(absl::AlreadyExistsError(
        absl::StrCat("Bootstrap: '", same->server.name, "' at ", same->address, " and '", from.name,
                     "' at ", asked, " have the same identifier, ", from.id)));
  } else {
    if (founders.IsNews(meeting)) bootstrap.pause = options_.join_retry_floor;
    founders.Met(bootstrap.turn, meeting);
    if (founders.agreed()) return BecomeFounder();
  }
  ++bootstrap.turn;
  MeetInTurn();
}

void Member::OnMeetingFailure(Failure failure, const std::string& reason) {
  BootstrapOperation& bootstrap = *state_.bootstrap;
  const std::string& asked = bootstrap.founders[bootstrap.turn].address;
  if (failure == Failure::kStranger) {
    return FinishBootstrap(
        absl::FailedPreconditionError(absl::StrCat("Bootstrap: ", asked, ": ", reason)));
  }
  bootstrap.founders.Failed(bootstrap.turn, reason);
  ++bootstrap.turn;
  MeetInTurn();
}

// --- Who is asked -----------------------------------------------------------------------------

// What somebody says of itself is a reason to ask it; what counts is what it answers.
void Member::On(const PeerMeets& event) {
  if (state_.bootstrap) {
    const bool known_list = event.meeting.roster == state_.bootstrap->founders.roster();
    if (known_list && state_.bootstrap->founders.IsNews(event.meeting)) MeetSoon();
  } else if (!joined()) {
    return Emit(AnswerMeeting{event.call, std::nullopt});
  }
  Emit(AnswerMeeting{event.call, OurMeeting()});
}

Meeting Member::OurMeeting() const {
  Meeting meeting{.from = options_.self, .incarnation = options_.incarnation};
  if (!state_.bootstrap) {
    meeting.member = true;
    meeting.complete = state_.founders;
    return meeting;
  }
  const Founders& founders = state_.bootstrap->founders;
  meeting.members = static_cast<std::uint32_t>(founders.size());
  meeting.roster = founders.roster();
  meeting.complete = founders.complete();
  return meeting;
}

// Others may have their places already. nullopt: we do not know ours.
std::optional<RingView> Member::RingToBe() const {
  if (!state_.bootstrap || state_.bootstrap->founders.complete() == 0) return std::nullopt;
  const std::vector<Server> others =
      state_.bootstrap->founders.Clockwise(options_.space, options_.self.id);
  const SuccessorList list = ListFrom(others.front(), {{}, others});
  return RingView{others.back(), list.servers(), options_.self, options_.incarnation};
}

// --- The end ----------------------------------------------------------------------------------

void Member::BecomeFounder() {
  const BootstrapOperation bootstrap = *std::exchange(state_.bootstrap, std::nullopt);
  const std::vector<Server> others = bootstrap.founders.Clockwise(options_.space, options_.self.id);
  state_.founders = bootstrap.founders.complete();
  if (others.empty()) {
    Note(Moment::kCreated);
    BecomeMember(options_.self, {}, std::nullopt);
  } else {
    std::vector<std::string> addresses;
    for (const Server& other : others) addresses.push_back(other.address);
    state_.remembered.RememberSeeds(addresses);
    Note(Moment::kBootstrapped, others.front());
    BecomeMember(others.back(), ListFrom(others.front(), {{}, others}), std::nullopt);
  }
  Emit(CommandFinished{bootstrap.command, absl::OkStatus()});
}

// In the time that is left; the command stays the same.
void Member::JoinInstead() {
  const BootstrapOperation bootstrap = *std::exchange(state_.bootstrap, std::nullopt);
  JoinOperation join;
  join.command = bootstrap.command;
  join.timeout = bootstrap.timeout;
  join.pause = bootstrap.pause;
  join.bootstraps = true;
  for (std::size_t i = 0; i < bootstrap.founders.size(); ++i) {
    const std::string& address = bootstrap.founders[i].address;
    if (address != options_.self.address) join.seeds.push_back(address);
  }
  BeginJoin(std::move(join));
}

// Who was a member may have been started again meanwhile, and be one of those who begin.
void Member::MeetAgain() {
  JoinOperation join = *std::exchange(state_.join, std::nullopt);
  join.seeds.push_back(options_.self.address);
  state_.bootstrap.emplace(BootstrapOperation{
      .command = *join.command,
      .founders = Founders(std::move(join.seeds), options_.self, options_.incarnation),
      .timeout = join.timeout,
      .pause = join.pause,
  });
  PauseMeeting();
}

void Member::FinishBootstrap(absl::Status status) {
  const CommandId command = std::exchange(state_.bootstrap, std::nullopt)->command;
  Emit(CommandFinished{command, std::move(status)});
}

}  // namespace concord::core
