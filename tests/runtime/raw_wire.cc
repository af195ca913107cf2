#include "raw_wire.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/method_handler.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "runtime/methods.h"

namespace concord::runtime {

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToBytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return "";
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

std::string Padded(const google::protobuf::MessageLite& message, std::size_t size) {
  using google::protobuf::internal::WireFormatLite;
  constexpr int kUnknownField = 1000;
  std::string bytes = message.SerializeAsString();
  // A few of the bytes that are missing go to the field's tag and to the length of its value.
  for (std::size_t padding = size - bytes.size(); padding > 0; --padding) {
    if (bytes.size() + WireFormatLite::TagSize(kUnknownField, WireFormatLite::TYPE_BYTES) +
            WireFormatLite::LengthDelimitedSize(padding) ==
        size) {
      google::protobuf::io::StringOutputStream stream(&bytes);
      google::protobuf::io::CodedOutputStream out(&stream);
      WireFormatLite::WriteBytes(kUnknownField, std::string(padding, 'x'), &out);
      break;
    }
  }
  return bytes;
}

std::shared_ptr<grpc::Channel> PlainChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

RawCall::RawCall(std::shared_ptr<grpc::Channel> channel, const std::string& method,
                 const std::string& request, const Options& options)
    : stub_(std::move(channel)) {
  if (options.deadline != absl::InfiniteFuture()) {
    context_.set_deadline(absl::ToChronoTime(options.deadline));
  }
  if (options.gzip) context_.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  reader_ = stub_.PrepareUnaryCall(&context_, method, ToBuffer(request), &queue_);
  reader_->StartCall();
  reader_->Finish(&response_, &status_, this);
}

RawCall::~RawCall() {
  Wait();
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

RawAnswer RawCall::Wait() {
  void* tag = nullptr;
  bool ok = false;
  if (!std::exchange(finished_, true)) queue_.Next(&tag, &ok);
  return {.status = status_, .bytes = ToBytes(response_)};
}

// gRPC's synchronous server, with messages as raw bytes.
class RawServer::Methods : public grpc::Service {
 public:
  explicit Methods(Reply reply) : reply_(std::move(reply)) {
    using Handler = grpc::internal::RpcMethodHandler<Methods, grpc::ByteBuffer, grpc::ByteBuffer>;
    for (const char* path : {kFindSuccessorMethod, kGetRingMethod, kNotifyMethod}) {
      auto* handler = new Handler(
          [path](Methods* self, grpc::ServerContext* context, const grpc::ByteBuffer* request,
                 grpc::ByteBuffer* response) {
            const RawAnswer answer = self->reply_(path, ToBytes(*request));
            *response = ToBuffer(answer.bytes);
            if (answer.gzip) context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
            return answer.status;
          },
          this);
      AddMethod(new grpc::internal::RpcServiceMethod(path, grpc::internal::RpcMethod::NORMAL_RPC,
                                                     handler));
    }
  }

 private:
  const Reply reply_;
};

RawServer::RawServer(Reply reply, const std::string& bind,
                     const std::shared_ptr<grpc::ServerCredentials>& credentials)
    : methods_(std::make_unique<Methods>(std::move(reply))) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(bind, credentials, &port_);
  builder.RegisterService(methods_.get());
  server_ = builder.BuildAndStart();
  if (!server_) port_ = 0;
}

RawServer::~RawServer() {
  if (server_) server_->Shutdown(absl::ToChronoTime(absl::Now()));
}

std::string RawServer::address() const { return absl::StrCat("127.0.0.1:", port_); }

}  // namespace concord::runtime
