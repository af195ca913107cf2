#include "examples/kv/server.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "examples/kv/environment.h"
#include "examples/kv/loop.h"
#include "examples/kv/metrics.h"
#include "examples/kv/rocks_storage.h"
#include "kv.grpc.pb.h"

namespace kv {
namespace {

// Longer than any value with its key, and than a page of entries.
constexpr std::size_t kMaxMessage = 8 << 20;
constexpr absl::Duration kLongestOperation = absl::Seconds(60);
constexpr absl::Duration kBetweenLooks = absl::Milliseconds(20);  // at whether it may leave
constexpr absl::Duration kBetweenMeasurements = absl::Seconds(1);

grpc::Status ToGrpc(const absl::Status& status) {
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

absl::Status FromGrpc(const grpc::Status& status) {
  return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
}

// `until`: of a request that has one.
absl::Time DeadlineOf(const grpc::ServerContext& context, std::uint64_t until = 0) {
  const absl::Time end =
      until == 0 ? absl::InfiniteFuture() : absl::FromUnixMillis(static_cast<std::int64_t>(until));
  return std::min({end, absl::FromChrono(context.deadline()), absl::Now() + kLongestOperation});
}

// Calls to other stores, and the thread that their answers arrive on.
class Caller {
 public:
  using Done = std::function<void(absl::StatusOr<wire::PeerResponse>)>;

  Caller() : thread_([this] { Run(); }) {}
  ~Caller() {
    queue_.Shutdown();
    thread_.join();
  }

  void Start(const std::shared_ptr<grpc::Channel>& channel, const wire::PeerRequest& request,
             absl::Duration timeout, Done done) {
    auto* const call = new Call;
    call->done = std::move(done);
    call->context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    call->reader = wire::Kv::NewStub(channel)->AsyncPeer(&call->context, request, &queue_);
    call->reader->Finish(&call->response, &call->status, call);
  }

 private:
  struct Call {
    grpc::ClientContext context;
    wire::PeerResponse response;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<wire::PeerResponse>> reader;
    Done done;
  };

  void Run() {
    void* tag = nullptr;
    for (bool ok = false; queue_.Next(&tag, &ok);) {
      const std::unique_ptr<Call> call(static_cast<Call*>(tag));
      if (call->status.ok()) {
        call->done(std::move(call->response));
      } else {
        call->done(FromGrpc(call->status));
      }
    }
  }

  grpc::CompletionQueue queue_;
  std::thread thread_;
};

}  // namespace

class Server::Impl final : public wire::Kv::Service, private Environment {
 public:
  Impl(concord::Config config, std::string folder, std::string metrics, const Options& options,
       std::function<void(const absl::Status&)> on_broken)
      : folder_(std::move(folder)),
        metrics_address_(std::move(metrics)),
        options_(OptionsFor(options, config)),
        on_broken_(std::move(on_broken)),
        node_(Complete(std::move(config))) {}
  ~Impl() override { Stop(); }

  absl::Status Start();
  absl::Status Leave(absl::Duration timeout);
  void Stop();
  concord::Node& node() { return node_; }

  // --- The service: each call waits on a thread of gRPC's for what the loop says ---

  grpc::Status Get(grpc::ServerContext* context, const wire::GetRequest* request,
                   wire::GetResponse* response) override {
    wire::Execute operation;
    *operation.mutable_get() = *request;
    return Execute(
        "get", DeadlineOf(*context), std::move(operation),
        [response](wire::Executed&& executed) { *response = std::move(*executed.mutable_get()); });
  }
  grpc::Status Put(grpc::ServerContext* context, const wire::PutRequest* request,
                   wire::PutResponse* response) override {
    wire::Execute operation;
    *operation.mutable_put() = *request;
    return Execute(
        "put", DeadlineOf(*context, request->until()), std::move(operation),
        [response](wire::Executed&& executed) { *response = std::move(*executed.mutable_put()); });
  }
  grpc::Status Delete(grpc::ServerContext* context, const wire::DeleteRequest* request,
                      wire::PutResponse* response) override {
    wire::Execute operation;
    *operation.mutable_delete_() = *request;
    return Execute(
        "delete", DeadlineOf(*context, request->until()), std::move(operation),
        [response](wire::Executed&& executed) { *response = std::move(*executed.mutable_put()); });
  }
  grpc::Status Scan(grpc::ServerContext*, const wire::ScanRequest* request,
                    wire::ScanResponse* response) override {
    absl::StatusOr<wire::ScanResponse> page = loop_.Get([&] { return replica_->Scan(*request); });
    if (!page.ok()) return ToGrpc(page.status());
    *response = *std::move(page);
    return grpc::Status::OK;
  }
  grpc::Status Stats(grpc::ServerContext*, const wire::StatsRequest*,
                     wire::StatsResponse* response) override {
    *response = loop_.Get([&] { return replica_->Stats(); });
    return grpc::Status::OK;
  }
  grpc::Status Peer(grpc::ServerContext* context, const wire::PeerRequest* request,
                    wire::PeerResponse* response) override {
    if (absl::Status claim = node_.CheckClaim(*context->auth_context(), FromWire(request->from()));
        !claim.ok()) {
      return ToGrpc(claim);
    }
    std::promise<absl::StatusOr<wire::PeerResponse>> answered;
    if (!ready_) return ToGrpc(absl::UnavailableError("this store is starting"));
    loop_.Post([&] {
      replica_->Serve(*request, DeadlineOf(*context),
                      [&](absl::StatusOr<wire::PeerResponse> answer) {
                        answered.set_value(std::move(answer));
                      });
    });
    absl::StatusOr<wire::PeerResponse> answer = answered.get_future().get();
    if (!answer.ok()) return ToGrpc(answer.status());
    *response = *std::move(answer);
    return grpc::Status::OK;
  }

 private:
  template <typename Take>
  grpc::Status Execute(const char* name, absl::Time deadline, wire::Execute operation, Take take) {
    const absl::Time begun = absl::Now();
    if (!ready_) return ToGrpc(absl::UnavailableError("this store is starting"));
    std::promise<absl::StatusOr<wire::Executed>> ended;
    loop_.Post([&] {
      replica_->Execute(
          std::move(operation), deadline,
          [&](const absl::StatusOr<wire::Executed>& result) { ended.set_value(result); });
    });
    absl::StatusOr<wire::Executed> result = ended.get_future().get();
    metrics_.Ended(name, result.status(), absl::Now() - begun);
    if (!result.ok()) return ToGrpc(result.status());
    take(*std::move(result));
    return grpc::Status::OK;
  }

  static Options OptionsFor(Options options, const concord::Config& config) {
    options.successors = config.successor_count;
    return options;
  }

  concord::Config Complete(concord::Config config) {
    config.services = {this};
    config.max_service_message = kMaxMessage;
    // Each waits on a thread: clients that ask us, owners that they are passed on to, and, which
    // must never be kept waiting by those, what stores ask each other for them.
    config.service_threads = 4 * options_.max_operations;
    config.on_range_change = [this](const concord::RangeChange& change) {
      loop_.Post([this, change] { replica_->OnRangeChange(change); });
    };
    config.on_successors_change = [this](const std::vector<concord::Server>& successors) {
      loop_.Post([this, successors] { replica_->OnSuccessorsChange(successors); });
    };
    return config;
  }

  // --- Environment: on the loop ---

  absl::Time Now() override { return absl::Now(); }
  void After(absl::Duration delay, std::function<void()> then) override {
    loop_.PostAfter(delay, std::move(then));
  }
  const concord::Server& self() override { return self_; }
  std::optional<concord::Server> predecessor() override { return node_.predecessor(); }
  concord::Id HashOf(const std::string& key) override { return node_.IdOf(key); }
  void FindOwner(const std::string& key, absl::Duration timeout,
                 std::function<void(absl::StatusOr<concord::Server>)> done) override;
  void Call(const concord::Server& to, const wire::PeerRequest& request, absl::Duration timeout,
            std::function<void(absl::StatusOr<wire::PeerResponse>)> done) override;

  void Measure();

  const std::string folder_;
  const std::string metrics_address_;
  const Options options_;
  const std::function<void(const absl::Status&)> on_broken_;
  Metrics metrics_;
  concord::Server self_;  // from Start on
  std::atomic<bool> ready_ = false;
  std::atomic<bool> stopped_ = false;
  Loop loop_;
  std::unique_ptr<RocksStorage> storage_;
  std::unique_ptr<Replica> replica_;
  Caller caller_;
  concord::Node node_;
};

absl::Status Server::Impl::Start() {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) {
    return absl::InvalidArgumentError(absl::StrCat("--data=", folder_, ": ", error.message()));
  }
  auto storage = RocksStorage::Open(
      absl::StrCat(folder_, "/entries"),
      [this](std::function<void()> then) { loop_.Post(std::move(then)); }, options_.fsync);
  if (!storage.ok()) return storage.status();
  storage_ = *std::move(storage);
  replica_ = std::make_unique<Replica>(static_cast<Environment&>(*this), *storage_, options_);
  if (absl::Status status = loop_.Get([this] { return replica_->Load(); }); !status.ok())
    return status;
  if (absl::Status status = node_.Start(); !status.ok()) return status;
  loop_.Get([this] {
    self_ = {node_.id(), node_.name(), node_.address()};
    replica_->Start();
    return 0;
  });
  ready_ = true;
  loop_.Post([this] { Measure(); });
  return metrics_address_.empty() ? absl::OkStatus() : metrics_.Expose(metrics_address_);
}

void Server::Impl::Measure() {
  if (!replica_->disk().ok()) return on_broken_(replica_->disk());
  if (!metrics_address_.empty()) metrics_.Set(replica_->Stats());
  loop_.PostAfter(kBetweenMeasurements, [this] { Measure(); });
}

absl::Status Server::Impl::Leave(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  const auto brought = std::make_shared<std::atomic<bool>>(false);  // (Stop drops what is posted)
  loop_.Post([this] { replica_->PrepareToLeave(); });
  while (!*brought && !stopped_ && absl::Now() < deadline) {
    loop_.Post([this, brought] { *brought = replica_->MayLeave(); });
    absl::SleepFor(kBetweenLooks);
  }
  // Who waits here for an answer is to ask somebody else: the node waits for those.
  loop_.Post([this] { replica_->Stop(); });
  const absl::Status left = node_.Leave(std::max(deadline - absl::Now(), absl::Seconds(1)));
  Stop();
  if (!left.ok() || *brought) return left;
  return absl::DeadlineExceededError(
      absl::StrCat("Leave: left after ", absl::FormatDuration(timeout),
                   ", and not all that it held was brought to others by then"));
}

// The node first, while its calls can still be answered.
void Server::Impl::Stop() {
  stopped_ = true;
  loop_.Post([this] {
    if (replica_) replica_->Stop();
  });
  node_.Stop();
  loop_.Stop();
}

void Server::Impl::FindOwner(const std::string& key, absl::Duration timeout,
                             std::function<void(absl::StatusOr<concord::Server>)> done) {
  concord::LookupOptions options;
  options.timeout = std::max(timeout, absl::Milliseconds(1));
  node_.LookupAsync(
      key, options,
      [this, done = std::move(done)](const absl::StatusOr<concord::LookupResult>& found) {
        loop_.Post([done, owner = OwnerOf(found)] { done(owner); });
      });
}

void Server::Impl::Call(const concord::Server& to, const wire::PeerRequest& request,
                        absl::Duration timeout,
                        std::function<void(absl::StatusOr<wire::PeerResponse>)> done) {
  const absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = node_.Channel(to);
  if (!channel.ok()) {
    return loop_.Post([done = std::move(done), status = channel.status()] { done(status); });
  }
  caller_.Start(*channel, request, timeout,
                [this, done = std::move(done)](absl::StatusOr<wire::PeerResponse> response) {
                  loop_.Post([done, response = std::move(response)] { done(response); });
                });
}

Server::Server(concord::Config config, std::string folder, std::string metrics,
               const Options& options, std::function<void(const absl::Status&)> on_broken)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(folder), std::move(metrics),
                                   options, std::move(on_broken))) {}
Server::~Server() = default;

absl::Status Server::Start() { return impl_->Start(); }
concord::Node& Server::node() { return impl_->node(); }
absl::Status Server::Leave(absl::Duration timeout) { return impl_->Leave(timeout); }
void Server::Stop() { impl_->Stop(); }

}  // namespace kv
