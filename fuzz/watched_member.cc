#include "watched_member.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "check.h"
#include "core/invariants.h"
#include "range_checks.h"
#include "runtime/codec.h"
#include "story.h"

namespace concord::fuzz {

using core::Event;
using core::Timer;

WatchedMember::WatchedMember(const core::MemberOptions& options)
    : member_(options), told_epoch_(options.epoch) {}

// --- Events -----------------------------------------------------------------------------------

core::Effects WatchedMember::EffectsOf(const Event& event) {
  if (TellingStory()) Tell(event);
  core::Effects effects = member_.Deliver(event);
  if (TellingStory()) {
    for (const core::Effect& effect : effects) Tell(effect);
  }
  return effects;
}

void WatchedMember::Deliver(const Event& event) {
  const core::Effects effects = EffectsOf(event);
  Check(core::BrokenInvariant(member_).empty(), "the invariants of a member",
        core::BrokenInvariant(member_));
  const bool published =
      !effects.empty() && std::holds_alternative<core::PublishRouting>(effects.front());
  for (const core::Effect& effect : effects) {
    Check(!std::holds_alternative<core::PublishRouting>(effect) ||
              (published && &effect == &effects.front()),
          "routing is published first, and once");
    std::visit([this](const auto& e) { Expect(e); }, effect);
  }
  Check(told_range_ == member_.range(), "every change of range is told");
  Check(told_successors_ == member_.successors().servers(), "every change of successors is told");
  Check(told_epoch_ == member_.epoch(), "the epoch is that of the last change told");
  ExpectRouting();
  ExpectTimers();
}

void WatchedMember::Create() {
  const bool free = IsFree();
  commands_.insert(++last_command_);
  Deliver(core::Create{last_command_});
  Check(commands_.count(last_command_) == 0, "Create ends at once");
  Check(!free || member_.joined(), "Create makes a member");
}

void WatchedMember::Join(std::vector<std::string> seeds) {
  const bool free = IsFree();
  if (free) seeds_ = seeds;
  commands_.insert(++last_command_);
  Deliver(core::Join{last_command_, std::move(seeds), absl::Seconds(30)});
  Check(commands_.count(last_command_) == (free ? 1 : 0), "a Join out of place ends at once");
  Check(!IsFree() || commands_.empty(), "a Join lasts until it has ended");
}

void WatchedMember::Bootstrap(std::vector<std::string> members) {
  const bool free = IsFree();
  if (free) seeds_ = members;
  members.push_back(member_.self().address);
  commands_.insert(++last_command_);
  Deliver(core::Bootstrap{last_command_, std::move(members), absl::Seconds(30)});
  Check(free || commands_.count(last_command_) == 0, "a Bootstrap out of place ends at once");
  Check(!IsFree() || commands_.empty(), "a Bootstrap lasts until it has ended");
}

void WatchedMember::Leave() {
  const bool member = member_.joined();
  commands_.insert(++last_command_);
  Deliver(core::Leave{last_command_, absl::Seconds(10)});
  Check(member || commands_.count(last_command_) == 0, "a Leave out of place ends at once");
  Check(!member_.joined(), "who leaves is no member any more");
}

void WatchedMember::Stop() {
  Deliver(core::Stop{});
  Check(IsFree(), "Stop ends all");
  Check(commands_.empty(), "Stop ends what was waited for");
}

void WatchedMember::GetRing() {
  ring_call_ = ++last_call_;
  Deliver(core::GetRing{last_call_});
  Check(!ring_call_, "GetRing is answered at once");
}

// Whoever has left is gone from everywhere.
void WatchedMember::Farewell(const core::Farewell& farewell) {
  ring_call_ = ++last_call_;
  told_farewell_ = true;
  Deliver(core::PeerLeaves{last_call_, farewell});
  told_farewell_ = false;
  Check(!ring_call_, "a farewell is answered at once");
  if (!member_.joined() || farewell.from.id == member_.self().id) return;
  Check(!member_.successors().Has(farewell.from) && !member_.fingers().Has(farewell.from),
        "who has left is neither a successor nor a finger");
  Check(member_.predecessor() != farewell.from || member_.predecessor_dead(),
        "who has left is no living predecessor");
}

void WatchedMember::Meet(const core::Meeting& meeting) {
  const bool joined = member_.joined();
  meeting_call_ = ++last_call_;
  Deliver(core::PeerMeets{last_call_, meeting});
  Check(!meeting_call_, "a Meet is answered at once");
  Check(joined == member_.joined(), "what somebody says of itself makes no ring");
}

void WatchedMember::Fire(Timer timer) {
  set_timers_.erase(timer);
  Deliver(core::TimerFired{timer});
}

core::QuestionId WatchedMember::Close(std::size_t which) {
  const core::QuestionId id = open_[which].id;
  open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(which));
  answered_.push_back(id);
  return id;
}

void WatchedMember::AnswerRing(std::size_t which, const core::RingView& ring) {
  const Server asked = *open_[which].ring_of;
  const core::SuccessorList before = member_.successors();
  const bool joining = member_.joining();
  Deliver(core::RingAnswer{Close(which), ring});
  if (member_.successors() == before) return;
  if (!core::MayBeFrom(asked, ring)) {  // that is a failure of whom we asked
    core::SuccessorList rest = before;
    rest.DropHead();
    return Check(before.head() == asked && member_.successors() == rest,
                 "an answer of somebody else takes whom we asked from the list, and no more");
  }
  // Who joins takes the list of its predecessor; who stabilizes puts whom it asked before it.
  ExpectList(joining ? ring.successors.front() : asked, ring);
}

void WatchedMember::AnswerSuccessor(std::size_t which, const Server& successor) {
  named_ = successor;
  Deliver(core::SuccessorAnswer{Close(which), successor});
  named_.reset();
}

// Nobody takes its place before all the others have met the same nodes.
void WatchedMember::AnswerMeeting(std::size_t which, const core::Meeting& meeting) {
  const std::uint64_t complete =
      member_.state().bootstrap ? member_.state().bootstrap->founders.complete() : 0;
  const bool joined = member_.joined();
  Deliver(core::MeetingAnswer{Close(which), meeting});
  if (joined || !member_.joined()) return;
  Check(meeting.complete != 0, "who has not met all of the others decides nothing");
  Check(complete == 0 || complete == member_.state().founders || !meeting.member,
        "a ring is that of those who have met");
}

void WatchedMember::Fail(std::size_t which, core::Failure failure) {
  Deliver(core::QuestionFailed{Close(which), failure, "nobody is there"});
}

void WatchedMember::DeliverInVain(const Event& event) {
  const core::Member before = member_;
  const core::Effects effects = EffectsOf(event);
  Check(effects.empty(), "what belongs to no open operation has no effect");
  Check(before.range() == member_.range() && before.joining() == member_.joining() &&
            before.predecessor() == member_.predecessor() &&
            before.predecessor_dead() == member_.predecessor_dead() &&
            before.successors() == member_.successors() && before.fingers() == member_.fingers(),
        "what belongs to no open operation changes nothing");
}

std::vector<Server> WatchedMember::Known() const {
  std::vector<Server> known = member_.successors().servers();
  for (const core::FingerTable::Finger& finger : member_.fingers().fingers()) {
    known.push_back(finger.server);
  }
  if (member_.joined()) known.push_back(member_.predecessor());
  return known;
}

// --- The end: nobody answers -----------------------------------------------------------------

void WatchedMember::FailAll() {
  // Nothing new is learned, so each server that is known can be asked once more at most.
  for (std::size_t left = open_.size() + 300; !open_.empty(); --left) {
    Check(left > 0, "a member that nobody answers stops asking");
    Fail(open_.size() - 1, core::Failure::kUnreachable);
  }
}

void WatchedMember::FireAll() {
  for (const Timer timer : std::set<Timer>(set_timers_)) {
    if (timer != Timer::kJoinTimeout) Fire(timer);
  }
}

void WatchedMember::EndInSilence() {
  const auto settled = [this] {
    return !member_.joined() ||
           (member_.successors().empty() && member_.predecessor() == member_.self());
  };
  for (int round = 0; round < 4; ++round) {
    FailAll();
    if (!member_.joining()) FireAll();
  }
  if (member_.joining()) Fire(Timer::kJoinTimeout);
  FailAll();
  Check(settled(), "a member that nobody answers ends alone");
  Check(!member_.joining() && commands_.empty(), "a Join or Leave that nobody answers ends");
  FireAll();
  FailAll();
  Check(settled(), "a member that is alone stays so while nobody answers");
}

bool WatchedMember::IsFree() const {
  return !member_.joined() && !member_.joining() && !member_.leaving();
}

// --- What each effect has to be --------------------------------------------------------------

void WatchedMember::ExpectFresh(core::QuestionId question, std::optional<Server> ring_of,
                                bool meeting) {
  Check(question > last_question_, "every question has an id of its own");
  last_question_ = question;
  open_.insert(open_.begin(), {question, std::move(ring_of), meeting});
}

void WatchedMember::Expect(const core::AskRing& effect) {
  ExpectFresh(effect.question, effect.to);
  Check(effect.to != member_.self(), "a member does not ask itself");
  Check(effect.to.id != member_.self().id || member_.joining(),
        "only who joins asks a server of its own identifier");
  Check(runtime::FromWire(member_.options().space, runtime::ToWire(effect.to)).ok(),
        "who is asked can be asked", effect.to.name);
}

void WatchedMember::Expect(const core::AskSeed& effect) {
  ExpectFresh(effect.question, std::nullopt);
  Check(effect.id == member_.self().id, "a seed is asked for our own place");
  if (member_.joined()) return ExpectProbe(effect.seed);
  Check(member_.joining(), "only who joins, or looks for the others, asks seeds");
  Check(std::count(seeds_.begin(), seeds_.end(), effect.seed) > 0, "a seed is one that was given");
}

void WatchedMember::ExpectProbe(const std::string& address) const {
  const core::RememberedServers& remembered = member_.state().remembered;
  bool known = false;
  for (std::size_t i = 0; i < remembered.size(); ++i) known |= remembered[i].address == address;
  for (const auto& finger : member_.fingers().fingers()) known |= finger.server.address == address;
  const core::SuccessorList& successors = member_.successors();
  known |= !successors.empty() && successors.last().address == address;
  Check(known, "who is probed is remembered, a finger, or the last successor");
  Check(address != member_.self().address, "a member does not probe itself");
}

void WatchedMember::Expect(const core::FindSuccessor& effect) {
  ExpectFresh(effect.question, std::nullopt);
  Check(member_.options().space.Has(effect.id), "a finger begins on the circle");
  const std::vector<Server>& successors = member_.successors().servers();
  Check(successors.empty() ||
            !member_.options().space.InArc(member_.self().id, effect.id, successors.back().id),
        "a finger within the successor list is not looked up");
}

void WatchedMember::Expect(const core::SendNotify& effect) {
  const bool found_by_probe = named_ == effect.to;
  Check(
      found_by_probe || (!member_.successors().empty() && effect.to == member_.successors().head()),
      "who is notified is the first successor, or owns our place elsewhere");
}

void WatchedMember::Expect(const core::SendFarewell& effect) {
  ExpectFresh(effect.question, effect.to);
  Check(member_.leaving(), "only who leaves says so");
  Check(effect.farewell.from == member_.self() && effect.to.id != member_.self().id,
        "a farewell is ours, and to somebody else");
  const auto read = runtime::FromWire(member_.options().space, runtime::ToWire(effect.farewell));
  Check(read.ok() && *read == effect.farewell, "others take our farewell as it is",
        read.status().ToString());
}

void WatchedMember::Expect(const core::SendMeeting& effect) {
  ExpectFresh(effect.question, std::nullopt, /*meeting=*/true);
  Check(std::count(seeds_.begin(), seeds_.end(), effect.to) > 0, "who is met is in the list");
  const auto read = runtime::FromWire(member_.options().space, runtime::ToWire(effect.meeting));
  Check(read.ok() && *read == effect.meeting, "others take our meeting as it is",
        read.status().ToString());
  Check(member_.state().bootstrap.has_value(), "only who begins a ring tells the others so");
  Check(effect.to != member_.self().address, "who begins a ring does not ask itself");
}

void WatchedMember::Expect(const core::AnswerMeeting& effect) {
  Check(meeting_call_ == effect.call, "a Meet is answered once");
  meeting_call_.reset();
  const bool begins = member_.state().bootstrap.has_value();
  Check(effect.meeting.has_value() == (begins || member_.joined()),
        "exactly members and who begins a ring answer Meet");
  Check(!effect.meeting || effect.meeting->member == member_.joined(), "a member says so");
}

void WatchedMember::Expect(const core::AnswerRing& effect) {
  Check(ring_call_ == effect.call, "a GetRing is answered once");
  ring_call_.reset();
  const bool knows_its_place = !told_farewell_ && member_.state().bootstrap &&
                               member_.state().bootstrap->founders.complete() != 0;
  Check(effect.ring.has_value() == (member_.joined() || knows_its_place),
        "exactly members have a ring, and who knows its place in one");
  if (!effect.ring) return;
  Check(!member_.joined() || effect.ring->predecessor == member_.predecessor(),
        "the ring names the predecessor");
  Check(!effect.ring->successors.empty(), "the ring names a successor");
  const auto read = runtime::FromWire(member_.options().space, runtime::ToWire(*effect.ring));
  Check(read.ok() && *read == *effect.ring, "others take our ring as it is",
        read.status().ToString());
}

void WatchedMember::Expect(const core::SetTimer& effect) {
  Check(effect.delay > absl::ZeroDuration() && effect.delay <= absl::Hours(1),
        "a timer goes off in time, and not at once");
  set_timers_.insert(effect.timer);
}

void WatchedMember::Expect(const core::TellRange& effect) {
  Check(effect.change.epoch == told_epoch_ + 1, "the epoch grows by one");
  Check(effect.change.before == told_range_, "a change begins where the last one ended");
  CheckRangeChange(member_.options().space, effect.change);
  Check(effect.change.after || !effect.change.peer || member_.leaving(),
        "nobody takes over from one that stops");
  told_epoch_ = effect.change.epoch;
  told_range_ = effect.change.after;
}

void WatchedMember::Expect(const core::TellSuccessors& effect) {
  Check(effect.successors != told_successors_, "successors that are told are others than before");
  told_successors_ = effect.successors;
}

void WatchedMember::Expect(const core::CommandFinished& effect) {
  Check(commands_.erase(effect.command) == 1, "a command ends once");
}

void WatchedMember::Expect(const core::PublishRouting& effect) { routing_ = effect.table; }

// succ := head :: its succ, cut to r and where it comes round to us.
void WatchedMember::ExpectList(const Server& asked, const core::RingView& ring) const {
  const core::IdSpace& space = member_.options().space;
  std::vector<Server> list{asked};
  for (const Server& next : ring.successors) {
    if (list.size() == member_.options().successor_count) break;
    if (next.id == list.back().id) continue;
    if (!space.Between(list.back().id, next.id, member_.self().id)) break;
    list.push_back(next);
  }
  Check(member_.successors().servers() == list, "the list is that of the new head, cut");
}

// --- What holds between events ----------------------------------------------------------------

void WatchedMember::ExpectRouting() const {
  Check((routing_ != nullptr) == (member_.joined() || member_.leaving()),
        "exactly members route, and who leaves");
  if (!routing_) return;
  Check(routing_->member() == member_.joined(), "the table knows who leaves");
  Check(routing_->range() == member_.range(), "the table has our range");
  const core::RoutingTable fresh(member_.options().space, member_.self(), member_.predecessor(),
                                 member_.successors(), member_.fingers());
  const Id self = member_.self().id;
  const std::size_t known = routing_->NextHops(self);
  Check(routing_->predecessor() == fresh.predecessor() &&
            routing_->successors() == fresh.successors() && known == fresh.NextHops(self),
        "the routing table is up to date");
  for (std::size_t i = 0; i < known; ++i) {
    Check(routing_->next_hop(i) == fresh.next_hop(i), "next hops are up to date");
    const Id target = routing_->next_hop(i).id;
    Check(routing_->NextHops(target) == i, "the next hops to a server are those before it");
  }
}

void WatchedMember::ExpectTimers() const {
  const auto set = [this](Timer timer) { return set_timers_.count(timer) == 1; };
  Check(!member_.joined() || (set(Timer::kStabilize) && set(Timer::kCheckPredecessor) &&
                              set(Timer::kFixFinger) && set(Timer::kProbe)),
        "the periods of a member go on");
  Check(!member_.joining() || set(Timer::kJoinTimeout), "a Join has its end");
}

}  // namespace concord::fuzz
