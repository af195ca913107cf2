// Where the parts are put together: a Config, the member loop, the network, the public face.
#include "concord/node.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "config_check.h"
#include "config_values.h"
#include "core/id_space.h"
#include "core/ring_walk.h"
#include "core/routing_table.h"
#include "engine.h"
#include "peers_file.h"
#include "peers_keeper.h"
#include "runtime/address.h"
#include "runtime/line_limiter.h"
#include "runtime/log.h"
#include "runtime/loop.h"
#include "runtime/mutex.h"
#include "runtime/snapshot.h"
#include "runtime/tls.h"
#include "runtime/waiter.h"

namespace concord {
namespace {

using core::RoutingTable;
using runtime::Address;
using runtime::Log;
using runtime::Mutex;
using runtime::MutexLock;
using runtime::Waiter;

}  // namespace

class Node::Impl : public std::enable_shared_from_this<Node::Impl> {
 public:
  explicit Impl(Config config)
      : config_(std::move(config)),
        space_(SpaceOf(config_)),
        log_(config_.logger, config_.log_format == LogFormat::kJson, config_.name) {}

  absl::Status Start();
  void Stop();
  absl::Status Create();
  absl::Status Join(std::vector<std::string> seeds, absl::Duration timeout);
  absl::Status Bootstrap(const std::vector<std::string>& members, absl::Duration timeout);
  absl::Status Leave(absl::Duration timeout);
  void LookupAsync(std::string_view key, LookupOptions options, LookupCallback done);
  absl::StatusOr<Server> Lookup(std::string_view key, LookupOptions options);
  void LookupNAsync(std::string_view key, std::size_t n, LookupOptions options,
                    LookupNCallback done);
  absl::StatusOr<std::vector<Server>> LookupN(std::string_view key, std::size_t n,
                                              LookupOptions options);
  absl::StatusOr<std::shared_ptr<grpc::Channel>> Channel(const Server& server) const;
  absl::Status CheckClaim(const grpc::AuthContext& peer, const Server& claimed) const;

  Id IdOf(std::string_view key) const { return concord::IdOf(config_, key); }
  const Config& config() const { return config_; }
  // Null while not a member.
  const std::shared_ptr<const RoutingTable>& routing() const { return routing_.Read(); }
  std::string address() const {
    MutexLock lock(mutex_);
    return address_;
  }

 private:
  enum class State { kStopped, kStarting, kRunning, kStopping };

  absl::Status StartEngine();
  void Started(bool running);
  void EndEngine(std::optional<absl::Time> finish_by);
  void StopEngine(std::optional<absl::Time> finish_by);
  bool OnCallbackThread() const { return callbacks_ && callbacks_->OnThisThread(); }
  bool OnOwnThread() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return OnCallbackThread() || (engine_ && engine_->OnOwnThread());
  }
  // Null, or an engine that lives as long as the pointer; it may be stopped meanwhile.
  std::shared_ptr<Engine> engine() const {
    MutexLock lock(mutex_);
    return engine_;
  }
  absl::Status NotStarted(const char* method) const;
  absl::Status NotAMember(const char* method) const;
  static absl::Status WouldBlock(const char* method);
  std::vector<std::string> PeersOfLastLife() const;
  template <typename Change>
  void Tell(const std::function<void(const Change&)>& callback, const Change& change);
  void LookupConfirmed(Id id, absl::Duration timeout, LookupCallback done);
  static absl::Status ForUsers(const absl::Status& status);
  absl::Duration TimeoutOf(const LookupOptions& options) const {
    return options.timeout == absl::ZeroDuration() ? config_.lookup_timeout : options.timeout;
  }

  const Config config_;
  const core::IdSpace space_;
  const Log log_;
  runtime::Snapshot<RoutingTable> routing_;

  mutable Mutex mutex_;
  runtime::CondVar state_changed_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kStopped;
  bool started_once_ ABSL_GUARDED_BY(mutex_) = false;
  std::string address_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t epoch_ ABSL_GUARDED_BY(mutex_) = 0;  // of the last range change, while stopped
  std::uint64_t incarnation_ ABSL_GUARDED_BY(mutex_) = 0;  // later than all before, also by a clock
                                                           // that was set back
  std::shared_ptr<Engine> engine_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<PeersKeeper> peers_keeper_;  // touched by who starts us and who stops us

  // Lives as long as we do, so that a callback may stop and start the node it belongs to. Made when
  // there is somebody to call.
  const std::unique_ptr<runtime::Loop> callbacks_ =
      config_.on_range_change || config_.on_successors_change
          ? std::make_unique<runtime::Loop>("concord-call")
          : nullptr;
};

// --- Life -------------------------------------------------------------------------------------

absl::Status Node::Impl::Start() {
  if (absl::Status status = CheckConfig(config_); !status.ok()) return status;
  {
    MutexLock lock(mutex_);
    while (state_ == State::kStopping && !OnOwnThread()) state_changed_.Wait(mutex_);
    if (state_ != State::kStopped) {
      return absl::FailedPreconditionError(state_ == State::kStopping
                                               ? "Start: this node is being stopped"
                                               : "Start: this node is started already");
    }
    state_ = State::kStarting;
  }
  try {
    absl::Status status = StartEngine();
    Started(status.ok());
    return status;
  } catch (...) {  // of hash_func, which must not throw
    Started(false);
    throw;
  }
}

void Node::Impl::Started(bool running) {
  MutexLock lock(mutex_);
  state_ = running ? State::kRunning : State::kStopped;
  state_changed_.NotifyAll();
}

absl::Status Node::Impl::StartEngine() {
  const Address bind = *runtime::ParseAddress(config_.bind_addr);
  std::unique_ptr<runtime::Tls> tls;
  if (config_.tls) {
    auto created = runtime::Tls::Create(TlsOptionsOf(config_), log_);
    if (!created.ok()) return created.status();
    tls = *std::move(created);
  }
  const runtime::NameHash name_hash = [this](std::string_view name) { return IdOf(name); };
  auto engine = std::make_shared<Engine>(space_, IdentityOf(config_), name_hash, std::move(tls));
  runtime::Network::Options network;
  network.services = config_.services;
  network.service_threads = static_cast<int>(config_.service_threads);
  if (!config_.services.empty()) {
    network.max_message =
        std::max(network.max_message, static_cast<int>(config_.max_service_message));
  }
  network.other_speech = [log = log_, lines = runtime::LineLimiter()](const char* what) mutable {
    const std::optional<int> left_out = lines.Pass(absl::Now());
    if (!left_out) return;
    log.Write(Log::Level::kWarning, "client_refused",
              {{"reason", what}, {"left_out", absl::StrCat(*left_out)}});
  };
  const absl::StatusOr<int> port = engine->Listen(bind, std::move(network));
  if (!port.ok()) {
    return absl::UnavailableError(absl::StrCat("Start: ", port.status().message()));
  }
  Address advertised = config_.adv_addr.empty() ? bind : *runtime::ParseAddress(config_.adv_addr);
  if (advertised.port == 0) advertised.port = *port;

  runtime::MemberLoop::Options options;
  options.member = MemberOptionsOf(config_, advertised.ToString());
  options.find_timeout = config_.call_timeout_ceiling;
  options.lookup_timeout = config_.lookup_timeout;
  options.close_idle_interval = config_.channel_idle_timeout / 4;
  options.waiting_changes = [this] { return callbacks_ ? callbacks_->waiting() : 0; };

  log_.Write(Log::Level::kInfo, "started", {{"address", options.member.self.address}});
  MutexLock lock(mutex_);
  options.member.epoch = epoch_;
  incarnation_ =
      std::max(incarnation_ + 1, static_cast<std::uint64_t>(absl::GetCurrentTimeNanos()));
  options.member.incarnation = incarnation_;
  address_ = options.member.self.address;
  runtime::Peers::Options peers;
  peers.space = space_;
  peers.call_timeout = {config_.call_timeout_floor, config_.call_timeout_ceiling};
  peers.idle_timeout = config_.channel_idle_timeout;
  peers.identity = options.member.identity;
  peers.name_hash = name_hash;
  peers.incarnation = options.member.incarnation;
  peers.max_message = static_cast<int>(config_.max_service_message);
  engine->Run(std::move(options), std::move(peers), routing_, log_,
              {[this](const RangeChange& change) { Tell(config_.on_range_change, change); },
               [this](const std::vector<Server>& successors) {
                 Tell(config_.on_successors_change, successors);
               }});
  if (!config_.peers_file.empty()) {
    peers_keeper_ = std::make_unique<PeersKeeper>(
        PeersFile(config_.peers_file), std::max(config_.stabilize_interval, absl::Seconds(1)),
        routing_, log_);
  }
  engine_ = std::move(engine);
  started_once_ = true;
  return absl::OkStatus();
}

void Node::Impl::Stop() { EndEngine(std::nullopt); }

// `finish_by`: what is going on may end by itself until then.
void Node::Impl::EndEngine(std::optional<absl::Time> finish_by) {
  std::shared_ptr<Engine> engine;
  {
    MutexLock lock(mutex_);
    while (state_ == State::kStarting) state_changed_.Wait(mutex_);
    while (state_ == State::kStopping) {
      if (OnOwnThread()) return;  // whoever stops it waits for us
      state_changed_.Wait(mutex_);
    }
    if (state_ == State::kRunning) {
      state_ = State::kStopping;
      engine = engine_;
    }
  }
  if (!engine) {
    if (callbacks_) callbacks_->Drain();  // of a Stop inside a callback
  } else if (engine->OnOwnThread()) {
    // This thread has to end, so it cannot wait for that.
    std::thread([self = shared_from_this()] { self->StopEngine(std::nullopt); }).detach();
  } else {
    StopEngine(finish_by);
  }
}

void Node::Impl::StopEngine(std::optional<absl::Time> finish_by) {
  std::shared_ptr<Engine> engine = this->engine();
  if (finish_by) {
    const absl::Duration grace = std::max(*finish_by - absl::Now(), absl::ZeroDuration());
    if (callbacks_) callbacks_->Drain();  // who has left hands its keys on, for as long as it takes
    engine->FinishCalls(grace);
  }
  peers_keeper_.reset();  // while there is something to keep
  const std::uint64_t epoch = engine->Stop();
  if (callbacks_) callbacks_->Drain();
  {
    MutexLock lock(mutex_);
    engine_ = nullptr;
    epoch_ = epoch;
    address_.clear();
  }
  engine.reset();  // before anybody who waits for us goes on
  MutexLock lock(mutex_);
  state_ = State::kStopped;
  state_changed_.NotifyAll();
}

absl::Status Node::Impl::Create() {
  const std::shared_ptr<Engine> engine = this->engine();
  if (!engine) return NotStarted("Create");
  if (engine->OnOwnThread()) return WouldBlock("Create");
  Waiter<absl::Status> created;
  engine->member_loop().Create([&](absl::Status status) { created.Set(std::move(status)); });
  return created.Wait();
}

absl::Status Node::Impl::Join(std::vector<std::string> seeds, absl::Duration timeout) {
  const std::vector<std::string> peers = PeersOfLastLife();
  if (absl::Status status = CheckJoin(seeds, timeout, !peers.empty()); !status.ok()) return status;
  const std::shared_ptr<Engine> engine = this->engine();
  if (!engine) return NotStarted("Join");
  if (engine->OnOwnThread()) return WouldBlock("Join");
  for (const std::string& peer : peers) {
    if (std::find(seeds.begin(), seeds.end(), peer) == seeds.end()) seeds.push_back(peer);
  }
  std::erase(seeds, address());
  if (seeds.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Join: the only seed, ", address(), ", is this node itself"));
  }
  Waiter<absl::Status> joined;
  engine->member_loop().Join(std::move(seeds), timeout, /*founds=*/!peers.empty(),
                             [&](absl::Status status) { joined.Set(std::move(status)); });
  return joined.Wait();
}

absl::Status Node::Impl::Bootstrap(const std::vector<std::string>& members,
                                   absl::Duration timeout) {
  const std::shared_ptr<Engine> engine = this->engine();
  const std::string self = address();
  if (!engine || self.empty()) return NotStarted("Bootstrap");
  if (absl::Status status = CheckBootstrap(members, self, timeout); !status.ok()) return status;
  if (engine->OnOwnThread()) return WouldBlock("Bootstrap");
  Waiter<absl::Status> begun;
  engine->member_loop().Bootstrap(members, timeout,
                                  [&](absl::Status status) { begun.Set(std::move(status)); });
  return begun.Wait();
}

absl::Status Node::Impl::Leave(absl::Duration timeout) {
  if (absl::Status status = CheckLeave(timeout); !status.ok()) return status;
  const std::shared_ptr<Engine> engine = this->engine();
  if (!engine) return NotStarted("Leave");
  if (engine->OnOwnThread()) return WouldBlock("Leave");
  const absl::Time deadline = absl::Now() + timeout;
  Waiter<absl::Status> left;
  engine->member_loop().Leave(timeout, [&](absl::Status status) { left.Set(std::move(status)); });
  absl::Status status = left.Wait();
  if (!absl::IsFailedPrecondition(status)) EndEngine(deadline);
  return status;
}

// None without a file, and none that can be read: whoever has seeds needs no file.
std::vector<std::string> Node::Impl::PeersOfLastLife() const {
  if (config_.peers_file.empty()) return {};
  absl::StatusOr<std::vector<std::string>> peers = PeersFile(config_.peers_file).Read();
  if (peers.ok()) return *std::move(peers);
  log_.Write(Log::Level::kWarning, "peers_file_failed",
             {{"reason", std::string(peers.status().message())}});
  return {};
}

template <typename Change>
void Node::Impl::Tell(const std::function<void(const Change&)>& callback, const Change& change) {
  if (!callback) return;
  // Copies, not ourselves: a callback may outlive us.
  callbacks_->Post([callback, log = log_, change] {
    try {
      callback(change);
    } catch (const std::exception& e) {
      log.Write(Log::Level::kWarning, "callback_threw", {{"what", e.what()}});
    } catch (...) {
      log.Write(Log::Level::kWarning, "callback_threw", {{"what", "not a std::exception"}});
    }
  });
}

// --- Lookups ----------------------------------------------------------------------------------

absl::Status Node::Impl::NotStarted(const char* method) const {
  MutexLock lock(mutex_);
  return absl::FailedPreconditionError(absl::StrCat(method, ": this node is ",
                                                    started_once_ ? "stopped" : "not started",
                                                    "; call Start() first"));
}

absl::Status Node::Impl::NotAMember(const char* method) const {
  if (!engine()) return NotStarted(method);
  return absl::FailedPreconditionError(
      absl::StrCat(method, ": not a member of a ring; call Create(), Join() or Bootstrap() first"));
}

absl::Status Node::Impl::WouldBlock(const char* method) {
  return absl::FailedPreconditionError(
      absl::StrCat(method, " blocks and must not be called inside a LookupCallback"));
}

void Node::Impl::LookupAsync(std::string_view key, LookupOptions options, LookupCallback done) {
  if (absl::Status status = CheckLookupTimeout(options.timeout); !status.ok()) return done(status);
  const Id id = IdOf(key);
  if (log_.Enabled(Log::Level::kDebug)) {
    log_.Write(Log::Level::kDebug, "lookup", {{"key", key}, {"id", absl::StrCat(id)}});
  }
  const std::shared_ptr<const RoutingTable>& table = routing();
  if (!table) return done(NotAMember("Lookup"));
  if (options.confirm) return LookupConfirmed(id, TimeoutOf(options), std::move(done));
  if (const Server* owner = table->KnownOwner(id)) return done(LookupResult{*owner, 0, {}, 0});

  const std::shared_ptr<Engine> engine = this->engine();
  if (!engine) return done(NotAMember("Lookup"));
  engine->member_loop().Lookup(
      table, id, absl::Now() + TimeoutOf(options),
      [done = std::move(done)](absl::StatusOr<runtime::FindResponse> found) {
        if (!found.ok()) return done(ForUsers(found.status()));
        done(LookupResult{std::move(found->owner), found->hops, {}, 0});
      });
}

void Node::Impl::LookupConfirmed(Id id, absl::Duration timeout, LookupCallback done) {
  const std::shared_ptr<Engine> engine = this->engine();
  if (!engine) return done(NotAMember("Lookup"));
  engine->member_loop().LookupConfirmed(
      id, absl::Now() + timeout,
      [done = std::move(done)](absl::StatusOr<runtime::ConfirmedOwner> found) {
        if (!found.ok()) return done(ForUsers(found.status()));
        done(LookupResult{std::move(found->owner), found->hops, found->range, found->epoch});
      });
}

// That the hop budget is used up is a matter of the wire: to a user, try again.
absl::Status Node::Impl::ForUsers(const absl::Status& status) {
  return absl::IsOutOfRange(status) ? absl::UnavailableError(status.message()) : status;
}

absl::StatusOr<Server> Node::Impl::Lookup(std::string_view key, LookupOptions options) {
  if (const auto engine = this->engine(); engine && engine->OnOwnThread()) {
    return WouldBlock("Lookup");
  }
  Waiter<absl::StatusOr<LookupResult>> found;
  LookupAsync(key, options, [&](const absl::StatusOr<LookupResult>& result) { found.Set(result); });
  absl::StatusOr<LookupResult> result = found.Wait();
  if (!result.ok()) return result.status();
  return std::move(result->owner);
}

void Node::Impl::LookupNAsync(std::string_view key, std::size_t n, LookupOptions options,
                              LookupNCallback done) {
  if (n == 0) return done(absl::InvalidArgumentError("LookupN: n is 0: it must be at least 1"));
  const absl::Time deadline = absl::Now() + TimeoutOf(options);
  LookupAsync(
      key, options,
      [this, n, deadline, done = std::move(done)](const absl::StatusOr<LookupResult>& found) {
        if (!found.ok()) return done(found.status());
        const std::shared_ptr<Engine> engine = this->engine();
        if (!engine) return done(absl::CancelledError("the node was stopped"));
        engine->member_loop().Walk(core::RingWalk(space_, found->owner, n), deadline, done);
      });
}

absl::StatusOr<std::vector<Server>> Node::Impl::LookupN(std::string_view key, std::size_t n,
                                                        LookupOptions options) {
  if (const auto engine = this->engine(); engine && engine->OnOwnThread()) {
    return WouldBlock("LookupN");
  }
  Waiter<absl::StatusOr<std::vector<Server>>> found;
  LookupNAsync(key, n, options,
               [&](const absl::StatusOr<std::vector<Server>>& servers) { found.Set(servers); });
  return found.Wait();
}

// --- The application's own calls --------------------------------------------------------------

absl::StatusOr<std::shared_ptr<grpc::Channel>> Node::Impl::Channel(const Server& server) const {
  if (const auto address = runtime::ParsePeerAddress(server.address); !address.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("Channel: ", address.status().message()));
  }
  const std::shared_ptr<Engine> engine = this->engine();
  if (!engine) return NotStarted("Channel");
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = engine->peers().Channel(server.address);
  if (absl::IsCancelled(channel.status())) return NotStarted("Channel");
  return channel;
}

absl::Status Node::Impl::CheckClaim(const grpc::AuthContext& peer, const Server& claimed) const {
  const std::shared_ptr<Engine> engine = this->engine();
  if (!engine) return NotStarted("CheckClaim");
  return engine->CheckClaim(peer, claimed);
}

// --- The public face --------------------------------------------------------------------------

Node::Node(Config config) : impl_(std::make_shared<Impl>(std::move(config))) {}
Node::~Node() { impl_->Stop(); }

absl::Status Node::Start() { return impl_->Start(); }
absl::Status Node::Create() { return impl_->Create(); }
absl::Status Node::Join(const std::vector<std::string>& seeds, absl::Duration timeout) {
  return impl_->Join(seeds, timeout);
}
absl::Status Node::Bootstrap(const std::vector<std::string>& members, absl::Duration timeout) {
  return impl_->Bootstrap(members, timeout);
}
absl::Status Node::Leave(absl::Duration timeout) { return impl_->Leave(timeout); }
void Node::Stop() { impl_->Stop(); }

absl::StatusOr<Server> Node::Lookup(std::string_view key, LookupOptions options) {
  return impl_->Lookup(key, options);
}
void Node::LookupAsync(std::string_view key, LookupOptions options, LookupCallback done) {
  impl_->LookupAsync(key, options, std::move(done));
}
absl::StatusOr<std::vector<Server>> Node::LookupN(std::string_view key, std::size_t n,
                                                  LookupOptions options) {
  return impl_->LookupN(key, n, options);
}
void Node::LookupNAsync(std::string_view key, std::size_t n, LookupOptions options,
                        LookupNCallback done) {
  impl_->LookupNAsync(key, n, options, std::move(done));
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Node::Channel(const Server& server) {
  return impl_->Channel(server);
}
absl::Status Node::CheckClaim(const grpc::AuthContext& peer, const Server& claimed) const {
  return impl_->CheckClaim(peer, claimed);
}

bool Node::Owns(std::string_view key) const {
  const Id id = impl_->IdOf(key);
  const auto& table = impl_->routing();
  return table && table->Owns(id);
}
Id Node::IdOf(std::string_view key) const { return impl_->IdOf(key); }

const std::string& Node::name() const { return impl_->config().name; }
Id Node::id() const { return impl_->IdOf(name()); }
std::string Node::address() const { return impl_->address(); }

std::optional<Range> Node::range() const {
  const auto& table = impl_->routing();
  return table ? table->range() : std::nullopt;
}
std::vector<Server> Node::successors() const {
  const auto& table = impl_->routing();
  return table ? table->successors() : std::vector<Server>();
}
std::optional<Server> Node::predecessor() const {
  const auto& table = impl_->routing();
  if (!table) return std::nullopt;
  return table->predecessor();
}

}  // namespace concord
