#include "find_successor.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "concord_wire.pb.h"
#include "examples/demo/channels.h"

namespace concord::chaos {
namespace {

grpc::ByteBuffer Request(Id id) {
  wire::FindReq request;
  request.set_id(id);
  const grpc::Slice bytes(request.SerializeAsString());
  return grpc::ByteBuffer(&bytes, 1);
}

absl::StatusOr<Server> Answer(grpc::ByteBuffer& reply) {
  grpc::ProtoBufferReader bytes(&reply);
  wire::FindResp answer;
  if (!answer.ParseFromZeroCopyStream(&bytes) || !answer.has_server()) {
    return absl::DataLossError("no FindResp message");
  }
  return Server{answer.server().id(), answer.server().name(), answer.server().address()};
}

}  // namespace

class FindSuccessor::Impl {
 public:
  ~Impl() {
    queue_.Shutdown();
    void* tag;
    bool ok;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  absl::StatusOr<Server> Ask(const std::string& address, Id id, absl::Duration timeout) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    grpc::ByteBuffer reply;
    grpc::Status status;
    auto reader = channels_.To(address).PrepareUnaryCall(
        &context, "/concord.ChordService/FindSuccessor", Request(id), &queue_);
    reader->StartCall();
    reader->Finish(&reply, &status, this);
    void* tag;
    bool ok;
    queue_.Next(&tag, &ok);  // there is a deadline
    const absl::Status ended = channels_.Ended(address, status);
    if (!ended.ok()) return ended;
    return Answer(reply);
  }

 private:
  grpc::CompletionQueue queue_;
  example::Channels channels_;
};

FindSuccessor::FindSuccessor() : impl_(std::make_unique<Impl>()) {}
FindSuccessor::~FindSuccessor() = default;

absl::StatusOr<Server> FindSuccessor::Ask(const std::string& address, Id id,
                                          absl::Duration timeout) {
  return impl_->Ask(address, id, timeout);
}

}  // namespace concord::chaos
