// What a node is asked: who owns a key, and calls of the application's own to members.
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "config_check.h"
#include "core/ring_walk.h"
#include "node_impl.h"
#include "runtime/address.h"
#include "runtime/waiter.h"

namespace concord {
namespace {

using core::RoutingTable;
using runtime::Log;
using runtime::MutexLock;
using runtime::Waiter;

}  // namespace

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

}  // namespace concord
