// Both ends of the wire as plain bytes: for what no concord node would ever send.
#ifndef CONCORD_TESTS_RUNTIME_RAW_WIRE_H_
#define CONCORD_TESTS_RUNTIME_RAW_WIRE_H_

#include <google/protobuf/message_lite.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"

namespace concord::runtime {

grpc::ByteBuffer ToBuffer(const std::string& bytes);
std::string ToBytes(const grpc::ByteBuffer& buffer);

// A message of `size` bytes: `message`, and a field that nobody knows to fill it up.
std::string Padded(const google::protobuf::MessageLite& message, std::size_t size);

// A channel as a stranger opens it, with gRPC's own settings.
std::shared_ptr<grpc::Channel> PlainChannel(const std::string& address);

struct RawAnswer {
  grpc::Status status;
  std::string bytes;
  bool gzip = false;
};

// One unary call.
class RawCall {
 public:
  struct Options {
    absl::Time deadline = absl::Now() + absl::Seconds(50);
    bool gzip = false;
  };
  RawCall(std::shared_ptr<grpc::Channel> channel, const std::string& method,
          const std::string& request, const Options& options);
  RawCall(std::shared_ptr<grpc::Channel> channel, const std::string& method,
          const std::string& request)
      : RawCall(std::move(channel), method, request, Options()) {}
  ~RawCall();  // waits too

  RawAnswer Wait();
  void Cancel() { context_.TryCancel(); }

 private:
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader_;
  grpc::ByteBuffer response_;
  grpc::Status status_;
  bool finished_ = false;
};

// A server of the ring's calls that answers whatever it is told to, well-formed or not.
class RawServer {
 public:
  // Any thread.
  using Reply = std::function<RawAnswer(const std::string& method, const std::string& request)>;

  explicit RawServer(Reply reply, const std::string& bind = "127.0.0.1:0",
                     const std::shared_ptr<grpc::ServerCredentials>& credentials =
                         grpc::InsecureServerCredentials());
  ~RawServer();

  // 0: could not listen.
  int port() const { return port_; }
  std::string address() const;

 private:
  class Methods;

  std::unique_ptr<Methods> methods_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace concord::runtime

#endif  // CONCORD_TESTS_RUNTIME_RAW_WIRE_H_
