#include "kv/sim_store.h"

#include <algorithm>
#include <utility>

namespace kv {

SimStore::SimStore(concord::sim::Process& process, Members members, const Options& options)
    : process_(process), members_(std::move(members)), storage_(process), node_(process, [&] {
        concord::Config config = process.config();
        config.on_range_change = [this](const concord::RangeChange& change) {
          if (replica_) replica_->OnRangeChange(change);
        };
        config.on_successors_change = [this](const std::vector<concord::Server>& successors) {
          if (replica_) replica_->OnSuccessorsChange(successors);
        };
        return config;
      }()) {
  if (!storage_.Open().ok() || !node_.Start().ok()) return;
  self_ = {node_.id(), node_.name(), node_.address()};
  auto replica = std::make_unique<Replica>(static_cast<Environment&>(*this), storage_, options);
  if (!replica->Load().ok()) return;
  replica->Start();
  replica_ = std::move(replica);
  process_.Serve([this](const std::string& bytes, concord::sim::Process::Done respond) {
    wire::PeerRequest request;
    if (!request.ParseFromString(bytes)) return respond(absl::InvalidArgumentError("what?"));
    replica_->Serve(std::move(request), Now() + absl::Seconds(1),
                    [respond = std::move(respond)](absl::StatusOr<wire::PeerResponse> response) {
                      if (!response.ok()) return respond(response.status());
                      respond(response->SerializeAsString());
                    });
  });
  process_.After(absl::Milliseconds(100), [this] { Enter(); });  // the others start, too
}

void SimStore::Enter() {
  node_.BootstrapAsync(members_(), absl::Seconds(10), [this](const absl::Status& status) {
    if (!status.ok()) process_.After(absl::Seconds(1), [this] { Enter(); });
  });
}

void SimStore::Leave(std::function<void()> done) {
  if (replica_) replica_->PrepareToLeave();
  LeaveWhenComplete(std::move(done));
}

void SimStore::LeaveWhenComplete(std::function<void()> done) {
  if (!replica_ || !replica_->MayLeave()) {
    return process_.After(absl::Milliseconds(200),
                          [this, done = std::move(done)] { LeaveWhenComplete(done); });
  }
  node_.LeaveAsync(absl::Seconds(10), [done = std::move(done)](const absl::Status&) { done(); });
}

void SimStore::FindOwner(const std::string& key, absl::Duration timeout,
                         std::function<void(absl::StatusOr<concord::Server>)> done) {
  concord::LookupOptions options;
  options.timeout = timeout;
  node_.LookupAsync(
      key, options,
      [this, done = std::move(done)](const absl::StatusOr<concord::LookupResult>& found) {
        After(absl::ZeroDuration(), [done, owner = OwnerOf(found)] { done(owner); });
      });
}

void SimStore::Call(const concord::Server& to, const wire::PeerRequest& request,
                    absl::Duration timeout,
                    std::function<void(absl::StatusOr<wire::PeerResponse>)> done) {
  process_.Call(to.address, request.SerializeAsString(), timeout,
                [done = std::move(done)](const absl::StatusOr<std::string>& bytes) {
                  if (!bytes.ok()) return done(bytes.status());
                  wire::PeerResponse response;
                  if (!response.ParseFromString(*bytes)) return done(absl::DataLossError("what?"));
                  done(std::move(response));
                });
}

}  // namespace kv
