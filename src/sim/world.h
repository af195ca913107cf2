// Members on hosts on a virtual network, in virtual time. The members and their lookups are those
// that run in production; what the runtime does with threads and gRPC, the world does with an
// agenda. One seed decides everything: the same seed and the same calls are the same run.
#ifndef CONCORD_SIM_WORLD_H_
#define CONCORD_SIM_WORLD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "core/effects.h"
#include "core/events.h"
#include "core/lookup.h"
#include "core/member.h"
#include "core/messages.h"
#include "core/routing_table.h"
#include "sim/agenda.h"
#include "sim/network.h"
#include "sim/prng.h"
#include "sim/slots.h"
#include "sim/virtual_time.h"

namespace concord::sim {

// How a lookup ended.
struct Found {
  enum class How : std::uint8_t { kOwner, kTimedOut, kUnreachable, kNobodyNearer, kTooManyHops };
  How how = How::kUnreachable;
  Server owner;
  HostId by = 0;  // whose routing table told
  std::uint32_t hops = 0;
  std::uint32_t failed_contacts = 0;  // servers on the way that did not answer
};

// What an application sends: a request, or what came of it.
using Payload = std::shared_ptr<const absl::StatusOr<std::string>>;

// How a call over the network ended.
enum class Outcome : std::uint8_t {
  kOpen,
  kAnswered,
  kRefused,
  kTimedOut,
  kStranger,  // it belongs to another ring
};

// A request that an application has got and is to answer.
struct RequestId {
  std::uint32_t call = 0;
  std::uint64_t name = 0;
};

// Hears what happens. Every call comes in the middle of an event: it may look at the world and make
// lookups, but start and stop hosts only through World::At.
class Watcher {
 public:
  virtual ~Watcher() = default;
  // `host` has delivered `event` to its member: before and after its effects are carried out.
  virtual void OnEvent(HostId /*host*/, const core::Event& /*event*/) {}
  virtual void OnDone(HostId /*host*/) {}
  // The member's pointers have changed: its new routing table, null when it is no member any more.
  virtual void OnRouting(HostId /*host*/, const core::RoutingTable* /*table*/) {}
  // Whether to tell of lists on their way, which costs something to know.
  virtual bool WatchesLists() const { return false; }
  // An answer begins to be on its way that will give `reader` this list when it arrives, and has
  // ended to be.
  virtual void OnListSent(std::uint32_t /*call*/, HostId /*reader*/,
                          const core::SuccessorList& /*list*/) {}
  virtual void OnListGone(std::uint32_t /*call*/) {}
  virtual void OnRangeChange(HostId /*host*/, const RangeChange& /*change*/) {}
  virtual void OnSuccessorsChange(HostId /*host*/, const std::vector<Server>& /*successors*/) {}
  virtual void OnCommand(HostId /*host*/, core::CommandId /*command*/, const absl::Status& /*s*/) {}
  virtual void OnTrace(HostId /*host*/, const core::Trace& /*trace*/) {}
  virtual void OnFound(std::uint64_t /*lookup*/, const Found& /*found*/) {}
  // A moment that At() asked for has come.
  virtual void OnMoment(std::uint64_t /*moment*/) {}
  // Of World::Ask: what came of it; the ring when it was answered.
  virtual void OnRing(std::uint64_t /*name*/, Outcome /*outcome*/, const core::RingView& /*ring*/) {
  }
  // Of World::Send: it has come to `host`, which is to Answer; what came of it, at the sender.
  virtual void OnRequest(HostId /*host*/, RequestId /*request*/, const Payload& /*payload*/) {}
  virtual void OnResponse(std::uint64_t /*name*/, Outcome /*outcome*/, const Payload& /*payload*/) {
  }
};

struct WorldOptions {
  std::uint64_t seed = 1;
  core::MemberOptions member;  // of every member; self is the host's
  NetworkOptions network;
  absl::Duration call_timeout = absl::Milliseconds(250);
  absl::Duration find_timeout = absl::Seconds(2);  // of the lookups that a member itself makes
  unsigned clock_error = 0;  // in a million: each clock is so much too fast or slow at most
};

class World {
 public:
  // `watcher` must outlive the world.
  World(const WorldOptions& options, Watcher& watcher);

  // --- Hosts, numbered from 0 ---
  // A host whose process runs and is no member of a ring. `id`: its identifier; without one, a
  // random one that nobody has.
  HostId AddHost(std::string name, std::optional<Id> id = std::nullopt);
  std::size_t hosts() const { return hosts_.size(); }
  const core::Member& member(HostId host) const { return hosts_[host].member; }
  const core::RoutingTable* routing(HostId host) const { return hosts_[host].routing.get(); }
  bool up(HostId host) const { return hosts_[host].up; }
  bool paused(HostId host) const { return hosts_[host].paused; }
  const Server& server(HostId host) const { return member(host).self(); }
  // Whom an address belongs to in this moment; nullopt: to nobody.
  std::optional<HostId> HostAt(std::string_view address) const;
  // Whom it belongs to, or belonged to before that host moved.
  std::optional<HostId> HostNumbered(std::string_view address) const;

  // Commands end in OnCommand, perhaps before these return.
  core::CommandId Create(HostId host);
  // `founds`: as core::Join has it.
  core::CommandId JoinThrough(HostId host, std::vector<std::string> seeds, absl::Duration timeout,
                              bool founds = false);
  core::CommandId Join(HostId host, const std::vector<HostId>& seeds, absl::Duration timeout);
  // `members`: itself among them.
  core::CommandId Bootstrap(HostId host, std::vector<std::string> members, absl::Duration timeout);
  // Ends in OnCommand; until it is stopped, the host answers lookups.
  core::CommandId Leave(HostId host, absl::Duration timeout);
  void Stop(HostId host);
  // Makes it the member that this state describes: the ring is there from the beginning.
  void Place(HostId host, core::MemberState state);
  // The process ends at once. `silent`: calls to it are not refused but never answered.
  void Crash(HostId host, bool silent);
  // A host that is down gets a new address.
  void Move(HostId host);
  // The process of a host that is down is started again, no member yet; it remembers its epoch.
  void Restart(HostId host);
  void Start(HostId host, core::MemberOptions options);
  // The process stands still: what is meant for it waits.
  void Pause(HostId host);
  void Resume(HostId host);
  // A timer of a member fires now, and not when it was set to.
  void FireEarly(HostId host, core::Timer timer);

  // --- Lookups and moments ---
  // Ends in OnFound(lookup). A host that is no member ends it at once.
  void Lookup(HostId host, Id id, absl::Duration timeout, std::uint64_t lookup);
  // OnMoment(moment) `after` from now; one of a host waits for it while it stands still.
  void At(absl::Duration after, std::uint64_t moment, std::optional<HostId> host = std::nullopt);

  // --- What applications send each other ---
  // Asks `to` for its ring; ends in OnRing(name).
  void Ask(HostId host, const Server& to, absl::Duration timeout, std::uint64_t name);
  // Comes to the host at the address `to` as OnRequest, and ends in OnResponse(name), also when
  // the sender is no member any more. `name`: never given twice.
  void Send(HostId host, std::string_view to, Payload payload, absl::Duration timeout,
            std::uint64_t name);
  // False: nobody waits for the answer any more.
  bool Answer(const RequestId& request, Payload payload);

  // --- Time ---
  Nanos now() const { return now_; }
  // The next event; false: there is none before `until`, which is now.
  bool Step(Nanos until);
  void RunFor(absl::Duration duration);

  Network& network() { return network_; }
  const core::IdSpace& space() const { return options_.member.space; }
  const WorldOptions& options() const { return options_; }
  // Events delivered to members, and lookups that arrived at one.
  std::uint64_t protocol_events() const { return protocol_events_; }
  // A digest of everything that has happened.
  std::uint64_t trace_hash() const { return trace_hash_; }

 private:
  // What the agenda holds: an event of `subject` (a host, a call, a lookup) and its detail.
  enum class What : std::uint8_t { kTimer, kArrival, kOutcome, kFound, kMoment, kExpiry };
  struct Entry {
    What what;
    std::uint8_t timer;
    std::uint32_t subject;
    std::uint64_t detail;
  };
  struct Host {
    explicit Host(core::MemberOptions options) : member(std::move(options)) {}
    core::Member member;
    std::shared_ptr<const core::RoutingTable> routing;
    bool up = true;
    bool silent = false;
    bool paused = false;
    std::uint16_t moves = 0;       // how often it has got a new address
    std::uint32_t life = 0;        // what was meant for an earlier one does not reach it
    std::int32_t clock_error = 0;  // in a million
    std::array<std::uint32_t, core::kTimers> settings{};  // how often each timer was set
    std::vector<Entry> deferred;                          // while paused
  };
  // One call over the network, from its start to its outcome.
  struct Call {
    enum class Kind : std::uint8_t { kGetRing, kFind, kNotify, kFarewell, kMeeting, kRequest };
    Kind kind = Kind::kGetRing;
    Outcome outcome = Outcome::kOpen;
    bool one_way = false;      // the caller has given up already, or has another copy
    bool served = false;       // kRequest: the application has it
    bool brings_list = false;  // the caller will adopt the ring that it is answered
    HostId from = 0;
    HostId to = 0;
    std::uint32_t from_life = 0;
    std::uint32_t lookup = 0;  // of the caller; kFind
    Nanos deadline = 0;
    core::QuestionId question = 0;  // of the member; 0: nobody's, or `name` is the application's
    std::uint64_t name = 0;
    core::FindRequest find;                        // kFind
    Server callee;                                 // as the caller knows it
    Server server;                                 // kNotify: who notifies
    core::Farewell farewell;                       // kFarewell
    std::shared_ptr<const core::Meeting> meeting;  // kMeeting, and what is answered to it
    std::uint64_t incarnation = 0;
    core::RingView ring;
    Payload payload;  // kRequest
    Found found;
  };
  // A lookup at one host.
  struct Hop {
    enum class For : std::uint8_t { kCall, kQuestion, kApplication };
    For whom = For::kApplication;
    HostId at = 0;
    std::uint32_t life = 0;
    std::uint32_t call = 0;  // kCall
    Nanos deadline = 0;
    std::uint64_t name = 0;  // of the question or of the application's lookup
    bool abandoned = false;  // nobody waits for it any more
    bool last_timed_out = false;
    std::optional<core::Lookup> lookup;
    Found found;
  };

  // world.cc
  void Happen(const Entry& entry);
  void FireTimer(const Entry& entry);
  bool Defer(HostId host, const Entry& entry);
  std::uint64_t NextIncarnation();
  void EndLife(HostId host, bool silent);
  void SetTimer(HostId host, core::Timer timer, Nanos delay);
  void Mix(std::uint64_t value) { trace_hash_ = Scramble(trace_hash_ + value); }
  void Deliver(HostId host, const core::Event& event);
  // Of a member; `question` 0: it does not wait for the outcome.
  Call CallOf(HostId host, Call::Kind kind, Nanos timeout, core::QuestionId question) const;
  void Do(HostId host, core::AskRing& effect);
  void Do(HostId host, core::AskSeed& effect);
  void Do(HostId host, core::FindSuccessor& effect);
  void Do(HostId host, core::SendNotify& effect);
  void Do(HostId host, core::SendFarewell& effect);
  void Do(HostId host, core::SendMeeting& effect);
  void Do(HostId host, core::AnswerRing& effect);
  void Do(HostId host, core::AnswerMeeting& effect);
  void Do(HostId host, core::SetTimer& effect);
  void Do(HostId host, core::PublishRouting& effect);
  void Do(HostId host, core::TellRange& effect);
  void Do(HostId host, core::TellSuccessors& effect);
  void Do(HostId host, core::CommandFinished& effect);
  void Do(HostId host, core::Trace& effect);

  // world_calls.cc
  void StartCall(Call call);
  void AddCall(Nanos at, Call call);
  void Arrive(const Entry& entry);
  void Serve(std::uint32_t slot);
  void Expire(const Entry& entry);
  void Reply(std::uint32_t slot, Outcome outcome);
  void Refuse(Call call);
  void Miss(Call call);
  void AddOutcome(Nanos at, Call call);
  void TellOfList(std::uint32_t slot);
  void Conclude(const Entry& entry);
  void OnOutcome(Call& call);
  void StartLookup(Hop hop, core::FindRequest request);
  void AskNextHop(std::uint32_t slot);
  void OnForwarded(const Call& call);
  void FinishWith(std::uint32_t slot, const Server& owner);
  void FinishLookup(std::uint32_t slot, Found::How how);
  void TellFound(const Entry& entry);
  void AbandonLookupsAt(HostId host);
  void AbandonRequestsAt(HostId host);
  void AbandonCall(std::uint32_t slot);

  WorldOptions options_;
  Watcher& watcher_;
  Prng prng_;
  Network network_;
  std::vector<Host> hosts_;
  std::vector<Id> ids_;  // taken, sorted
  Agenda<Entry> agenda_;
  Slots<Call> calls_;
  Slots<Hop> hops_;
  core::Effects effects_;
  Nanos now_ = 0;
  Nanos call_timeout_;
  Nanos find_timeout_;
  core::CommandId last_command_ = 0;
  std::uint64_t protocol_events_ = 0;
  std::uint64_t trace_hash_ = 0;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_WORLD_H_
