#include "sim/world.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"

namespace concord::sim {
namespace {

constexpr HostId kNobody = static_cast<HostId>(-1);

// A host is named by its number; its port is one more than how often it has moved: h17:1.
std::string Address(HostId host, unsigned moves) { return absl::StrCat("h", host, ":", moves + 1); }

// What tells events of one kind apart, for the digest.
std::uint64_t Digest(const core::Event& event) {
  struct Visitor {
    std::uint64_t operator()(const core::Create& e) const { return e.command; }
    std::uint64_t operator()(const core::Join& e) const { return e.command; }
    std::uint64_t operator()(const core::Leave& e) const { return e.command; }
    std::uint64_t operator()(const core::Stop&) const { return 0; }
    std::uint64_t operator()(const core::GetRing& e) const { return e.call; }
    std::uint64_t operator()(const core::Notify& e) const { return e.from.id; }
    std::uint64_t operator()(const core::PeerLeaves& e) const { return e.farewell.from.id; }
    std::uint64_t operator()(const core::RingAnswer& e) const {
      return e.question ^ Scramble(e.ring.predecessor.id);
    }
    std::uint64_t operator()(const core::SuccessorAnswer& e) const {
      return e.question ^ Scramble(e.successor.id);
    }
    std::uint64_t operator()(const core::QuestionFailed& e) const { return e.question; }
    std::uint64_t operator()(const core::Evidence& e) const { return e.suspect.id; }
    std::uint64_t operator()(const core::TimerFired& e) const {
      return static_cast<std::uint64_t>(e.timer);
    }
    std::uint64_t operator()(const core::Bootstrap& e) const { return e.command; }
    std::uint64_t operator()(const core::PeerMeets& e) const { return e.meeting.from.id; }
    std::uint64_t operator()(const core::MeetingAnswer& e) const {
      return e.question ^ Scramble(e.meeting.from.id);
    }
  };
  return std::visit(Visitor(), event) * 16 + event.index();
}

}  // namespace

World::World(const WorldOptions& options, Watcher& watcher)
    : options_(options),
      watcher_(watcher),
      prng_(Scramble(options.seed ^ 0x636f6e636f7264)),
      network_(Scramble(options.seed ^ 0x6e6574776f726b), options.network),
      call_timeout_(ToNanos(options.call_timeout)),
      find_timeout_(ToNanos(options.find_timeout)) {}

// --- Hosts ------------------------------------------------------------------------------------

HostId World::AddHost(std::string name, std::optional<Id> id) {
  const auto host = static_cast<HostId>(hosts_.size());
  if (!id) {
    do id = space().Mask(prng_.Next());
    while (std::binary_search(ids_.begin(), ids_.end(), *id));
  }
  if (ids_.empty() || ids_.back() < *id) {
    ids_.push_back(*id);
  } else {
    ids_.insert(std::lower_bound(ids_.begin(), ids_.end(), *id), *id);
  }
  core::MemberOptions options = options_.member;
  options.self = {*id, std::move(name), Address(host, 0)};
  options.incarnation = NextIncarnation();
  hosts_.emplace_back(std::move(options));
  if (options_.clock_error > 0) {
    hosts_.back().clock_error =
        static_cast<std::int32_t>(prng_.Below(2 * options_.clock_error + 1)) -
        static_cast<std::int32_t>(options_.clock_error);
  }
  return host;
}

// By clocks that agree no better than they run.
std::uint64_t World::NextIncarnation() {
  const auto lie = static_cast<std::uint64_t>(options_.clock_error) * 100'000;  // up to 20 s
  return static_cast<std::uint64_t>(now_) + 1 + (lie > 0 ? prng_.Below(lie) : 0);
}

std::optional<HostId> World::HostAt(std::string_view address) const {
  const std::optional<HostId> host = HostNumbered(address);
  if (!host || server(*host).address != address) return std::nullopt;
  return host;
}

std::optional<HostId> World::HostNumbered(std::string_view address) const {
  HostId host = 0;
  if (!address.empty()) address.remove_prefix(1);
  const auto parsed = std::from_chars(address.data(), address.data() + address.size(), host);
  if (parsed.ec != std::errc() || host >= hosts_.size()) return std::nullopt;
  return host;
}

core::CommandId World::Create(HostId host) {
  const core::CommandId command = ++last_command_;
  Deliver(host, core::Create{command});
  return command;
}

core::CommandId World::JoinThrough(HostId host, std::vector<std::string> seeds,
                                   absl::Duration timeout, bool founds) {
  const core::CommandId command = ++last_command_;
  Deliver(host, core::Join{command, std::move(seeds), timeout, founds});
  return command;
}

core::CommandId World::Join(HostId host, const std::vector<HostId>& seeds, absl::Duration timeout) {
  std::vector<std::string> addresses;
  for (const HostId seed : seeds) addresses.push_back(server(seed).address);
  return JoinThrough(host, std::move(addresses), timeout);
}

core::CommandId World::Bootstrap(HostId host, std::vector<std::string> members,
                                 absl::Duration timeout) {
  const core::CommandId command = ++last_command_;
  Deliver(host, core::Bootstrap{command, std::move(members), timeout});
  return command;
}

core::CommandId World::Leave(HostId host, absl::Duration timeout) {
  const core::CommandId command = ++last_command_;
  Deliver(host, core::Leave{command, timeout});
  return command;
}

void World::Stop(HostId host) { Deliver(host, core::Stop{}); }

void World::Place(HostId host, core::MemberState state) {
  const core::MemberOptions options = hosts_[host].member.options();
  hosts_[host].member = core::Member(options, std::move(state));
  const core::Member& member = hosts_[host].member;
  hosts_[host].routing = std::make_shared<const core::RoutingTable>(
      space(), member.self(), member.predecessor(), member.successors(), member.fingers(),
      member.epoch());
  watcher_.OnRouting(host, hosts_[host].routing.get());
  // Members that have long been there are at any point of their periods.
  for (const auto& [timer, period] :
       {std::pair(core::Timer::kStabilize, options.stabilize_interval),
        std::pair(core::Timer::kCheckPredecessor, options.check_predecessor_interval),
        std::pair(core::Timer::kFixFinger, options.fix_finger_interval),
        std::pair(core::Timer::kProbe, options.probe_interval)}) {
    SetTimer(host, timer, static_cast<Nanos>(prng_.Below(ToNanos(period))));
  }
}

void World::Crash(HostId host, bool silent) {
  Host& h = hosts_[host];
  if (!h.up) return;
  EndLife(host, silent);
  if (std::exchange(h.routing, nullptr)) watcher_.OnRouting(host, nullptr);
}

void World::EndLife(HostId host, bool silent) {
  Host& h = hosts_[host];
  Mix(host * 2 + 1);
  h.up = false;
  h.silent = silent;
  ++h.life;
  for (std::uint32_t& setting : h.settings) ++setting;
  AbandonLookupsAt(host);
  AbandonRequestsAt(host);
  Resume(host);  // what waited for it fails now
}

void World::Move(HostId host) {
  Host& h = hosts_[host];
  if (h.up) return;
  core::MemberOptions options = h.member.options();
  options.epoch = h.member.epoch();
  options.self.address = Address(host, ++h.moves);
  h.member = core::Member(std::move(options));
}

void World::Restart(HostId host) {
  core::MemberOptions options = member(host).options();
  options.epoch = member(host).epoch();
  Start(host, std::move(options));
}

void World::Start(HostId host, core::MemberOptions options) {
  Host& h = hosts_[host];
  if (h.up) return;
  options.incarnation = NextIncarnation();
  h.member = core::Member(std::move(options));
  h.up = true;
}

void World::Pause(HostId host) {
  if (!hosts_[host].up || std::exchange(hosts_[host].paused, true)) return;
  Mix(host * 4 + 2);
  AbandonLookupsAt(host);
}

void World::Resume(HostId host) {
  if (!std::exchange(hosts_[host].paused, false)) return;
  for (const Entry& entry : std::exchange(hosts_[host].deferred, {})) agenda_.Add(now_, entry);
}

void World::FireEarly(HostId host, core::Timer timer) {
  if (member(host).joined() && up(host)) SetTimer(host, timer, 0);
}

// --- Time -------------------------------------------------------------------------------------

void World::At(absl::Duration after, std::uint64_t moment, std::optional<HostId> host) {
  agenda_.Add(now_ + ToNanos(after), {What::kMoment, 0, host.value_or(kNobody), moment});
}

bool World::Step(Nanos until) {
  if (agenda_.empty() || agenda_.next_time() > until) {
    now_ = std::max(now_, until);
    return false;
  }
  now_ = agenda_.next_time();
  Happen(agenda_.Take());
  return true;
}

void World::RunFor(absl::Duration duration) {
  const Nanos until = now_ + ToNanos(duration);
  while (Step(until)) {
  }
}

void World::Happen(const Entry& entry) {
  switch (entry.what) {
    case What::kTimer:
      return FireTimer(entry);
    case What::kArrival:
      return Arrive(entry);
    case What::kOutcome:
      return Conclude(entry);
    case What::kFound:
      return TellFound(entry);
    case What::kMoment:
      if (entry.subject != kNobody && Defer(entry.subject, entry)) return;
      return watcher_.OnMoment(entry.detail);
    case What::kExpiry:
      return Expire(entry);
  }
}

void World::FireTimer(const Entry& entry) {
  const Host& host = hosts_[entry.subject];
  if (host.settings[entry.timer] != entry.detail || Defer(entry.subject, entry)) return;
  Deliver(entry.subject, core::TimerFired{static_cast<core::Timer>(entry.timer)});
}

// Whether the host stands still, and will meet `entry` when it goes on.
bool World::Defer(HostId host, const Entry& entry) {
  if (hosts_[host].paused) hosts_[host].deferred.push_back(entry);
  return hosts_[host].paused;
}

// --- Events and effects -----------------------------------------------------------------------

void World::Deliver(HostId host, const core::Event& event) {
  ++protocol_events_;
  Mix(static_cast<std::uint64_t>(now_) ^ Scramble(host));
  Mix(Digest(event));
  watcher_.OnEvent(host, event);
  hosts_[host].member.Deliver(event, effects_);
  for (core::Effect& effect : effects_) {
    std::visit([this, host](auto& e) { Do(host, e); }, effect);
  }
  watcher_.OnDone(host);
}

World::Call World::CallOf(HostId host, Call::Kind kind, Nanos timeout,
                          core::QuestionId question) const {
  Call call;
  call.kind = kind;
  call.from = host;
  call.question = question;
  call.deadline = now_ + timeout;
  return call;
}

void World::Do(HostId host, core::AskRing& effect) {
  Call call = CallOf(host, Call::Kind::kGetRing, call_timeout_, effect.question);
  call.callee = std::move(effect.to);
  StartCall(std::move(call));
}

void World::Do(HostId host, core::AskSeed& effect) {
  Call call = CallOf(host, Call::Kind::kFind, find_timeout_, effect.question);
  call.callee.address = std::move(effect.seed);
  call.find.id = effect.id;
  StartCall(std::move(call));
}

void World::Do(HostId host, core::FindSuccessor& effect) {
  Hop hop;
  hop.whom = Hop::For::kQuestion;
  hop.at = host;
  hop.name = effect.question;
  hop.deadline = now_ + find_timeout_;
  StartLookup(std::move(hop), {.id = effect.id});
}

void World::Do(HostId host, core::SendNotify& effect) {
  Call call = CallOf(host, Call::Kind::kNotify, call_timeout_, 0);
  call.callee = std::move(effect.to);
  call.server = server(host);
  call.incarnation = member(host).options().incarnation;
  StartCall(std::move(call));
}

void World::Do(HostId host, core::SendFarewell& effect) {
  Call call = CallOf(host, Call::Kind::kFarewell, call_timeout_, effect.question);
  call.callee = std::move(effect.to);
  call.farewell = std::move(effect.farewell);
  StartCall(std::move(call));
}

void World::Do(HostId host, core::SendMeeting& effect) {
  Call call = CallOf(host, Call::Kind::kMeeting, call_timeout_, effect.question);
  call.callee.address = std::move(effect.to);
  call.meeting = std::make_shared<core::Meeting>(std::move(effect.meeting));
  StartCall(std::move(call));
}

void World::Do(HostId, core::AnswerMeeting& effect) {
  const auto slot = static_cast<std::uint32_t>(effect.call);
  if (effect.meeting) {
    calls_[slot].meeting = std::make_shared<core::Meeting>(*std::move(effect.meeting));
  }
  Reply(slot, effect.meeting ? Outcome::kAnswered : Outcome::kRefused);
}

void World::Do(HostId, core::AnswerRing& effect) {
  const auto slot = static_cast<std::uint32_t>(effect.call);
  if (effect.ring) calls_[slot].ring = *std::move(effect.ring);
  Reply(slot, effect.ring ? Outcome::kAnswered : Outcome::kRefused);
}

void World::Do(HostId host, core::SetTimer& effect) {
  Nanos delay = ToNanos(effect.delay);
  if (effect.jittered) delay = delay / 2 + static_cast<Nanos>(prng_.Below(delay + 1));
  delay += delay / 1'000'000 * hosts_[host].clock_error;
  SetTimer(host, effect.timer, delay);
}

void World::SetTimer(HostId host, core::Timer timer, Nanos delay) {
  const auto which = static_cast<std::uint8_t>(timer);
  agenda_.Add(now_ + delay, {What::kTimer, which, host, ++hosts_[host].settings[which]});
}

void World::Do(HostId host, core::PublishRouting& effect) {
  hosts_[host].routing = std::move(effect.table);
  const core::RoutingTable* const table = hosts_[host].routing.get();
  if (table != nullptr) Mix(table->predecessor().id ^ Scramble(table->successors().size()));
  watcher_.OnRouting(host, table);
}

void World::Do(HostId host, core::TellRange& effect) {
  watcher_.OnRangeChange(host, effect.change);
}

void World::Do(HostId host, core::TellSuccessors& effect) {
  watcher_.OnSuccessorsChange(host, effect.successors);
}

void World::Do(HostId host, core::CommandFinished& effect) {
  watcher_.OnCommand(host, effect.command, effect.status);
}

void World::Do(HostId host, core::Trace& effect) { watcher_.OnTrace(host, effect); }

}  // namespace concord::sim
