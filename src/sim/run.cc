#include "sim/run.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/invariants.h"
#include "sim/acquaintance.h"
#include "sim/true_ring.h"

namespace concord::sim {
namespace {

constexpr core::Timer kPeriods[] = {core::Timer::kStabilize, core::Timer::kCheckPredecessor,
                                    core::Timer::kFixFinger, core::Timer::kProbe};
// Moments: an action; or a host resumes; or the process of one that has left ends.
constexpr std::uint64_t kResume = std::uint64_t{1} << 32;
constexpr std::uint64_t kEnd = std::uint64_t{2} << 32;
constexpr absl::Duration kLeaveTimeout = absl::Seconds(10);

}  // namespace

std::string Describe(const Verdict& verdict) {
  const std::string when = absl::FormatDuration(verdict.when);
  switch (verdict.kind) {
    case Verdict::Kind::kPassed:
      return absl::StrCat("passed: ideal ", absl::FormatDuration(verdict.healing),
                          " after the faults");
    case Verdict::Kind::kUnsafe:
      return absl::StrCat("an invariant is broken at ", when, ": ", verdict.what);
    case Verdict::Kind::kNotHealed:
      return absl::StrCat("not healed at ", when, ": ", verdict.what);
  }
  return "";
}

Run::Run(const Scenario& scenario)
    : scenario_(scenario), world_(scenario.world, *this), told_(world_) {
  const bool proof = scenario.assumptions == Assumptions::kProof;
  std::vector<HostId> first;
  for (HostId host = 0; host < scenario.hosts; ++host) {
    world_.AddHost(absl::StrCat("n", host));
    if (host < scenario.first_members) first.push_back(host);
  }
  for (HostId host = 0; host < scenario.twins; ++host) {
    world_.AddHost(absl::StrCat("n", host), world_.server(host).id);
  }
  wanted_.resize(world_.hosts());
  if (scenario.first_members == 1) {
    world_.Create(0);
  } else {
    PlaceIdealRing(world_, first);
    for (const HostId host : first) told_.Begin(host);
  }
  for (const HostId host : first) wanted_[host] = true;
  checker_.emplace(world_, proof);
  for (const HostId host : first) checker_->OnRouting(host, world_.routing(host));
  for (std::size_t i = 0; i < scenario.actions.size(); ++i) {
    world_.At(scenario.actions[i].at, i);
  }
}

Verdict Run::Go() {
  if (RunUntil(ToNanos(scenario_.faults))) {
    if (EndFaults() && BecomeIdeal() && LookUpFromEverywhere()) ComeToRest();
  }
  verdict_.events = world_.protocol_events();
  verdict_.trace_hash = world_.trace_hash();
  return verdict_;
}

// False: something went wrong.
bool Run::RunUntil(Nanos end) {
  while (!failed_ && world_.Step(end)) {
    if (world_.protocol_events() > scenario_.most_events) {
      Fail(Verdict::Kind::kNotHealed, "Livelock: the members never stop talking");
    }
  }
  return !failed_;
}

void Run::Fail(Verdict::Kind kind, std::string what) {
  if (std::exchange(failed_, true)) return;
  verdict_.kind = kind;
  verdict_.what = std::move(what);
  verdict_.when = absl::Nanoseconds(world_.now());
}

// --- Faults -----------------------------------------------------------------------------------

void Run::OnMoment(std::uint64_t moment) {
  if (moment >= kEnd) {
    EndIfLeft(static_cast<HostId>(moment - kEnd));
  } else if (moment >= kResume) {
    world_.Resume(static_cast<HostId>(moment - kResume));
  } else {
    Do(scenario_.actions[moment]);
  }
}

void Run::Do(const Action& action) {
  const HostId host = action.host;
  const bool odd = action.detail % 2 == 1;
  switch (action.kind) {
    case Action::Kind::kJoin:
      if (world_.up(host) && !world_.member(host).leaving()) Join(host, action.detail);
      return;
    case Action::Kind::kStop:
    case Action::Kind::kCrash:
      if (!world_.up(host)) return;
      if (scenario_.assumptions != Assumptions::kHarsh && !checker_->MayFail(host)) return;
      if (action.kind == Action::Kind::kStop && !world_.paused(host)) world_.Stop(host);
      world_.Crash(host, odd && action.kind == Action::Kind::kCrash);
      wanted_[host] = false;
      return;
    case Action::Kind::kLeave:
      if (!world_.member(host).joined() || !world_.up(host) || world_.paused(host)) return;
      if (scenario_.assumptions != Assumptions::kHarsh && !checker_->MayFail(host)) return;
      wanted_[host] = false;
      world_.Leave(host, kLeaveTimeout);
      return;
    case Action::Kind::kFullRestart:
      return RestartAll();
    case Action::Kind::kRestart:
      if (world_.up(host)) return;
      if (odd) world_.Move(host);
      world_.Restart(host);
      return Join(host, action.detail);
    case Action::Kind::kPause:
      world_.Pause(host);
      return world_.At(absl::Nanoseconds(action.detail), kResume + host);
    case Action::Kind::kPartition: {
      std::vector<std::uint8_t> sides(world_.hosts());
      for (HostId h = 0; h < sides.size(); ++h) {
        sides[h] = static_cast<std::uint8_t>(Scramble(action.detail + h) % Sides(action.detail));
      }
      return world_.network().Partition(std::move(sides), odd);
    }
    case Action::Kind::kBreakLinks:
      return world_.network().BreakLinks(50'000, action.detail);
    case Action::Kind::kHealNetwork:
      return world_.network().Reconnect();
    case Action::Kind::kTick:
      return world_.FireEarly(host, kPeriods[action.detail % std::size(kPeriods)]);
    case Action::Kind::kDelay:
      return world_.network().SetDelay(absl::Nanoseconds(action.detail));
  }
}

// As if all lost their power, each of them with a file of those whom it knew.
void Run::RestartAll() {
  std::vector<std::pair<HostId, std::vector<std::string>>> lives;
  for (HostId host = 0; host < world_.hosts(); ++host) {
    const core::Member& member = world_.member(host);
    if (!world_.up(host) || world_.paused(host) || !member.joined()) continue;
    std::vector<std::string> known;
    const auto add = [&](const Server& server) {
      if (server.address != member.self().address) known.push_back(server.address);
    };
    add(member.predecessor());
    for (const Server& server : member.successors().servers()) add(server);
    for (const auto& finger : member.fingers().fingers()) add(finger.server);
    const core::RememberedServers& remembered = member.state().remembered;
    for (std::size_t i = 0; i < remembered.size(); ++i) add(remembered[i]);
    lives.emplace_back(host, std::move(known));
  }
  for (const auto& [host, known] : lives) world_.Crash(host, /*silent=*/false);
  for (auto& [host, known] : lives) {
    world_.Restart(host);
    if (known.empty()) {
      world_.Create(host);
    } else {
      world_.JoinThrough(host, std::move(known), absl::Minutes(2), /*founds=*/true);
    }
  }
}

void Run::EndIfLeft(HostId host) {
  if (!world_.up(host) || !world_.member(host).leaving()) return;
  world_.Stop(host);
  world_.Crash(host, /*silent=*/false);
}

void Run::Join(HostId host, std::uint64_t detail) {
  if (world_.paused(host)) return;
  if (const auto twin = TwinOf(host)) wanted_[*twin] = false;  // whichever gets in
  std::vector<HostId> seeds;
  for (std::uint64_t i = 0; i < 3; ++i) {
    seeds.push_back(static_cast<HostId>(Scramble(detail + i) % world_.hosts()));
  }
  // Of host 0 all are told: whom nobody knows any more nobody can find.
  if (scenario_.assumptions == Assumptions::kHarsh) seeds.push_back(0);
  wanted_[host] = true;
  world_.Join(host, seeds, absl::Seconds(30));
}

// --- After every event ------------------------------------------------------------------------

void Run::OnDone(HostId host) {
  const core::Member& member = world_.member(host);
  if (std::string broken = core::BrokenInvariant(member); !broken.empty()) {
    Fail(Verdict::Kind::kUnsafe, absl::StrCat(member.self().name, ": ", broken));
  }
  Require(told_.Check(host));
  if (scenario_.assumptions == Assumptions::kProof) {
    checker_->Check();
    if (!checker_->violation().empty()) Fail(Verdict::Kind::kUnsafe, checker_->violation());
  }
  for (Watcher* listener : listeners_) listener->OnDone(host);
}

void Run::OnRangeChange(HostId host, const RangeChange& change) {
  Require(told_.OnRangeChange(host, change));
  for (Watcher* listener : listeners_) listener->OnRangeChange(host, change);
}

void Run::OnSuccessorsChange(HostId host, const std::vector<Server>& successors) {
  told_.OnSuccessorsChange(host, successors);
  for (Watcher* listener : listeners_) listener->OnSuccessorsChange(host, successors);
}

void Run::OnRouting(HostId host, const core::RoutingTable* table) {
  if (at_rest_) Fail(Verdict::Kind::kNotHealed, "NotAtRest: an ideal ring changes");
  if (table == nullptr && !world_.up(host)) told_.OnCrash(host);
  if (checker_) checker_->OnRouting(host, table);
  for (Watcher* listener : listeners_) listener->OnRouting(host, table);
}

void Run::OnListSent(std::uint32_t call, HostId reader, const core::SuccessorList& list) {
  checker_->OnListSent(call, reader, list);
}

void Run::OnListGone(std::uint32_t call) { checker_->OnListGone(call); }

void Run::OnEvent(HostId host, const core::Event& event) {
  for (Watcher* listener : listeners_) listener->OnEvent(host, event);
}

void Run::OnCommand(HostId host, core::CommandId command, const absl::Status& status) {
  // Its process lasts until the lookups that it had taken are answered.
  if (absl::IsAlreadyExists(status)) GiveWay(host);
  if (world_.member(host).leaving()) world_.At(absl::Seconds(1), kEnd + host, host);
  for (Watcher* listener : listeners_) listener->OnCommand(host, command, status);
}

void Run::OnTrace(HostId host, const core::Trace& trace) {
  if (trace.moment == core::Moment::kReplaced) GiveWay(host);
  if (trace.moment == core::Moment::kCreated) regroup_ = true;
  for (Watcher* listener : listeners_) listener->OnTrace(host, trace);
}

std::optional<HostId> Run::TwinOf(HostId host) const {
  if (host >= scenario_.hosts) return static_cast<HostId>(host - scenario_.hosts);
  if (host < scenario_.twins) return static_cast<HostId>(host + scenario_.hosts);
  return std::nullopt;
}

// The other of the two is the member.
void Run::GiveWay(HostId host) {
  const std::optional<HostId> twin = TwinOf(host);
  if (!twin) return;  // a life of its own that it had elsewhere
  wanted_[host] = false;
  wanted_[*twin] = world_.up(*twin);
  regroup_ = true;
}

// --- After the faults -------------------------------------------------------------------------

// False: something went wrong.
bool Run::EndFaults() {
  world_.network().Heal();
  for (HostId host = 0; host < world_.hosts(); ++host) world_.Resume(host);
  if (scenario_.assumptions != Assumptions::kHarsh) return true;
  StopForgotten();
  // Who was asked while there were faults may still be taken for dead.
  return RunUntil(world_.now() + 2 * ToNanos(scenario_.world.call_timeout));
}

// Members that nobody remembers who is left, as when all died that knew both sides, are for an
// operator: they are stopped, and join again.
void Run::StopForgotten() {
  const std::vector<std::vector<HostId>> groups = Acquainted(world_);
  for (std::size_t i = 1; i < groups.size(); ++i) {
    for (const HostId host : groups[i]) world_.Stop(host);
    verdict_.forgotten += groups[i].size();
  }
}

// Whoever was to be a member and could not get in while there were faults tries again.
bool Run::BecomeIdeal() {
  const Nanos begin = world_.now();
  const Nanos period = ToNanos(std::max(scenario_.world.member.stabilize_interval,
                                        scenario_.world.member.check_predecessor_interval));
  const Nanos end =
      begin + ToNanos(absl::Minutes(2)) + static_cast<Nanos>(10 + 2 * world_.hosts()) * period;
  while (world_.now() < end) {
    if (std::exchange(regroup_, false)) StopForgotten();
    const TrueRing members = TrueRing::Of(world_);
    bool all_in = true, founded = false;
    for (HostId host = 0; host < world_.hosts(); ++host) {
      const auto& join = world_.member(host).state().join;
      founded = founded || (world_.up(host) && join && join->founds);  // when its turn has come
    }
    for (HostId host = 0; host < world_.hosts(); ++host) {
      if (!wanted_[host] || world_.member(host).joined()) continue;
      all_in = false;
      if (world_.member(host).joining()) continue;
      if (!members.empty()) {
        world_.Join(host, {members.at(0)}, absl::Seconds(30));
      } else if (!founded) {  // nobody is left
        world_.Create(host);
        founded = true;
      }
    }
    if (all_in && IsIdeal(world_)) {
      Require(told_.CheckBalance());
      verdict_.healing = absl::Nanoseconds(world_.now() - begin);
      return !failed_;
    }
    if (!RunUntil(world_.now() + ToNanos(absl::Milliseconds(500)))) return false;
  }
  Fail(Verdict::Kind::kNotHealed, "NotIdeal: the ring is not ideal");
  return false;
}

bool Run::LookUpFromEverywhere() {
  const TrueRing ring = TrueRing::Of(world_);
  Prng prng(scenario_.seed);
  for (std::size_t i = 0; i < ring.size(); ++i) {
    for (const Id id : {world_.space().Mask(prng.Next()), world_.server(ring.at(i)).id,
                        world_.space().Mask(world_.server(ring.at(i)).id + 1)}) {
      world_.Lookup(ring.at(prng.Below(ring.size())), id, absl::Seconds(30), sought_.size());
      sought_.push_back(id);
    }
  }
  if (!RunUntil(world_.now() + ToNanos(absl::Seconds(31)))) return false;
  if (found_ < sought_.size()) {
    Fail(Verdict::Kind::kNotHealed,
         absl::StrCat("LostLookup: ", sought_.size() - found_, " lookups never ended"));
  }
  return !failed_;
}

// Every finger becomes true, and from then on nothing changes any more.
void Run::ComeToRest() {
  // What was sent while there were faults may still arrive, or be given up, its sender dead by now.
  const Nanos longest =
      ToNanos(scenario_.faults + Network::kLongestWay) + ToNanos(scenario_.world.find_timeout);
  if (!RunUntil(std::max(world_.now(), longest))) return;
  const Nanos period = ToNanos(scenario_.world.member.fix_finger_interval);
  const Nanos end = world_.now() + ToNanos(absl::Minutes(1)) + 200 * period;
  while (!FingersAreTrue(world_)) {
    if (world_.now() >= end) return Fail(Verdict::Kind::kNotHealed, "WrongFinger: not refreshed");
    if (!RunUntil(world_.now() + period)) return;
  }
  at_rest_ = true;
  RunUntil(world_.now() +
           20 * std::max(period, ToNanos(scenario_.world.member.stabilize_interval)));
}

void Run::OnFound(std::uint64_t lookup, const Found& found) {
  ++found_;
  const Id id = sought_[lookup];
  const Server& owner = world_.server(TrueRing::Of(world_).Owner(id));
  if (found.how != Found::How::kOwner) {
    Fail(Verdict::Kind::kNotHealed, absl::StrCat("FailedLookup: nobody was found for ", id));
  } else if (found.owner != owner) {
    Fail(Verdict::Kind::kNotHealed, absl::StrCat("WrongLookup: ", id, " is owned by ", owner.name,
                                                 ", and ", found.owner.name, " was found"));
  }
}

}  // namespace concord::sim
