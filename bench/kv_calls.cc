#include "kv_calls.h"

#include <fcntl.h>
#include <grpcpp/create_channel.h>
#include <unistd.h>

#include <deque>
#include <optional>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kv.grpc.pb.h"

namespace concord::bench {
namespace {

using kv::wire::Kv;

constexpr std::chrono::seconds kDeadline{10};  // as of kv::Client

struct Put {
  using Request = kv::wire::PutRequest;
  using Response = kv::wire::PutResponse;
  static constexpr char kName[] = "put";
  static void Prepare(const KvLoad& load, std::size_t random, Request& request) {
    request.set_value(load.Value(random));
  }
  static auto Start(Kv::Stub& stub, grpc::ClientContext& context, const Request& request,
                    grpc::CompletionQueue& queue) {
    return stub.AsyncPut(&context, request, &queue);
  }
  static bool IsRight(const KvLoad&, const Response& response) {
    return response.version().time() != 0;
  }
};

struct Get {
  using Request = kv::wire::GetRequest;
  using Response = kv::wire::GetResponse;
  static constexpr char kName[] = "get";
  static void Prepare(const KvLoad&, std::size_t, Request&) {}
  static auto Start(Kv::Stub& stub, grpc::ClientContext& context, const Request& request,
                    grpc::CompletionQueue& queue) {
    return stub.AsyncGet(&context, request, &queue);
  }
  static bool IsRight(const KvLoad& load, const Response& response) {
    return response.value().size() == load.value_bytes();
  }
};

std::unique_ptr<Kv::Stub> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  return Kv::NewStub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
}

// What the calls of one caller share.
struct Calls {
  const KvLoad& load;
  Answers& answers;
  std::vector<std::unique_ptr<Kv::Stub>> stubs;
  CallLog log{};
};

// A place for one call at a time. All callers ask for the same keys in the same order.
template <typename What>
class Place final : public Tag {
 public:
  Place(Calls& calls, std::size_t number) : calls_(calls), random_(number), turn_(number) {}

  void Ask() {
    const std::vector<std::string>& keys = calls_.load.keys();
    request_.set_key(keys[random_() % keys.size()]);
    What::Prepare(calls_.load, random_(), request_);
    started_ = Clock::now();
    Send();
  }

  void Run(bool) override {
    if (status_.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) {
      ++calls_.answers.refused;
      return Send();
    }
    if (!status_.ok()) Fail(absl::StrCat("a ", What::kName, " failed: ", status_.error_message()));
    if (!What::IsRight(calls_.load, response_)) {
      Fail(absl::StrCat("a ", What::kName, " got a wrong answer"));
    }
    if (calls_.log.Ended(started_)) Ask();
  }

 private:
  void Send() {
    reader_.reset();  // it lives in the context's arena
    context_.emplace();
    context_->set_deadline(std::chrono::system_clock::now() + kDeadline);
    Kv::Stub& stub = *calls_.stubs[turn_++ % calls_.stubs.size()];
    reader_ = What::Start(stub, *context_, request_, calls_.answers.queue());
    reader_->Finish(&response_, &status_, this);
  }

  Calls& calls_;
  std::mt19937_64 random_;
  std::size_t turn_;
  Clock::time_point started_;
  std::optional<grpc::ClientContext> context_;
  typename What::Request request_;
  typename What::Response response_;
  grpc::Status status_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<typename What::Response>> reader_;
};

template <typename What>
class KvCaller final : public Caller {
 public:
  KvCaller(Answers& answers, const std::vector<std::string>& stores, const KvLoad& load,
           std::function<double()> processor_time)
      : calls_{load, answers, {}}, processor_time_(std::move(processor_time)) {
    for (const std::string& store : stores) calls_.stubs.push_back(Connect(store));
  }

  std::vector<double> Call(int outstanding, Clock::duration how_long) override {
    const auto count = static_cast<std::size_t>(outstanding);
    while (places_.size() < count) places_.emplace_back(calls_, places_.size());
    calls_.log.Start(outstanding, how_long);
    for (std::size_t i = 0; i < count; ++i) places_[i].Ask();
    return calls_.log.Wait();
  }
  double CpuMicroseconds() const override { return Caller::CpuMicroseconds() + processor_time_(); }

 private:
  Calls calls_;
  std::deque<Place<What>> places_;
  const std::function<double()> processor_time_;
};

class DiskCaller final : public Caller {
 public:
  DiskCaller(const std::string& file, const KvLoad& load)
      : load_(load), fd_(open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600)) {
    if (fd_ < 0) Fail(absl::StrCat("cannot write ", file));
  }
  ~DiskCaller() override { close(fd_); }

  std::vector<double> Call(int, Clock::duration how_long) override {
    return CallInTurn(how_long, [this] {
      const std::string value = load_.Value(turn_++);
      if (write(fd_, value.data(), value.size()) != static_cast<ssize_t>(value.size()) ||
          fdatasync(fd_) != 0) {
        Fail("the disk does not take what is written");
      }
    });
  }

 private:
  const KvLoad& load_;
  const int fd_;
  std::size_t turn_ = 0;
};

}  // namespace

Answers::~Answers() {
  queue_.Shutdown();
  thread_.join();
}

std::unique_ptr<Caller> MakeKvCaller(KvCall call, Answers& answers,
                                     const std::vector<std::string>& stores, const KvLoad& load,
                                     std::function<double()> processor_time) {
  if (call == KvCall::kPut) {
    return std::make_unique<KvCaller<Put>>(answers, stores, load, std::move(processor_time));
  }
  return std::make_unique<KvCaller<Get>>(answers, stores, load, std::move(processor_time));
}

std::unique_ptr<Caller> MakeDiskCaller(const std::string& file, const KvLoad& load) {
  return std::make_unique<DiskCaller>(file, load);
}

}  // namespace concord::bench
