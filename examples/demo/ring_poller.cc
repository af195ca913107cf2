#include "examples/demo/ring_poller.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <utility>

#include "absl/status/status.h"
#include "concord_wire.pb.h"
#include "examples/demo/channels.h"

namespace concord::example {
namespace {

// One question under way.
struct Call {
  grpc::ClientContext context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  grpc::ByteBuffer reply;
  grpc::Status status;
};

Server FromWire(const wire::Server& server) {
  return {server.id(), server.name(), server.address()};
}

absl::StatusOr<Neighbours> Result(Call& call) {
  grpc::ProtoBufferReader bytes(&call.reply);
  wire::Ring ring;
  if (!ring.ParseFromZeroCopyStream(&bytes)) return absl::DataLossError("no Ring message");

  Neighbours neighbours{FromWire(ring.predecessor()), {}};
  for (const wire::Server& successor : ring.successors()) {
    neighbours.successors.push_back(FromWire(successor));
  }
  return neighbours;
}

}  // namespace

class RingPoller::Impl {
 public:
  ~Impl() {
    queue_.Shutdown();
    void* tag;
    bool ok;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  std::vector<absl::StatusOr<Neighbours>> Ask(const std::vector<std::string>& addresses,
                                              absl::Duration timeout) {
    std::vector<Call> calls(addresses.size());
    for (std::size_t i = 0; i < calls.size(); ++i) Start(calls[i], addresses[i], timeout);

    void* tag;
    bool ok;
    for (std::size_t i = 0; i < calls.size(); ++i) queue_.Next(&tag, &ok);  // each has a deadline

    std::vector<absl::StatusOr<Neighbours>> results;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const absl::Status ended = channels_.Ended(addresses[i], calls[i].status);
      results.push_back(ended.ok() ? Result(calls[i]) : ended);
    }
    return results;
  }

 private:
  void Start(Call& call, const std::string& address, absl::Duration timeout) {
    call.context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    const grpc::Slice empty;  // google.protobuf.Empty has no bytes
    const grpc::ByteBuffer request(&empty, 1);
    call.reader = channels_.To(address).PrepareUnaryCall(
        &call.context, "/concord.ChordService/GetRing", request, &queue_);
    call.reader->StartCall();
    call.reader->Finish(&call.reply, &call.status, &call);
  }

  grpc::CompletionQueue queue_;
  Channels channels_;
};

RingPoller::RingPoller() : impl_(std::make_unique<Impl>()) {}
RingPoller::~RingPoller() = default;

std::vector<absl::StatusOr<Neighbours>> RingPoller::Ask(const std::vector<std::string>& addresses,
                                                        absl::Duration timeout) {
  return impl_->Ask(addresses, timeout);
}

}  // namespace concord::example
