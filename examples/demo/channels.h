// Channels to members, for whoever asks them as other members do.
#ifndef CONCORD_EXAMPLES_DEMO_CHANNELS_H_
#define CONCORD_EXAMPLES_DEMO_CHANNELS_H_

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/status.h>

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"

namespace concord::example {

class Channels {
 public:
  // Good until a call to the address has Ended.
  grpc::GenericStub& To(const std::string& address);

  // How a call to the address has ended. After a deadline that passed the next goes over a new
  // connection: one that was cut off stays silent for long after the cut.
  absl::Status Ended(const std::string& address, const grpc::Status& status);

 private:
  std::map<std::string, std::unique_ptr<grpc::GenericStub>> stubs_;
};

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_DEMO_CHANNELS_H_
