#include "config_check.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "runtime/address.h"
#include "runtime/codec.h"
#include "runtime/utf8.h"

namespace concord {
namespace {

using runtime::Address;
using runtime::ParseAddress;
using runtime::ParsePeerAddress;

absl::Status CheckName(const std::string& name) {
  if (name.empty()) return absl::InvalidArgumentError("Config.name is empty: every node needs one");
  if (name.size() > runtime::kMaxNameBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "Config.name has ", name.size(), " bytes: the limit is ", runtime::kMaxNameBytes));
  }
  if (!runtime::IsUtf8(name)) {
    return absl::InvalidArgumentError(
        absl::StrCat("Config.name '", absl::CHexEscape(name), "' is not UTF-8"));
  }
  return absl::OkStatus();
}

absl::Status CheckClusterName(const std::string& name) {
  if (name.size() <= runtime::kMaxClusterNameBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("Config.cluster_name has ", name.size(),
                                                 " bytes: the limit is ",
                                                 runtime::kMaxClusterNameBytes));
}

absl::Status CheckAddresses(const Config& config) {
  const absl::StatusOr<Address> bind = ParseAddress(config.bind_addr);
  if (!bind.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("Config.bind_addr: ", bind.status().message()));
  }
  if (config.adv_addr.empty()) {
    if (!bind->wildcard()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("Config.adv_addr is empty, and others cannot reach the wildcard host of "
                     "Config.bind_addr '",
                     config.bind_addr, "': name the host that they reach this node by"));
  }
  const absl::StatusOr<Address> advertised = ParseAddress(config.adv_addr);
  if (!advertised.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Config.adv_addr: ", advertised.status().message()));
  }
  if (advertised->wildcard()) {
    return absl::InvalidArgumentError(absl::StrCat("Config.adv_addr '", config.adv_addr,
                                                   "': others cannot reach a wildcard host"));
  }
  return absl::OkStatus();
}

absl::Status CheckEntryTimeout(const char* call, absl::Duration timeout) {
  if (timeout > absl::ZeroDuration() && timeout <= absl::Hours(24)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(call, ": timeout is ",
                                                 absl::FormatDuration(timeout),
                                                 ": it must be positive and at most 24h"));
}

absl::Status CheckCount(const char* field, std::size_t value, std::size_t least, std::size_t most) {
  if (least <= value && value <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, " is ", value, ": it must be from ", least, " to ", most));
}

absl::Status CheckDuration(const char* field, absl::Duration value, absl::Duration least,
                           absl::Duration most) {
  if (least <= value && value <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, " is ", absl::FormatDuration(value),
                                                 ": it must be from ", absl::FormatDuration(least),
                                                 " to ", absl::FormatDuration(most)));
}

constexpr absl::Duration kLeastTimeout = absl::Milliseconds(1);
constexpr absl::Duration kMostLookupTimeout = absl::Minutes(10);

absl::Status CheckDurations(const Config& config) {
  struct Limits {
    const char* field;
    absl::Duration value, least, most;
  };
  constexpr absl::Duration kLeastInterval = absl::Milliseconds(10);
  // Zero stands for stabilize_interval, which is checked itself.
  const auto or_default = [&](absl::Duration interval) {
    return interval == absl::ZeroDuration() ? config.stabilize_interval : interval;
  };
  for (const Limits& limits : {
           Limits{"Config.stabilize_interval", config.stabilize_interval, kLeastInterval,
                  absl::Hours(1)},
           Limits{"Config.check_predecessor_interval",
                  or_default(config.check_predecessor_interval), kLeastInterval, absl::Hours(1)},
           Limits{"Config.fix_finger_interval", or_default(config.fix_finger_interval),
                  kLeastInterval, absl::Hours(1)},
           Limits{"Config.probe_interval", or_default(config.probe_interval), kLeastInterval,
                  absl::Hours(1)},
           Limits{"Config.call_timeout_ceiling", config.call_timeout_ceiling, kLeastTimeout,
                  absl::Minutes(1)},
           Limits{"Config.call_timeout_floor", config.call_timeout_floor, kLeastTimeout,
                  config.call_timeout_ceiling},
           Limits{"Config.lookup_timeout", config.lookup_timeout, kLeastTimeout,
                  kMostLookupTimeout},
           Limits{"Config.channel_idle_timeout", config.channel_idle_timeout, absl::Seconds(1),
                  absl::Hours(24)},
       }) {
    absl::Status status = CheckDuration(limits.field, limits.value, limits.least, limits.most);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckServices(const Config& config) {
  const auto null = std::find(config.services.begin(), config.services.end(), nullptr);
  if (null != config.services.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Config.services[", null - config.services.begin(), "] is null"));
  }
  if (absl::Status status = CheckCount("Config.max_service_message", config.max_service_message,
                                       std::size_t{1} << 10, std::size_t{1} << 30);
      !status.ok()) {
    return status;
  }
  return CheckCount("Config.service_threads", config.service_threads, 2, 10'000);
}

// What the texts in PEM are good for is seen when they are read: runtime/tls.h.
absl::Status CheckTls(const Config& config) {
  if (!config.tls || config.tls->member_host.empty()) return absl::OkStatus();
  const std::string& host = config.tls->member_host;
  const bool ipv6 = host.find(':') != std::string::npos;
  const absl::StatusOr<Address> address =
      ParsePeerAddress(ipv6 ? absl::StrCat("[", host, "]:1") : absl::StrCat(host, ":1"));
  // (To OpenSSL a leading dot means any name below.)
  if (address.ok() && host.front() != '.') return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("Config.tls.member_host '", absl::CHexEscape(host),
                   "': it must be a DNS name or an IP address, without a port or brackets"));
}

}  // namespace

absl::Status CheckConfig(const Config& config) {
  if (absl::Status status = CheckName(config.name); !status.ok()) return status;
  if (absl::Status status = CheckClusterName(config.cluster_name); !status.ok()) return status;
  if (absl::Status status = CheckAddresses(config); !status.ok()) return status;
  for (const absl::Status& status :
       {CheckCount("Config.hash_bits", config.hash_bits, 1, 64),
        CheckCount("Config.successor_count", config.successor_count, 1, 32)}) {
    if (!status.ok()) return status;
  }
  if (absl::Status status = CheckServices(config); !status.ok()) return status;
  if (absl::Status status = CheckTls(config); !status.ok()) return status;
  return CheckDurations(config);
}

absl::Status CheckJoin(const std::vector<std::string>& seeds, absl::Duration timeout,
                       bool has_peers) {
  if (seeds.empty() && !has_peers) return absl::InvalidArgumentError("Join: no seed is given");
  for (const std::string& seed : seeds) {
    if (absl::StatusOr<Address> address = ParsePeerAddress(seed); !address.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("Join: seed ", address.status().message()));
    }
  }
  return CheckEntryTimeout("Join", timeout);
}

absl::Status CheckBootstrap(const std::vector<std::string>& members, const std::string& self,
                            absl::Duration timeout) {
  if (members.size() > kMostFounders) {
    return absl::InvalidArgumentError(absl::StrCat("Bootstrap: ", members.size(),
                                                   " members: the limit is ", kMostFounders,
                                                   "; let the others join"));
  }
  for (const std::string& member : members) {
    if (absl::StatusOr<Address> address = ParsePeerAddress(member); !address.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("Bootstrap: member ", address.status().message()));
    }
  }
  if (std::find(members.begin(), members.end(), self) == members.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Bootstrap: this node's own address, ", self,
                     ", is not among the members: ", absl::StrJoin(members, ", ")));
  }
  return CheckEntryTimeout("Bootstrap", timeout);
}

absl::Status CheckLeave(absl::Duration timeout) {
  return CheckDuration("Leave: timeout", timeout, kLeastTimeout, kMostLookupTimeout);
}

absl::Status CheckLookupTimeout(absl::Duration timeout) {
  if (timeout == absl::ZeroDuration()) return absl::OkStatus();  // stands for lookup_timeout
  return CheckDuration("LookupOptions.timeout", timeout, kLeastTimeout, kMostLookupTimeout);
}

}  // namespace concord
