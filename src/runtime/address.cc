#include "runtime/address.h"

#include <arpa/inet.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace concord::runtime {
namespace {

constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035
constexpr std::size_t kShownBytes = 300;    // of a wrong address, in an error

absl::Status Wrong(std::string_view text, const char* why) {
  text = text.substr(0, kShownBytes);
  return absl::InvalidArgumentError(absl::StrCat(
      "address '", absl::CHexEscape(absl::string_view(text.data(), text.size())), "': ", why));
}

bool IsIpv6(const std::string& host) {
  in6_addr parsed;
  const bool has_end_inside = host.find('\0') != std::string::npos;
  return !has_end_inside && inet_pton(AF_INET6, host.c_str(), &parsed) == 1;
}

bool IsHostName(const std::string& host) {
  const auto allowed = [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
  };
  return std::all_of(host.begin(), host.end(), allowed);
}

}  // namespace

// In every spelling that a resolver takes: 0.0.0.0, 0, [::], [0::0], [::ffff:0.0.0.0].
bool Address::wildcard() const {
  in_addr v4;
  if (inet_aton(host.c_str(), &v4) != 0) return v4.s_addr == INADDR_ANY;
  in6_addr v6;
  if (inet_pton(AF_INET6, host.c_str(), &v6) != 1) return false;
  const bool mapped_any = IN6_IS_ADDR_V4MAPPED(&v6) && std::all_of(v6.s6_addr + 12, v6.s6_addr + 16,
                                                                   [](int b) { return b == 0; });
  return IN6_IS_ADDR_UNSPECIFIED(&v6) || mapped_any;
}

std::string Address::ToString() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return ipv6 ? absl::StrCat("[", host, "]:", port) : absl::StrCat(host, ":", port);
}

absl::StatusOr<Address> ParseAddress(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return Wrong(text, "it must be host:port");
  std::string host(text.substr(0, colon));
  const std::string port_text(text.substr(colon + 1));

  const bool brackets = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (brackets) host = host.substr(1, host.size() - 2);
  if (host.empty()) return Wrong(text, "the host is empty");
  if (host.size() > kMaxHostBytes) return Wrong(text, "the host is longer than 253 bytes");
  if (brackets && !IsIpv6(host)) return Wrong(text, "only an IPv6 address stands in brackets");
  if (!brackets && host.find(':') != std::string::npos) {
    return Wrong(text, "an IPv6 address must stand in brackets, [host]:port");
  }
  if (!brackets && !IsHostName(host)) {
    return Wrong(text, "a host has letters, digits, '-', '_' and '.' only");
  }

  int port = 0;
  const bool digits = !port_text.empty() && port_text.size() <= 5 &&
                      std::all_of(port_text.begin(), port_text.end(), absl::ascii_isdigit);
  if (!digits || !absl::SimpleAtoi(port_text, &port) || port > 65535) {
    return Wrong(text, "the port must be a number from 0 to 65535");
  }
  return Address{host, port};
}

absl::StatusOr<Address> ParsePeerAddress(std::string_view text) {
  absl::StatusOr<Address> address = ParseAddress(text);
  if (!address.ok()) return address;
  if (address->port == 0) return Wrong(text, "nobody can be reached on port 0");
  if (address->wildcard()) return Wrong(text, "a wildcard host names nobody");
  return address;
}

}  // namespace concord::runtime
