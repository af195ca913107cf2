#include "text_checks.h"

#include <arpa/inet.h>
#include <google/protobuf/stubs/common.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "check.h"
#include "runtime/address.h"
#include "runtime/utf8.h"

namespace concord::fuzz {
namespace {

constexpr std::size_t kMostReasonBytes = 4096;  // gRPC carries 8 KB of metadata

bool OnlyOf(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

struct Parts {
  std::string host;
  int port;
  bool any_host;  // stands for "all of this machine's addresses", in whatever spelling
};

std::optional<Parts> ReadIpv6(const std::string& host, int port) {
  in6_addr address;
  if (host.find('\0') != std::string::npos || inet_pton(AF_INET6, host.c_str(), &address) != 1) {
    return std::nullopt;
  }
  char shortest[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, &address, shortest, sizeof shortest);
  const std::string_view spelled(shortest);
  return Parts{host, port, spelled == "::" || spelled == "::ffff:0.0.0.0"};
}

std::optional<Parts> ReadName(const std::string& host, int port) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";
  if (host.empty() || host.size() > 253 || !OnlyOf(host, kAllowed)) return std::nullopt;
  in_addr address;
  const bool any = inet_aton(host.c_str(), &address) == 1 && address.s_addr == 0;
  return Parts{host, port, any};
}

std::optional<Parts> ReadAddress(const std::string& text) {
  const std::size_t colon = text.find_last_of(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::string host = text.substr(0, colon);
  const std::string digits = text.substr(colon + 1);
  if (digits.empty() || digits.size() > 5 || !OnlyOf(digits, "0123456789")) return std::nullopt;
  const int port = std::stoi(digits);
  if (port > 65535) return std::nullopt;
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    return ReadIpv6(host.substr(1, host.size() - 2), port);
  }
  return ReadName(host, port);
}

void CheckSame(const absl::StatusOr<runtime::Address>& found, const Parts& parts) {
  Check(found->host == parts.host, "the host is what was written");
  Check(found->port == parts.port, "the port is what was written");
  const absl::StatusOr<runtime::Address> again = runtime::ParseAddress(found->ToString());
  Check(again.ok() && again->host == found->host && again->port == found->port,
        "an address that is written again reads the same");
}

}  // namespace

bool IsPeerAddress(const std::string& text) {
  const std::optional<Parts> parts = ReadAddress(text);
  return parts && parts->port != 0 && !parts->any_host;
}

bool IsText(const std::string& bytes) {
  return google::protobuf::internal::IsStructurallyValidUTF8(bytes.data(),
                                                             static_cast<int>(bytes.size()));
}

void CheckAddress(const std::string& text) {
  const std::optional<Parts> parts = ReadAddress(text);
  const absl::StatusOr<runtime::Address> address = runtime::ParseAddress(text);
  Check(address.ok() == parts.has_value(), "an address parses exactly if it is well-formed",
        absl::CHexEscape(text));
  if (address.ok()) {
    CheckSame(address, *parts);
  } else {
    CheckRefusal(address.status());
  }
  const absl::StatusOr<runtime::Address> peer = runtime::ParsePeerAddress(text);
  Check(peer.ok() == IsPeerAddress(text), "a peer's address passes exactly if it can be reached",
        absl::CHexEscape(text));
  if (!peer.ok()) CheckRefusal(peer.status());
}

void CheckText(const std::string& bytes) {
  Check(runtime::IsUtf8(bytes) == IsText(bytes), "text is what protobuf takes for text",
        absl::CHexEscape(bytes));
}

void CheckRefusal(const absl::Status& status) {
  Check(absl::IsInvalidArgument(status), "a refusal is INVALID_ARGUMENT", status.ToString());
  const std::string reason(status.message());
  Check(!reason.empty() && reason.size() <= kMostReasonBytes, "a refusal has a short reason");
  const auto printable = [](char c) { return ' ' <= c && c <= '~'; };
  Check(std::all_of(reason.begin(), reason.end(), printable), "a reason can be printed", reason);
}

}  // namespace concord::fuzz
