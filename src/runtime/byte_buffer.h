// Between protobuf messages and the buffers that gRPC carries.
#ifndef CONCORD_RUNTIME_BYTE_BUFFER_H_
#define CONCORD_RUNTIME_BYTE_BUFFER_H_

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/slice.h>

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "runtime/codec.h"

namespace concord::runtime {

inline grpc::ByteBuffer Serialize(const google::protobuf::MessageLite& message) {
  grpc::Slice slice(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(const_cast<std::uint8_t*>(slice.begin()));
  return grpc::ByteBuffer(&slice, 1);
}

// INVALID_ARGUMENT for what is too long, and for what is no such message.
inline absl::Status Parse(grpc::ByteBuffer& buffer, google::protobuf::MessageLite& message) {
  if (buffer.Length() > kMaxMessageBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("message of ", buffer.Length(), " bytes: the limit is ", kMaxMessageBytes));
  }
  grpc::ProtoBufferReader reader(&buffer);
  if (!reader.status().ok() || !message.ParseFromZeroCopyStream(&reader)) {
    return absl::InvalidArgumentError(
        absl::StrCat("message of ", buffer.Length(), " bytes is no ", message.GetTypeName()));
  }
  return absl::OkStatus();
}

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_BYTE_BUFFER_H_
