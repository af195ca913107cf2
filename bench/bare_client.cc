#include "bare_client.h"

#include <grpcpp/create_channel.h>

#include <deque>
#include <optional>
#include <semaphore>
#include <thread>

#include "absl/strings/str_cat.h"
#include "completions.h"
#include "concord_wire.grpc.pb.h"

namespace concord::bench {
namespace {

using wire::ChordService;

constexpr std::chrono::seconds kDeadline{5};  // as Config::lookup_timeout

std::shared_ptr<grpc::Channel> OpenChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(1 << 20);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(absl::StrCat("dns:///", address),
                                   grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

class BareClient::Connection {
 public:
  Connection(const std::string& address, const Server& owner)
      : owner_(owner), stub_(ChordService::NewStub(OpenChannel(address))) {}
  ~Connection() {
    queue_.Shutdown();
    thread_.join();
  }

  ChordService::Stub& stub() { return *stub_; }
  grpc::CompletionQueue& queue() { return queue_; }

  void Prepare(grpc::ClientContext& context, wire::FindReq& request) const {
    context.set_deadline(std::chrono::system_clock::now() + kDeadline);
    request.set_id(owner_.id);
    request.set_hops(1);
  }
  void Check(const grpc::Status& status, const wire::FindResp& response) const {
    if (!status.ok()) Fail(absl::StrCat("a bare call failed: ", status.error_message()));
    if (response.server().id() != owner_.id || response.server().name() != owner_.name) {
      Fail("a bare call got a wrong answer");
    }
  }

 private:
  const Server owner_;
  const std::unique_ptr<ChordService::Stub> stub_;
  grpc::CompletionQueue queue_;
  std::thread thread_{[this] { Poll(queue_); }};
};

// A place for one call at a time.
class BareClient::Question : public Tag {
 public:
  explicit Question(Connection& connection) : connection_(connection) {}

  void Ask() {
    started_ = Clock::now();
    reader_.reset();  // it lives in the context's arena
    context_.emplace();
    connection_.Prepare(*context_, request_);
    reader_ = connection_.stub().AsyncFindSuccessor(&*context_, request_, &connection_.queue());
    reader_->Finish(&response_, &status_, this);
  }

  void Run(bool) final {
    connection_.Check(status_, response_);
    Answered();
  }

 protected:
  virtual void Answered() = 0;
  ~Question() = default;
  Clock::time_point started() const { return started_; }

 private:
  Connection& connection_;
  Clock::time_point started_;
  std::optional<grpc::ClientContext> context_;
  wire::FindReq request_;
  wire::FindResp response_;
  grpc::Status status_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<wire::FindResp>> reader_;
};

class BareClient::AsyncCaller final : public Caller {
 public:
  explicit AsyncCaller(Connection& connection) : connection_(connection) {}

  std::vector<double> Call(int outstanding, Clock::duration how_long) override {
    const auto places = static_cast<std::size_t>(outstanding);
    while (questions_.size() < places) questions_.emplace_back(connection_, log_);
    log_.Start(outstanding, how_long);
    for (std::size_t i = 0; i < places; ++i) questions_[i].Ask();
    return log_.Wait();
  }

 private:
  class Repeated final : public Question {
   public:
    Repeated(Connection& connection, CallLog& log) : Question(connection), log_(log) {}
    void Answered() override {
      if (log_.Ended(started())) Ask();
    }

   private:
    CallLog& log_;
  };

  Connection& connection_;
  CallLog log_;
  std::deque<Repeated> questions_;
};

class BareClient::WaitCaller final : public Caller {
 public:
  explicit WaitCaller(Connection& connection) : question_(connection) {}

  std::vector<double> Call(int, Clock::duration how_long) override {
    return CallInTurn(how_long, [this] {
      question_.Ask();
      question_.answered.acquire();
    });
  }

 private:
  struct Waited final : Question {
    using Question::Question;
    void Answered() override { answered.release(); }
    std::binary_semaphore answered{0};
  };

  Waited question_;
};

class BareClient::BlockingCaller final : public Caller {
 public:
  explicit BlockingCaller(Connection& connection) : connection_(connection) {}

  std::vector<double> Call(int, Clock::duration how_long) override {
    wire::FindReq request;
    wire::FindResp response;
    return CallInTurn(how_long, [&] {
      grpc::ClientContext context;
      connection_.Prepare(context, request);
      connection_.Check(connection_.stub().FindSuccessor(&context, request, &response), response);
    });
  }

 private:
  Connection& connection_;
};

BareClient::BareClient(const std::string& address, const Server& owner)
    : connection_(std::make_unique<Connection>(address, owner)) {}
BareClient::~BareClient() = default;

std::unique_ptr<Caller> BareClient::MakeCaller(BareStyle style) {
  switch (style) {
    case BareStyle::kAsync:
      return std::make_unique<AsyncCaller>(*connection_);
    case BareStyle::kWait:
      return std::make_unique<WaitCaller>(*connection_);
    case BareStyle::kBlocking:
      return std::make_unique<BlockingCaller>(*connection_);
  }
  return nullptr;
}

}  // namespace concord::bench
