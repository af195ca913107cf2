#include "examples/demo/channels.h"

#include <grpcpp/grpcpp.h>

namespace concord::example {
namespace {

std::shared_ptr<grpc::Channel> NewChannel(const std::string& address) {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // or a new channel has the old connection
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), args);
}

}  // namespace

grpc::GenericStub& Channels::To(const std::string& address) {
  std::unique_ptr<grpc::GenericStub>& stub = stubs_[address];
  if (stub == nullptr) stub = std::make_unique<grpc::GenericStub>(NewChannel(address));
  return *stub;
}

absl::Status Channels::Ended(const std::string& address, const grpc::Status& status) {
  if (status.error_code() == grpc::DEADLINE_EXCEEDED) stubs_.erase(address);
  return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
}

}  // namespace concord::example
