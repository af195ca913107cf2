// The world's calls over the network, and the lookups that are made of them.
#include <algorithm>
#include <utility>

#include "sim/world.h"

namespace concord::sim {
namespace {

const char* ReasonFor(core::Failure failure) {
  switch (failure) {
    case core::Failure::kTimeout:
      return "no answer";
    case core::Failure::kStranger:
      return "another ring";
    default:
      break;
  }
  return "refused";
}

}  // namespace

// --- Calls ------------------------------------------------------------------------------------
// A call has one outcome at its caller, and the agenda holds it as soon as it is certain: when the
// question or the answer is lost, or would come after the deadline, that is a timeout.

void World::StartCall(Call call) {
  call.from_life = hosts_[call.from].life;
  const std::optional<HostId> to = HostAt(call.callee.address);
  if (!to) return Refuse(std::move(call));  // nobody listens there any more
  call.to = *to;
  const Network::Fate fate = network_.Send(call.from, call.to, now_);
  if (fate.second != kNever) {
    Call copy = call;
    copy.one_way = true;
    AddCall(fate.second, std::move(copy));
  }
  if (fate.first > call.deadline) {  // the caller has given up when it comes, if it does
    if (fate.first != kNever) {
      Call late = call;
      late.one_way = true;
      AddCall(fate.first, std::move(late));
    }
    return Miss(std::move(call));
  }
  AddCall(fate.first, std::move(call));
}

void World::AddCall(Nanos at, Call call) {
  agenda_.Add(at, {What::kArrival, 0, calls_.Put(std::move(call)), 0});
}

void World::Arrive(const Entry& entry) {
  const std::uint32_t slot = entry.subject;
  const HostId host = calls_[slot].to;
  if (hosts_[host].paused && !calls_[slot].one_way) {  // the caller gives up before it goes on
    Miss(calls_[slot]);
    calls_[slot].one_way = true;
  }
  if (Defer(host, entry)) return;
  if (!hosts_[host].up) {
    Reply(slot, hosts_[host].silent ? Outcome::kTimedOut : Outcome::kRefused);
    return;
  }
  Serve(slot);
}

void World::Serve(std::uint32_t slot) {
  Call& call = calls_[slot];
  const HostId host = call.to;
  if (call.kind != Call::Kind::kRequest &&
      member(call.from).options().identity != member(host).options().identity) {
    return Reply(slot, Outcome::kStranger);
  }
  switch (call.kind) {
    case Call::Kind::kGetRing:
      return Deliver(host, core::GetRing{slot});  // ends in Reply
    case Call::Kind::kNotify: {
      const auto& table = hosts_[host].routing;
      if (!table || !table->member()) return Reply(slot, Outcome::kRefused);
      const core::Notify notify{std::move(call.server), call.incarnation};
      Reply(slot, Outcome::kAnswered);
      return Deliver(host, notify);
    }
    case Call::Kind::kFarewell: {
      const core::Farewell farewell = std::move(call.farewell);
      return Deliver(host, core::PeerLeaves{slot, farewell});
    }
    case Call::Kind::kMeeting: {
      const core::Meeting meeting = *call.meeting;
      return Deliver(host, core::PeerMeets{slot, meeting});
    }
    case Call::Kind::kRequest:
      Mix(call.name);
      call.served = true;
      agenda_.Add(std::max(now_, call.deadline), {What::kExpiry, 0, slot, call.name});
      return watcher_.OnRequest(host, {slot, call.name}, Payload(call.payload));
    case Call::Kind::kFind: {
      ++protocol_events_;
      if (!hosts_[host].routing) return Reply(slot, Outcome::kRefused);
      Hop hop;
      hop.whom = Hop::For::kCall;
      hop.at = host;
      hop.call = slot;
      hop.deadline = call.deadline;
      return StartLookup(std::move(hop), call.find);
    }
  }
}

// The callee's end of the call: what it says travels back.
void World::Reply(std::uint32_t slot, Outcome outcome) {
  Call call = calls_.Take(slot);
  if (call.one_way) return;
  if (outcome == Outcome::kTimedOut) return Miss(std::move(call));
  const Network::Fate fate = network_.Send(call.to, call.from, now_);
  if (fate.first > call.deadline) return Miss(std::move(call));
  call.outcome = outcome;
  // (A lookup waits for one answer; a member is to take a second one for what it is.)
  const bool twice = call.question != 0 && fate.second <= call.deadline;
  const Call copy = twice ? call : Call();
  AddOutcome(fate.first, std::move(call));
  if (twice) agenda_.Add(fate.second, {What::kOutcome, 0, calls_.Put(copy), 0});
}

void World::AddOutcome(Nanos at, Call call) {
  const std::uint32_t slot = calls_.Put(std::move(call));
  agenda_.Add(at, {What::kOutcome, 0, slot, 0});
  if (watcher_.WatchesLists()) TellOfList(slot);
}

// What the caller will make of an answer is best asked of the caller itself.
void World::TellOfList(std::uint32_t slot) {
  Call& call = calls_[slot];
  if (call.kind != Call::Kind::kGetRing || call.outcome != Outcome::kAnswered) return;
  if (call.from_life != hosts_[call.from].life) return;
  const core::MemberState& caller = member(call.from).state();
  if (!core::WaitsFor(caller.join, call.question) &&
      !core::WaitsFor(caller.stabilize, call.question) &&
      !core::WaitsFor(caller.probe, call.question)) {
    return;
  }
  core::Member later = member(call.from);
  later.Deliver(core::RingAnswer{call.question, call.ring});
  if (later.successors().empty() || later.successors() == caller.successors) return;
  call.brings_list = true;
  watcher_.OnListSent(slot, call.from, later.successors());
}

void World::Refuse(Call call) {
  call.outcome = Outcome::kRefused;
  AddOutcome(now_ + 2 * ToNanos(options_.network.latency), std::move(call));
}

void World::Miss(Call call) {
  const Nanos at = std::max(now_, call.deadline);
  call.outcome = Outcome::kTimedOut;
  AddOutcome(at, std::move(call));
}

// The caller's end of the call.
void World::Conclude(const Entry& entry) {
  const HostId host = calls_[entry.subject].from;
  const bool same_life = calls_[entry.subject].from_life == hosts_[host].life;
  // What an application waits for does not end with the member beside it.
  const bool waited_for = same_life || calls_[entry.subject].name != 0;
  if (waited_for && Defer(host, entry)) return;
  Call call = calls_.Take(entry.subject);
  const bool brought_list = call.brings_list;
  if (waited_for) {
    OnOutcome(call);
  } else if (call.kind == Call::Kind::kFind && call.question == 0) {
    hops_.Take(call.lookup);
  }
  if (brought_list) watcher_.OnListGone(entry.subject);
}

void World::OnOutcome(Call& call) {
  const bool answered = call.outcome == Outcome::kAnswered;
  const bool late = call.outcome == Outcome::kTimedOut;
  const core::Failure failure = late                                 ? core::Failure::kTimeout
                                : call.outcome == Outcome::kStranger ? core::Failure::kStranger
                                                                     : core::Failure::kUnreachable;
  const auto failed = [&] {
    Deliver(call.from, core::QuestionFailed{call.question, failure, ReasonFor(failure)});
  };
  switch (call.kind) {
    case Call::Kind::kGetRing:
      if (call.name != 0) return watcher_.OnRing(call.name, call.outcome, call.ring);
      [[fallthrough]];
    case Call::Kind::kFarewell:
      if (!answered) return failed();
      return Deliver(call.from, core::RingAnswer{call.question, std::move(call.ring)});
    case Call::Kind::kMeeting:
      if (!answered) return failed();
      return Deliver(call.from, core::MeetingAnswer{call.question, *call.meeting});
    case Call::Kind::kNotify:
      if (!answered) Deliver(call.from, core::Evidence{std::move(call.callee), failure});
      return;
    case Call::Kind::kFind:
      if (call.question == 0) return OnForwarded(call);
      if (!answered || call.found.how != Found::How::kOwner) return failed();
      return Deliver(call.from, core::SuccessorAnswer{call.question, std::move(call.found.owner)});
    case Call::Kind::kRequest:
      return watcher_.OnResponse(call.name, call.outcome, call.payload);
  }
}

// --- What applications send each other ----------------------------------------------------------

void World::Ask(HostId host, const Server& to, absl::Duration timeout, std::uint64_t name) {
  Call call;
  call.kind = Call::Kind::kGetRing;
  call.from = host;
  call.name = name;
  call.deadline = now_ + ToNanos(timeout);
  call.callee = to;
  StartCall(std::move(call));
}

void World::Send(HostId host, std::string_view to, Payload payload, absl::Duration timeout,
                 std::uint64_t name) {
  Call call;
  call.kind = Call::Kind::kRequest;
  call.from = host;
  call.name = name;
  call.deadline = now_ + ToNanos(timeout);
  call.callee.address = to;
  call.payload = std::move(payload);
  StartCall(std::move(call));
}

bool World::Answer(const RequestId& request, Payload payload) {
  if (!calls_.Has(request.call)) return false;
  Call& call = calls_[request.call];
  if (call.name != request.name || call.outcome != Outcome::kOpen) return false;
  call.payload = std::move(payload);
  Reply(request.call, Outcome::kAnswered);
  return true;
}

// An application that has not answered when the caller gives up need not answer any more.
void World::Expire(const Entry& entry) {
  if (!calls_.Has(entry.subject)) return;
  const Call& call = calls_[entry.subject];
  if (call.name != entry.detail || call.outcome != Outcome::kOpen) return;
  Reply(entry.subject, Outcome::kTimedOut);
}

// --- Lookups ----------------------------------------------------------------------------------
// As src/runtime/lookup_call.cc makes them: one object a host, which tries its next hops in turn.

void World::Lookup(HostId host, Id id, absl::Duration timeout, std::uint64_t lookup) {
  Hop hop;
  hop.whom = Hop::For::kApplication;
  hop.at = host;
  hop.name = lookup;
  hop.deadline = now_ + ToNanos(timeout);
  StartLookup(std::move(hop), {.id = id});
}

void World::StartLookup(Hop hop, core::FindRequest request) {
  Host& host = hosts_[hop.at];
  hop.life = host.life;
  if (host.routing) hop.lookup.emplace(host.routing, std::move(request));
  const std::uint32_t slot = hops_.Put(std::move(hop));
  if (!host.routing) return FinishLookup(slot, Found::How::kUnreachable);
  if (const Server* owner = hops_[slot].lookup->known_owner()) {
    return FinishWith(slot, *owner);
  }
  if (hops_[slot].lookup->hops_exhausted()) return FinishLookup(slot, Found::How::kTooManyHops);
  AskNextHop(slot);
}

void World::AskNextHop(std::uint32_t slot) {
  Hop& hop = hops_[slot];
  const core::Lookup& lookup = *hop.lookup;
  if (!lookup.has_next_hop()) {
    const Server* const owner = lookup.owner_by_list();
    if (owner != nullptr && now_ < hop.deadline) return FinishWith(slot, *owner);
    return FinishLookup(slot,
                        hop.last_timed_out ? Found::How::kTimedOut : Found::How::kNobodyNearer);
  }
  if (now_ >= hop.deadline) return FinishLookup(slot, Found::How::kTimedOut);
  Call call;
  call.kind = Call::Kind::kFind;
  call.from = hop.at;
  call.lookup = slot;
  const absl::Duration left = absl::Nanoseconds(hop.deadline - now_);
  call.deadline = now_ + ToNanos(lookup.TimeForNextHop(left));
  call.find = lookup.Forwarded();
  call.callee = lookup.next_hop();
  StartCall(std::move(call));
}

void World::OnForwarded(const Call& call) {
  Hop& hop = hops_[call.lookup];
  hop.found.failed_contacts += call.found.failed_contacts;
  const bool answered = call.outcome == Outcome::kAnswered;
  if (answered && call.found.how == Found::How::kOwner) {
    hop.found.owner = call.found.owner;
    hop.found.by = call.found.by;
    hop.found.hops = call.found.hops + 1;
    return FinishLookup(call.lookup, Found::How::kOwner);
  }
  if (answered && call.found.how == Found::How::kTooManyHops) {
    return FinishLookup(call.lookup, Found::How::kTooManyHops);
  }
  hop.last_timed_out = call.outcome == Outcome::kTimedOut;
  if (answered) {
    hop.lookup->PassNextHop();
  } else {
    hop.lookup->DropNextHop();
    ++hop.found.failed_contacts;
    Deliver(call.from,
            core::Evidence{call.callee, hop.last_timed_out ? core::Failure::kTimeout
                                                           : core::Failure::kUnreachable});
  }
  AskNextHop(call.lookup);
}

// This host knows the owner.
void World::FinishWith(std::uint32_t slot, const Server& owner) {
  hops_[slot].found.owner = owner;
  hops_[slot].found.by = hops_[slot].at;
  FinishLookup(slot, Found::How::kOwner);
}

void World::FinishLookup(std::uint32_t slot, Found::How how) {
  Hop& hop = hops_[slot];
  hop.found.how = how;
  hop.lookup.reset();
  if (hop.whom != Hop::For::kCall) {  // heard of in an event of its own
    agenda_.Add(now_, {What::kFound, 0, slot, 0});
    return;
  }
  const Hop done = hops_.Take(slot);
  if (done.abandoned) return;
  calls_[done.call].found = done.found;
  Reply(done.call, Outcome::kAnswered);
}

void World::TellFound(const Entry& entry) {
  const HostId host = hops_[entry.subject].at;
  if (Defer(host, entry)) return;
  Hop hop = hops_.Take(entry.subject);
  if (hop.whom == Hop::For::kApplication) return watcher_.OnFound(hop.name, hop.found);
  if (hop.life != hosts_[host].life) return;
  if (hop.found.how == Found::How::kOwner) {
    Deliver(host, core::SuccessorAnswer{hop.name, std::move(hop.found.owner)});
  } else {
    Deliver(host, core::QuestionFailed{hop.name, core::Failure::kTimeout, "not found"});
  }
}

// The host has died or stands still: those who wait for its answer will not get it.
void World::AbandonLookupsAt(HostId host) {
  for (std::uint32_t slot = 0; slot < hops_.end(); ++slot) {
    if (!hops_.Has(slot) || hops_[slot].at != host) continue;
    if (!hops_[slot].lookup || hops_[slot].abandoned) continue;
    if (hops_[slot].whom == Hop::For::kCall) {
      AbandonCall(hops_[slot].call);
    } else if (hops_[slot].whom == Hop::For::kApplication && !hosts_[host].up) {
      Hop over = hops_[slot];  // (the slot itself is given back when its open call ends)
      over.lookup.reset();
      over.found.how = Found::How::kUnreachable;
      agenda_.Add(now_, {What::kFound, 0, hops_.Put(std::move(over)), 0});
    } else {
      continue;
    }
    hops_[slot].abandoned = true;
  }
}

// The same for the requests that its application has not answered.
void World::AbandonRequestsAt(HostId host) {
  for (std::uint32_t slot = 0; slot < calls_.end(); ++slot) {
    if (!calls_.Has(slot) || calls_[slot].kind != Call::Kind::kRequest) continue;
    // (What is answered already is on its way.)
    const bool open = calls_[slot].served && calls_[slot].outcome == Outcome::kOpen;
    if (calls_[slot].to == host && open) AbandonCall(slot);
  }
}

void World::AbandonCall(std::uint32_t slot) {
  Call call = calls_.Take(slot);
  if (call.one_way) return;
  const bool hangs = hosts_[call.to].up || hosts_[call.to].silent;
  if (hangs) return Miss(std::move(call));
  Refuse(std::move(call));
}

}  // namespace concord::sim
