// Node without its face: what node_life.cc and node_lookups.cc share.
#ifndef CONCORD_NODE_IMPL_H_
#define CONCORD_NODE_IMPL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "concord/node.h"
#include "config_values.h"
#include "core/id_space.h"
#include "core/routing_table.h"
#include "engine.h"
#include "peers_keeper.h"
#include "runtime/log.h"
#include "runtime/loop.h"
#include "runtime/mutex.h"
#include "runtime/snapshot.h"

namespace concord {

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
  const std::shared_ptr<const core::RoutingTable>& routing() const { return routing_.Read(); }
  std::string address() const {
    runtime::MutexLock lock(mutex_);
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
    runtime::MutexLock lock(mutex_);
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
  const runtime::Log log_;
  runtime::Snapshot<core::RoutingTable> routing_;

  mutable runtime::Mutex mutex_;
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

}  // namespace concord

#endif  // CONCORD_NODE_IMPL_H_
