// How a node starts, enters a ring, leaves it and stops: a Config, the member loop and the network
// are put together.
#include <algorithm>
#include <exception>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "config_check.h"
#include "node_impl.h"
#include "peers_file.h"
#include "runtime/address.h"
#include "runtime/line_limiter.h"
#include "runtime/tls.h"
#include "runtime/waiter.h"

namespace concord {
namespace {

using runtime::Address;
using runtime::Log;
using runtime::MutexLock;
using runtime::Waiter;

}  // namespace

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

}  // namespace concord
