#include "concord/sim/node.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cluster/process_impl.h"
#include "config_check.h"
#include "config_values.h"
#include "core/confirmation.h"
#include "core/ring_walk.h"

namespace concord::sim {

class Node::Impl : public std::enable_shared_from_this<Node::Impl> {
 public:
  Impl(Process::Impl& process, Config config)
      : process_(process), stage_(process.stage), config_(std::move(config)) {}

  absl::Status Start();
  void Stop();
  absl::Status Create();
  using CommandDone = std::function<void(const absl::Status&)>;
  void Join(std::vector<std::string> seeds, absl::Duration timeout, CommandDone done);
  void Bootstrap(const std::vector<std::string>& members, absl::Duration timeout, CommandDone done);
  void Leave(absl::Duration timeout, CommandDone done);
  void Lookup(std::string_view key, const LookupOptions& options, LookupCallback done);
  void LookupN(std::string_view key, std::size_t n, const LookupOptions& options,
               LookupNCallback done);

  // Lets time pass until `operation` has called what it is given.
  template <typename Result, typename Operation>
  Result Wait(const char* method, Operation operation);

  const Config& config() const { return config_; }
  bool started() const { return run_.has_value() && *run_ == process_.life; }
  std::string address() const { return started() ? self().address : ""; }
  // Null while not a member.
  const core::RoutingTable* routing() const {
    return started() ? stage_.world().routing(process_.host) : nullptr;
  }

 private:
  const Server& self() const { return stage_.world().server(process_.host); }
  void Refuse(const absl::Status& status, CommandDone done);
  absl::Status NotStarted(const char* method) const;
  absl::Status NotAMember(const char* method) const;
  absl::Status Ended(absl::Status otherwise) const;
  absl::StatusOr<LookupResult> Result(const Found& found) const;
  struct Confirming {
    Id id;
    Nanos deadline;
    LookupCallback done;
    std::optional<core::Confirmation> confirmation = std::nullopt;
    absl::Duration pause = absl::Milliseconds(10);
    unsigned hops = 0;
  };
  void LookUpToConfirm(const std::shared_ptr<Confirming>& lookup);
  void AskToConfirm(const std::shared_ptr<Confirming>& lookup);
  void ConfirmLater(const std::shared_ptr<Confirming>& lookup);
  absl::Duration Left(const Confirming& lookup) const {
    return absl::Nanoseconds(lookup.deadline - stage_.world().now());
  }
  void Walk(core::RingWalk walk, Nanos deadline, const LookupNCallback& done);
  template <typename Change>
  std::function<void(const Change&)> Teller(const std::function<void(const Change&)>& callback);
  void TellChanges();
  absl::Duration TimeoutOf(const LookupOptions& options) const {
    return options.timeout == absl::ZeroDuration() ? config_.lookup_timeout : options.timeout;
  }

  Process::Impl& process_;
  Stage& stage_;
  const Config config_;
  std::optional<std::uint32_t> run_;  // while started: the life of the process that it is in
  bool started_once_ = false;
  std::uint64_t epoch_ = 0;                    // of the last range change, while stopped
  std::deque<std::function<void()>> changes_;  // not told yet
  bool telling_ = false;
};

// --- Life ---------------------------------------------------------------------------------------

absl::Status Node::Impl::Start() {
  if (absl::Status status = CheckConfig(config_); !status.ok()) return status;
  if (config_.hash_bits != stage_.world().space().bits()) {
    return absl::InvalidArgumentError(absl::StrCat("Config.hash_bits is ", config_.hash_bits,
                                                   ": it must be ", stage_.world().space().bits(),
                                                   ", that of ClusterOptions::config"));
  }
  if (started()) return absl::FailedPreconditionError("Start: this node is started already");
  if (!process_.up) return absl::FailedPreconditionError("Start: its process is down");
  if (process_.node_started) {
    return absl::UnavailableError(
        absl::StrCat("Start: ", self().address, " is in use by another node of its process"));
  }
  core::MemberOptions options = MemberOptionsOf(config_, self().address);
  options.epoch = epoch_;
  stage_.world().Start(process_.host, std::move(options));
  process_.node_started = true;
  run_ = process_.life;
  started_once_ = true;
  stage_.SetListener(process_.host,
                     {Teller(config_.on_range_change), Teller(config_.on_successors_change)});
  return absl::OkStatus();
}

void Node::Impl::Stop() {
  if (!started()) return;
  stage_.world().Stop(process_.host);
  epoch_ = stage_.world().member(process_.host).epoch();
  stage_.world().Crash(process_.host, /*silent=*/false);
  stage_.SetListener(process_.host, {});
  process_.node_started = false;
  run_.reset();
  TellChanges();
}

// What tells `callback` of a change, soon.
template <typename Change>
std::function<void(const Change&)> Node::Impl::Teller(
    const std::function<void(const Change&)>& callback) {
  if (!callback) return nullptr;
  return [this, &callback](const Change& change) {
    changes_.push_back([&callback, change] { callback(change); });
    if (changes_.size() > 1) return;
    stage_.After(absl::ZeroDuration(), process_.host,
                 [self = shared_from_this()] { self->TellChanges(); });
  };
}

void Node::Impl::TellChanges() {
  if (std::exchange(telling_, true)) return;  // whoever called us tells the rest
  for (; !changes_.empty(); changes_.pop_front()) changes_.front()();
  telling_ = false;
}

absl::Status Node::Impl::Create() {
  if (!started()) return NotStarted("Create");
  return stage_.Create(process_.host);
}

// Refused or not, `done` runs in an event of its own.
void Node::Impl::Refuse(const absl::Status& status, CommandDone done) {
  stage_.After(absl::ZeroDuration(), process_.host,
               [done = std::move(done), status] { done(status); });
}

void Node::Impl::Join(std::vector<std::string> seeds, absl::Duration timeout, CommandDone done) {
  if (absl::Status status = CheckJoin(seeds, timeout); !status.ok()) return Refuse(status, done);
  if (!started()) return Refuse(NotStarted("Join"), done);
  std::erase(seeds, address());
  if (seeds.empty()) {
    const auto itself = absl::StrCat("Join: the only seed, ", address(), ", is this node itself");
    return Refuse(absl::InvalidArgumentError(itself), done);
  }
  const core::CommandId join = stage_.world().JoinThrough(process_.host, std::move(seeds), timeout);
  stage_.Await(process_.host, join, std::move(done));
}

void Node::Impl::Bootstrap(const std::vector<std::string>& members, absl::Duration timeout,
                           CommandDone done) {
  if (!started()) return Refuse(NotStarted("Bootstrap"), done);
  if (absl::Status status = CheckBootstrap(members, address(), timeout); !status.ok()) {
    return Refuse(status, done);
  }
  const core::CommandId begin = stage_.world().Bootstrap(process_.host, members, timeout);
  stage_.Await(process_.host, begin, std::move(done));
}

void Node::Impl::Leave(absl::Duration timeout, CommandDone done) {
  if (absl::Status status = CheckLeave(timeout); !status.ok()) return Refuse(status, done);
  if (!started()) return Refuse(NotStarted("Leave"), done);
  const core::CommandId leave = stage_.world().Leave(process_.host, timeout);
  stage_.Await(process_.host, leave,
               [self = shared_from_this(), done = std::move(done)](const absl::Status& status) {
                 if (absl::IsFailedPrecondition(status)) return done(status);
                 // The lookups that it has taken get the time that a call may take.
                 self->stage_.After(self->stage_.world().options().call_timeout,
                                    self->process_.host, [self, status, done] {
                                      self->Stop();
                                      done(status);
                                    });
               });
}

// --- Lookups ------------------------------------------------------------------------------------

absl::Status Node::Impl::NotStarted(const char* method) const {
  return absl::FailedPreconditionError(absl::StrCat(method, ": this node is ",
                                                    started_once_ ? "stopped" : "not started",
                                                    "; call Start() first"));
}

absl::Status Node::Impl::NotAMember(const char* method) const {
  if (!started()) return NotStarted(method);
  return absl::FailedPreconditionError(
      absl::StrCat(method, ": not a member of a ring; call Create() or Join() first"));
}

// What an operation failed with, unless it is that the node was stopped meanwhile.
absl::Status Node::Impl::Ended(absl::Status otherwise) const {
  return started() ? otherwise : absl::CancelledError("the node was stopped");
}

absl::StatusOr<LookupResult> Node::Impl::Result(const Found& found) const {
  switch (found.how) {
    case Found::How::kOwner:
      return LookupResult{found.owner, found.hops, {}, 0};
    case Found::How::kTimedOut:
      return Ended(absl::DeadlineExceededError("the lookup timed out"));
    case Found::How::kTooManyHops:
      return Ended(absl::UnavailableError("the lookup was forwarded too often"));
    case Found::How::kUnreachable:
    case Found::How::kNobodyNearer:
      break;
  }
  return Ended(absl::UnavailableError("no server nearer to the key answered"));
}

void Node::Impl::Lookup(std::string_view key, const LookupOptions& options, LookupCallback done) {
  if (absl::Status status = CheckLookupTimeout(options.timeout); !status.ok()) return done(status);
  const core::RoutingTable* const table = routing();
  if (table == nullptr) return done(NotAMember("Lookup"));
  const Id id = concord::IdOf(config_, key);
  if (options.confirm) {
    const Nanos deadline = stage_.world().now() + ToNanos(TimeoutOf(options));
    return LookUpToConfirm(std::make_shared<Confirming>(Confirming{id, deadline, std::move(done)}));
  }
  if (const Server* owner = table->KnownOwner(id)) return done(LookupResult{*owner, 0, {}, 0});
  stage_.Lookup(process_.host, id, TimeoutOf(options),
                [self = shared_from_this(), done = std::move(done)](const Found& found) {
                  done(self->Result(found));
                });
}

// --- Confirmed lookups, as src/runtime/confirmed_lookup.cc makes them ---------------------------

void Node::Impl::LookUpToConfirm(const std::shared_ptr<Confirming>& lookup) {
  const core::RoutingTable* const table = routing();
  if (table == nullptr) return lookup->done(Ended(NotAMember("Lookup")));
  if (table->Owns(lookup->id)) {
    return lookup->done(LookupResult{table->self(), lookup->hops, table->range(), table->epoch()});
  }
  stage_.Lookup(process_.host, lookup->id, Left(*lookup),
                [self = shared_from_this(), lookup](const Found& found) {
                  const absl::StatusOr<LookupResult> result = self->Result(found);
                  if (absl::IsUnavailable(result.status())) return self->ConfirmLater(lookup);
                  if (!result.ok()) return lookup->done(result.status());
                  lookup->hops += result->hops;
                  lookup->confirmation.emplace(SpaceOf(self->config_), lookup->id, result->owner);
                  self->AskToConfirm(lookup);
                });
}

void Node::Impl::AskToConfirm(const std::shared_ptr<Confirming>& lookup) {
  const Server asked = lookup->confirmation->asked();
  if (started() && asked.id == self().id) return ConfirmLater(lookup);
  stage_.Ask(
      process_.host, asked, std::min(Left(*lookup), config_.call_timeout_ceiling),
      [self = shared_from_this(), lookup, asked](Outcome outcome, const core::RingView& ring) {
        ++lookup->hops;
        if (outcome != Outcome::kAnswered || !core::MayBeFrom(asked, ring)) {
          return self->ConfirmLater(lookup);
        }
        if (const auto range = lookup->confirmation->OnRing(ring)) {
          return lookup->done(LookupResult{asked, lookup->hops, range, ring.epoch});
        }
        if (lookup->confirmation->exhausted()) return self->ConfirmLater(lookup);
        self->AskToConfirm(lookup);
      });
}

void Node::Impl::ConfirmLater(const std::shared_ptr<Confirming>& lookup) {
  const absl::Duration pause = lookup->pause;
  lookup->pause = std::min(2 * pause, absl::Milliseconds(250));
  if (!started() || Left(*lookup) <= pause) {
    return lookup->done(
        Ended(absl::DeadlineExceededError("lookup: nobody confirmed before the deadline")));
  }
  stage_.After(pause, process_.host,
               [self = shared_from_this(), lookup] { self->LookUpToConfirm(lookup); });
}

void Node::Impl::LookupN(std::string_view key, std::size_t n, const LookupOptions& options,
                         LookupNCallback done) {
  if (n == 0) return done(absl::InvalidArgumentError("LookupN: n is 0: it must be at least 1"));
  const Nanos deadline = stage_.world().now() + ToNanos(TimeoutOf(options));
  Lookup(key, options, [this, n, deadline, done](const absl::StatusOr<LookupResult>& found) {
    if (!found.ok()) return done(found.status());
    Walk(core::RingWalk(SpaceOf(config_), found->owner, n), deadline, done);
  });
}

void Node::Impl::Walk(core::RingWalk walk, Nanos deadline, const LookupNCallback& done) {
  while (!walk.done()) {
    const core::RoutingTable* const table = routing();
    if (table == nullptr) return done(Ended(NotAMember("LookupN")));
    if (table->self() != walk.last()) break;
    walk.OnSuccessors(table->successors());
  }
  if (walk.done()) return done(walk.servers());
  const Server last = walk.last();
  const absl::Duration left = absl::Nanoseconds(deadline - stage_.world().now());
  stage_.Ask(
      process_.host, last, left,
      [self = shared_from_this(), walk = std::move(walk), deadline, done](
          Outcome outcome, const core::RingView& ring) mutable {
        if (outcome == Outcome::kAnswered && core::MayBeFrom(walk.last(), ring)) {
          walk.OnSuccessors(ring.successors);
          return self->Walk(std::move(walk), deadline, done);
        }
        const bool late = outcome == Outcome::kTimedOut;
        const std::string what =
            absl::StrCat("LookupN: ", walk.last().name, " at ", walk.last().address,
                         late                            ? ": no answer"
                         : outcome == Outcome::kAnswered ? ": somebody else is there"
                                                         : ": connection refused");
        done(self->Ended(late ? absl::DeadlineExceededError(what) : absl::UnavailableError(what)));
      });
}

template <typename Result, typename Operation>
Result Node::Impl::Wait(const char* method, Operation operation) {
  if (stage_.inside()) {
    return absl::FailedPreconditionError(
        absl::StrCat(method, " lets time pass and must not be called by the application; use ",
                     method, "Async"));
  }
  std::optional<Result> result;
  operation([&](const Result& r) { result = r; });
  const std::uint32_t life = process_.life;
  // (Every operation ends by itself; only that its process crashes ends it without a word.)
  const Nanos end = stage_.world().now() + ToNanos(absl::Hours(48));  // twice the longest timeout
  stage_.RunUntil(end, [&] { return result || process_.life != life; });
  if (!result) return absl::CancelledError(absl::StrCat(method, ": the process has crashed"));
  return *std::move(result);
}

// --- The public face ----------------------------------------------------------------------------

Node::Node(Process& process, Config config)
    : impl_(std::make_shared<Impl>(*process.impl_, std::move(config))) {}
Node::~Node() { impl_->Stop(); }

absl::Status Node::Start() { return impl_->Start(); }
void Node::Stop() { impl_->Stop(); }
absl::Status Node::Create() { return impl_->Create(); }

absl::Status Node::Join(const std::vector<std::string>& seeds, absl::Duration timeout) {
  return impl_->Wait<absl::Status>(
      "Join", [&](Impl::CommandDone done) { impl_->Join(seeds, timeout, std::move(done)); });
}
void Node::JoinAsync(const std::vector<std::string>& seeds, absl::Duration timeout,
                     std::function<void(const absl::Status&)> done) {
  impl_->Join(seeds, timeout, std::move(done));
}

absl::Status Node::Bootstrap(const std::vector<std::string>& members, absl::Duration timeout) {
  return impl_->Wait<absl::Status>("Bootstrap", [&](Impl::CommandDone done) {
    impl_->Bootstrap(members, timeout, std::move(done));
  });
}
void Node::BootstrapAsync(const std::vector<std::string>& members, absl::Duration timeout,
                          std::function<void(const absl::Status&)> done) {
  impl_->Bootstrap(members, timeout, std::move(done));
}

absl::Status Node::Leave(absl::Duration timeout) {
  return impl_->Wait<absl::Status>(
      "Leave", [&](Impl::CommandDone done) { impl_->Leave(timeout, std::move(done)); });
}
void Node::LeaveAsync(absl::Duration timeout, std::function<void(const absl::Status&)> done) {
  impl_->Leave(timeout, std::move(done));
}

absl::StatusOr<Server> Node::Lookup(std::string_view key, LookupOptions options) {
  const auto found = impl_->Wait<absl::StatusOr<LookupResult>>(
      "Lookup", [&](LookupCallback done) { impl_->Lookup(key, options, std::move(done)); });
  if (!found.ok()) return found.status();
  return found->owner;
}
void Node::LookupAsync(std::string_view key, LookupOptions options, LookupCallback done) {
  impl_->Lookup(key, options, std::move(done));
}

absl::StatusOr<std::vector<Server>> Node::LookupN(std::string_view key, std::size_t n,
                                                  LookupOptions options) {
  return impl_->Wait<absl::StatusOr<std::vector<Server>>>(
      "LookupN", [&](LookupNCallback done) { impl_->LookupN(key, n, options, std::move(done)); });
}
void Node::LookupNAsync(std::string_view key, std::size_t n, LookupOptions options,
                        LookupNCallback done) {
  impl_->LookupN(key, n, options, std::move(done));
}

bool Node::Owns(std::string_view key) const {
  const core::RoutingTable* const table = impl_->routing();
  return table != nullptr && table->Owns(IdOf(key));
}
Id Node::IdOf(std::string_view key) const { return concord::IdOf(impl_->config(), key); }

const std::string& Node::name() const { return impl_->config().name; }
Id Node::id() const { return IdOf(name()); }
std::string Node::address() const { return impl_->address(); }

std::optional<Range> Node::range() const {
  const core::RoutingTable* const table = impl_->routing();
  if (table == nullptr) return std::nullopt;
  return table->range();
}
std::vector<Server> Node::successors() const {
  const core::RoutingTable* const table = impl_->routing();
  return table != nullptr ? table->successors() : std::vector<Server>();
}
std::optional<Server> Node::predecessor() const {
  const core::RoutingTable* const table = impl_->routing();
  if (table == nullptr) return std::nullopt;
  return table->predecessor();
}

}  // namespace concord::sim
