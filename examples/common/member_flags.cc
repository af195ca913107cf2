#include "examples/common/member_flags.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace concord::example {

// A flag's type of its own, so that a level that does not exist is refused like any bad value.
struct LogLevel {
  spdlog::level::level_enum value = spdlog::level::warn;
};

bool AbslParseFlag(absl::string_view text, LogLevel* level, std::string* error) {
  const std::string name(text);
  level->value = spdlog::level::from_str(name);  // says `off` to what it does not know
  if (level->value != spdlog::level::off || name == "off") return true;
  *error = "a level is one of trace, debug, info, warning, error, critical, off";
  return false;
}

std::string AbslUnparseFlag(LogLevel level) {
  const auto name = spdlog::level::to_string_view(level.value);
  return std::string(name.data(), name.size());
}

}  // namespace concord::example

ABSL_FLAG(std::string, name, "", "This node's name, unique in the ring. Required.");
ABSL_FLAG(std::string, bind, "127.0.0.1:0", "host:port to listen on; port 0 picks a free one.");
ABSL_FLAG(std::string, advertise, "",
          "host:port where the other members reach this node, if that is not --bind.");
ABSL_FLAG(std::vector<std::string>, join, {},
          "host:port of members of the ring to join, separated by commas. None, and nobody in "
          "--peers_file: begin a ring.");
ABSL_FLAG(std::vector<std::string>, bootstrap, {},
          "host:port of all members that begin the ring together, this node's own among them, "
          "separated by commas; the same list on each. A node that is started again joins by it.");
ABSL_FLAG(absl::Duration, bootstrap_timeout, absl::Minutes(5),
          "How long to wait until all members of --bootstrap are there.");
ABSL_FLAG(std::string, cluster, "", "What the ring is called; the same on every member.");
ABSL_FLAG(std::string, peers_file, "",
          "Where to keep the members that this node knows, for its next life.");
ABSL_FLAG(std::uint32_t, successors, concord::Config().successor_count,
          "How many successors a node knows; the same on every member.");
ABSL_FLAG(absl::Duration, interval, concord::Config().stabilize_interval,
          "How often the node checks its neighbours.");
ABSL_FLAG(absl::Duration, leave_timeout, absl::Seconds(10),
          "How long to take leave of the neighbours when asked to end; 0: end as if killed.");
ABSL_FLAG(std::string, tls_cert, "",
          "The node's certificate chain, a PEM file. With it the ring is under TLS, and --tls_key "
          "and --tls_trust are required; scripts/make-test-certs makes some to try.");
ABSL_FLAG(std::string, tls_key, "", "The key of --tls_cert, a PEM file.");
ABSL_FLAG(std::string, tls_trust, "",
          "The CA certificates that members' certificates must lead to, a PEM file.");
ABSL_FLAG(std::string, tls_member_host, "",
          "What every member's certificate must be for, if that is not the host of its address.");
ABSL_FLAG(bool, tls_require_client_cert, true,
          "Whether those who call this node need a certificate, too.");
ABSL_FLAG(bool, tls_require_node_name, false,
          "Whether members' certificates must name the node; the same on every member.");
ABSL_FLAG(concord::example::LogLevel, log_level, {},
          "What is logged to standard error: trace, debug, info, warning, error, critical, off.");
ABSL_FLAG(bool, log_json, false, "Log one JSON object a line.");

namespace concord::example {
namespace {

std::shared_ptr<spdlog::logger> Logger() {
  auto logger = std::make_shared<spdlog::logger>(
      "concord", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_level(absl::GetFlag(FLAGS_log_level).value);
  if (absl::GetFlag(FLAGS_log_json)) logger->set_pattern(kJsonLogPattern);
  return logger;
}

// Whether an earlier life has left somebody to join.
bool HasPeers(const std::string& path) {
  std::error_code error;
  return !path.empty() && std::filesystem::file_size(path, error) > 0 && !error;
}

absl::StatusOr<std::optional<TlsConfig>> TlsFromFlags() {
  TlsConfig tls;
  tls.certificate.path = absl::GetFlag(FLAGS_tls_cert);
  tls.private_key.path = absl::GetFlag(FLAGS_tls_key);
  tls.trust.path = absl::GetFlag(FLAGS_tls_trust);
  tls.member_host = absl::GetFlag(FLAGS_tls_member_host);
  tls.require_client_certificate = absl::GetFlag(FLAGS_tls_require_client_cert);
  tls.require_node_name = absl::GetFlag(FLAGS_tls_require_node_name);
  if (!tls.certificate.path.empty()) return tls;
  if (tls.private_key.path.empty() && tls.trust.path.empty() && tls.member_host.empty() &&
      tls.require_client_certificate && !tls.require_node_name) {
    return std::nullopt;
  }
  // Somebody wants TLS, and would have got plaintext.
  return absl::InvalidArgumentError("--tls_cert is missing: the other flags of TLS need it");
}

}  // namespace

absl::StatusOr<Membership> MembershipFromFlags() {
  Membership membership;
  membership.config.name = absl::GetFlag(FLAGS_name);
  membership.config.bind_addr = absl::GetFlag(FLAGS_bind);
  membership.config.adv_addr = absl::GetFlag(FLAGS_advertise);
  membership.config.cluster_name = absl::GetFlag(FLAGS_cluster);
  membership.config.peers_file = absl::GetFlag(FLAGS_peers_file);
  membership.config.successor_count = absl::GetFlag(FLAGS_successors);
  membership.config.stabilize_interval = absl::GetFlag(FLAGS_interval);
  membership.config.logger = Logger();
  membership.config.log_format =
      absl::GetFlag(FLAGS_log_json) ? LogFormat::kJson : LogFormat::kKeyValue;
  absl::StatusOr<std::optional<TlsConfig>> tls = TlsFromFlags();
  if (!tls.ok()) return tls.status();
  membership.config.tls = *std::move(tls);

  membership.seeds = absl::GetFlag(FLAGS_join);
  membership.founders = absl::GetFlag(FLAGS_bootstrap);
  membership.bootstrap_timeout = absl::GetFlag(FLAGS_bootstrap_timeout);
  if (!membership.founders.empty() && !membership.seeds.empty()) {
    return absl::InvalidArgumentError(
        "--join and --bootstrap are both given: a node joins a ring or begins one with others");
  }
  membership.leave_timeout = absl::GetFlag(FLAGS_leave_timeout);
  if (membership.leave_timeout < absl::ZeroDuration() ||
      membership.leave_timeout > absl::Minutes(10)) {
    return absl::InvalidArgumentError(absl::StrCat("--leave_timeout is ",
                                                   absl::FormatDuration(membership.leave_timeout),
                                                   "; it must be 0 to 10m"));
  }
  return membership;
}

absl::Status Enter(Node& node, const Membership& membership) {
  if (!membership.founders.empty()) {
    return node.Bootstrap(membership.founders, membership.bootstrap_timeout);
  }
  const bool begins = membership.seeds.empty() && !HasPeers(membership.config.peers_file);
  return begins ? node.Create() : node.Join(membership.seeds);
}

}  // namespace concord::example
