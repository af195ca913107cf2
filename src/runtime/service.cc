#include "runtime/service.h"

#include <google/protobuf/empty.pb.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/async_unary_call.h>

#include <array>
#include <chrono>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/byte_buffer.h"
#include "runtime/methods.h"
#include "runtime/mutex.h"
#include "runtime/network.h"
#include "runtime/tls.h"

namespace concord::runtime {
namespace {

enum Method { kFindSuccessor, kGetRing, kNotify, kLeave, kMeet };
constexpr const char* kPaths[] = {kFindSuccessorMethod, kGetRingMethod, kNotifyMethod, kLeaveMethod,
                                  kMeetMethod};

// How many calls of a method are taken at once before the thread has come round to take more.
constexpr int kAccepting[] = {64, 4, 4, 1, 1};

constexpr int kMaxServed[] = {kMaxServedLookups, kMaxServedQuestions, kMaxServedQuestions,
                              kMaxServedQuestions, kMaxServedQuestions};

grpc::Status ToGrpc(const absl::Status& status) {
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

absl::Status TooBusy(int served) {
  return absl::ResourceExhaustedError(
      absl::StrCat("this node is busy with ", served, " such calls, which is its limit"));
}

absl::Status NotAMember() { return absl::UnavailableError("this node is not a member of a ring"); }

}  // namespace

// Registers the calls with their messages as raw bytes: gRPC would answer INTERNAL to a message
// that does not parse, before we see it.
class Service::Methods : public grpc::Service {
 public:
  Methods() {
    for (std::size_t i = 0; i < std::size(kPaths); ++i) {
      AddMethod(new grpc::internal::RpcServiceMethod(
          kPaths[i], grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
      MarkMethodRaw(static_cast<int>(i));
    }
  }
  using grpc::Service::RequestAsyncUnary;
};

// What all calls share; it lives until the last of them has ended.
struct Service::Calls {
  core::IdSpace space{64};
  core::RingIdentity identity;
  NameHash name_hash;
  Methods* methods = nullptr;
  grpc::ServerCompletionQueue* queue = nullptr;
  RingHandler* handler = nullptr;
  const Tls* tls = nullptr;

  Mutex mutex;
  CondVar idle;
  bool taking ABSL_GUARDED_BY(mutex) = true;
  int alive ABSL_GUARDED_BY(mutex) = 0;
  std::array<int, std::size(kPaths)> served ABSL_GUARDED_BY(mutex) = {};  // taken, not ended
};

// One call of a peer: waits to be taken, is answered, ends. Owns itself.
class Service::Call final : public Tag {
 public:
  // Waits for one more call of `method`, unless no more are taken.
  static void TakeNext(const std::shared_ptr<Calls>& calls, Method method) {
    MutexLock lock(calls->mutex);
    if (!calls->taking) return;
    ++calls->alive;
    (new Call(calls, method))->Request();
  }

  void Run(bool ok) override {
    if (answered_ || !ok) {  // sent, or the server shut down while we waited for a call
      delete this;
      return;
    }
    TakeNext(calls_, method_);  // the next, while we are busy
    if (!BeginServing()) return Refuse(TooBusy(kMaxServed[method_]));
    switch (method_) {
      case kFindSuccessor:
        return FindSuccessor();
      case kGetRing:
        return GetRing();
      case kNotify:
        return Notify();
      case kLeave:
        return Leave();
      case kMeet:
        return Meet();
    }
  }

 private:
  Call(std::shared_ptr<Calls> calls, Method method)
      : calls_(std::move(calls)), method_(method), responder_(&context_) {}

  ~Call() {
    MutexLock lock(calls_->mutex);
    if (serving_) --calls_->served[method_];
    if (--calls_->alive == 0) calls_->idle.NotifyAll();
  }

  // False: so many are being served that there is no room for this one.
  bool BeginServing() {
    MutexLock lock(calls_->mutex);
    serving_ = calls_->served[method_] < kMaxServed[method_];
    if (serving_) ++calls_->served[method_];
    return serving_;
  }

  void Request() {
    GiveAway();
    calls_->methods->RequestAsyncUnary(method_, &context_, &request_, &responder_, calls_->queue,
                                       calls_->queue, this);
  }

  void FindSuccessor() {
    wire::FindReq message;
    if (absl::Status status = Read(message); !status.ok()) return Refuse(status);
    calls_->handler->HandleFindSuccessor(FromWire(calls_->space, message), Deadline(),
                                         [this](const absl::StatusOr<FindResponse>& response) {
                                           if (!response.ok()) return Refuse(response.status());
                                           Answer(ToWire(*response));
                                         });
  }

  void GetRing() {
    google::protobuf::Empty message;
    if (absl::Status status = Parse(request_, message); !status.ok()) return Refuse(status);
    calls_->handler->HandleGetRing(AnswerWithRing());
  }

  void Notify() {
    wire::Server message;
    if (absl::Status status = Read(message); !status.ok()) return Refuse(status);
    const absl::StatusOr<Server> from = FromWire(calls_->space, message);
    if (!from.ok()) return Refuse(from.status());
    if (absl::Status claim = CheckClaim(*from); !claim.ok()) return Refuse(claim);
    if (absl::Status room = calls_->handler->CheckRoom(); !room.ok()) return Refuse(room);
    const absl::Status status = calls_->handler->HandleNotify(*from, message.incarnation());
    if (!status.ok()) return Refuse(status);
    Answer(google::protobuf::Empty());
  }

  void Leave() {
    wire::Farewell message;
    if (absl::Status status = Read(message); !status.ok()) return Refuse(status);
    const absl::StatusOr<core::Farewell> farewell = FromWire(calls_->space, message);
    if (!farewell.ok()) return Refuse(farewell.status());
    if (absl::Status claim = CheckClaim(farewell->from); !claim.ok()) return Refuse(claim);
    // Of those that it names we may make neighbours.
    if (absl::Status id = CheckId(calls_->name_hash, farewell->predecessor); !id.ok()) {
      return Refuse(id);
    }
    for (const Server& successor : farewell->successors) {
      if (absl::Status id = CheckId(calls_->name_hash, successor); !id.ok()) return Refuse(id);
    }
    if (absl::Status room = calls_->handler->CheckRoom(); !room.ok()) return Refuse(room);
    calls_->handler->HandleLeave(*farewell, AnswerWithRing());
  }

  void Meet() {
    wire::Meeting message;
    if (absl::Status status = Read(message); !status.ok()) return Refuse(status);
    const absl::StatusOr<core::Meeting> meeting = FromWire(calls_->space, message);
    if (!meeting.ok()) return Refuse(meeting.status());
    if (absl::Status claim = CheckClaim(meeting->from); !claim.ok()) return Refuse(claim);
    if (absl::Status room = calls_->handler->CheckRoom(); !room.ok()) return Refuse(room);
    calls_->handler->HandleMeet(*meeting, [this](const std::optional<core::Meeting>& ours) {
      if (!ours) return Refuse(NotAMember());
      Answer(WithIdentity(ToWire(*ours)));
    });
  }

  // A message that says which ring the caller means.
  template <typename Message>
  absl::Status Read(Message& message) {
    if (absl::Status status = Parse(request_, message); !status.ok()) return status;
    if (!message.has_identity()) return absl::OkStatus();
    const absl::StatusOr<core::RingIdentity> theirs = FromWire(message.identity());
    // (In the caller's words: it is the caller who reads them.)
    return theirs.ok() ? core::CheckSameRing(*theirs, calls_->identity) : theirs.status();
  }

  absl::Status CheckClaim(const Server& from) const {
    if (absl::Status id = CheckId(calls_->name_hash, from); !id.ok()) return id;
    if (calls_->tls == nullptr) return absl::OkStatus();
    return calls_->tls->CheckClaim(*context_.auth_context(), from);
  }

  RingHandler::RingAnswer AnswerWithRing() {
    return [this](const std::optional<core::RingView>& ring) {
      if (!ring) return Refuse(NotAMember());
      Answer(WithIdentity(ToWire(*ring)));
    };
  }

  template <typename Message>
  Message WithIdentity(Message message) const {
    if (calls_->identity.said()) *message.mutable_identity() = ToWire(calls_->identity);
    return message;
  }

  absl::Time Deadline() const {
    const std::chrono::system_clock::time_point deadline = context_.deadline();
    const bool none = deadline == std::chrono::system_clock::time_point::max();
    return none ? absl::InfiniteFuture() : absl::FromChrono(deadline);
  }

  void Answer(const google::protobuf::MessageLite& message) {
    answered_ = true;
    GiveAway();
    responder_.Finish(Serialize(message), grpc::Status::OK, this);
  }

  void Refuse(const absl::Status& status) {
    answered_ = true;
    GiveAway();
    responder_.FinishWithError(ToGrpc(status), this);
  }

  const std::shared_ptr<Calls> calls_;
  const Method method_;
  bool serving_ = false;
  bool answered_ = false;
  grpc::ServerContext context_;
  grpc::ByteBuffer request_;
  grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> responder_;
};

Service::Service(core::IdSpace space, core::RingIdentity identity, NameHash name_hash)
    : methods_(std::make_unique<Methods>()), calls_(std::make_shared<Calls>()) {
  calls_->space = space;
  calls_->identity = std::move(identity);
  calls_->name_hash = std::move(name_hash);
  calls_->methods = methods_.get();
}

Service::~Service() = default;

grpc::Service& Service::grpc_service() { return *methods_; }

void Service::Serve(grpc::ServerCompletionQueue& queue, RingHandler& handler, const Tls* tls) {
  calls_->queue = &queue;
  calls_->handler = &handler;
  calls_->tls = tls;
  for (const Method method : {kFindSuccessor, kGetRing, kNotify, kLeave, kMeet}) {
    for (int i = 0; i < kAccepting[method]; ++i) Call::TakeNext(calls_, method);
  }
}

void Service::StopTaking() {
  MutexLock lock(calls_->mutex);
  calls_->taking = false;
}

void Service::WaitUntilIdle() {
  MutexLock lock(calls_->mutex);
  while (calls_->alive > 0) calls_->idle.Wait(calls_->mutex);
}

}  // namespace concord::runtime
