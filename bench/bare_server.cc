#include "bare_server.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <deque>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "completions.h"
#include "concord_wire.grpc.pb.h"
#include "measure.h"

namespace concord::bench {
namespace {

using Service = wire::ChordService::AsyncService;

// More than are ever in flight: a call never waits for the server to ask for it.
constexpr int kCalls = 128;

wire::FindResp ResponseWith(const Server& owner) {
  wire::FindResp response;
  response.mutable_server()->set_id(owner.id);
  response.mutable_server()->set_name(owner.name);
  response.mutable_server()->set_address(owner.address);
  return response;
}

// Waits for a request, answers it, waits for the next.
class Answer final : public Tag {
 public:
  Answer(Service& service, grpc::ServerCompletionQueue& queue, const wire::FindResp& response)
      : service_(service), queue_(queue), response_(response) {
    Request();
  }

  void Run(bool ok) override {
    if (!ok) return;  // the server shuts down
    if (answered_) return Request();
    answered_ = true;
    responder_->Finish(response_, grpc::Status::OK, this);
  }

 private:
  void Request() {
    answered_ = false;
    responder_.reset();
    context_.emplace();
    responder_.emplace(&*context_);
    service_.RequestFindSuccessor(&*context_, &request_, &*responder_, &queue_, &queue_, this);
  }

  Service& service_;
  grpc::ServerCompletionQueue& queue_;
  const wire::FindResp& response_;
  bool answered_ = false;
  wire::FindReq request_;
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncResponseWriter<wire::FindResp>> responder_;
};

}  // namespace

class BareServer::Impl {
 public:
  explicit Impl(const Server& owner) : response_(ResponseWith(owner)) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    if (!server_) Fail("the bare server does not start");
    address_ = absl::StrCat("127.0.0.1:", port);
    for (int i = 0; i < kCalls; ++i) calls_.emplace_back(service_, *queue_, response_);
    thread_ = std::thread([this] { Poll(*queue_); });
  }
  ~Impl() {
    server_->Shutdown();
    queue_->Shutdown();
    thread_.join();
  }
  const std::string& address() const { return address_; }

 private:
  const wire::FindResp response_;
  Service service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  std::deque<Answer> calls_;
  std::thread thread_;
};

BareServer::BareServer(const Server& owner) : impl_(std::make_unique<Impl>(owner)) {}
BareServer::~BareServer() = default;
const std::string& BareServer::address() const { return impl_->address(); }

}  // namespace concord::bench
