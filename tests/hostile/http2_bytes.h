// HTTP/2 as plain bytes: for what no client library would ever send.
#ifndef CONCORD_TESTS_HOSTILE_HTTP2_BYTES_H_
#define CONCORD_TESTS_HOSTILE_HTTP2_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace concord::testing {

enum FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kResetStream = 3,
  kSettings = 4,
  kPing = 6,
  kGoaway = 7,
};
inline constexpr std::uint8_t kEndStream = 1, kEndHeaders = 4, kAcknowledge = 1;
inline constexpr std::size_t kFrameHeaderBytes = 9, kMostFrameBytes = 16384;

inline std::string BigEndian(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  return out;
}

inline std::string Frame(FrameType type, std::uint8_t flags, std::uint32_t stream,
                         std::string_view payload = "") {
  std::string frame = BigEndian(payload.size(), 3);
  frame += static_cast<char>(type);
  frame += static_cast<char>(flags);
  frame += BigEndian(stream, 4);
  return frame.append(payload);
}

// How a client begins a connection.
inline std::string Preface() {
  return std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + Frame(kSettings, 0, 0);
}

// A header that is not compressed, of at most 127 + 127 bytes.
inline std::string Header(std::string_view name, std::string_view value) {
  std::string out(1, '\0');
  out += static_cast<char>(name.size());
  out.append(name);
  out += static_cast<char>(value.size());
  return out.append(value);
}

// The frame that begins a call of gRPC. `timeout` as gRPC writes it (10M: ten minutes), or empty.
inline std::string BeginCall(std::uint32_t stream, std::string_view path,
                             std::string_view timeout = "", std::string_view more = "") {
  std::string headers = Header(":method", "POST") + Header(":scheme", "http") +
                        Header(":path", path) + Header(":authority", "x") +
                        Header("te", "trailers") + Header("content-type", "application/grpc");
  if (!timeout.empty()) headers += Header("grpc-timeout", timeout);
  return Frame(kHeaders, kEndHeaders, stream, headers.append(more));
}

// The message of a call, and its end. `claimed`: how long it is said to be.
inline std::string SendMessage(std::uint32_t stream, std::string_view message,
                               std::size_t claimed) {
  std::string bytes = std::string(1, '\0') + BigEndian(claimed, 4);
  bytes.append(message);
  std::string frames;
  for (std::size_t at = 0; at < bytes.size(); at += kMostFrameBytes) {
    const bool last = at + kMostFrameBytes >= bytes.size();
    frames += Frame(kData, last ? kEndStream : 0, stream, bytes.substr(at, kMostFrameBytes));
  }
  return frames;
}

inline std::string SendMessage(std::uint32_t stream, std::string_view message) {
  return SendMessage(stream, message, message.size());
}

}  // namespace concord::testing

#endif  // CONCORD_TESTS_HOSTILE_HTTP2_BYTES_H_
