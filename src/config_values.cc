#include "config_values.h"

#include <algorithm>
#include <utility>

#include "runtime/address.h"
#include "runtime/default_hash.h"

namespace concord {

namespace {

Id HashOf(const Config& config, std::string_view key) {
  return config.hash_func ? config.hash_func(key) : runtime::DefaultHash(key);
}

bool HasSpace(const Config& config) { return config.hash_bits >= 1 && config.hash_bits <= 64; }

}  // namespace

core::IdSpace SpaceOf(const Config& config) {
  return core::IdSpace(HasSpace(config) ? config.hash_bits : 64);
}

Id IdOf(const Config& config, std::string_view key) {
  if (!HasSpace(config)) return 0;
  return SpaceOf(config).Mask(HashOf(config, key));
}

core::RingIdentity IdentityOf(const Config& config) {
  return {config.cluster_name, config.hash_bits, HashOf(config, "concord")};
}

core::MemberOptions MemberOptionsOf(const Config& config, std::string address) {
  const auto or_default = [&](absl::Duration interval) {
    return interval == absl::ZeroDuration() ? config.stabilize_interval : interval;
  };
  core::MemberOptions options;
  options.self = {IdOf(config, config.name), config.name, std::move(address)};
  options.space = SpaceOf(config);
  options.identity = IdentityOf(config);
  options.successor_count = config.successor_count;
  options.stabilize_interval = config.stabilize_interval;
  options.check_predecessor_interval = or_default(config.check_predecessor_interval);
  options.fix_finger_interval = or_default(config.fix_finger_interval);
  options.probe_interval = config.probe_interval == absl::ZeroDuration()
                               ? 4 * config.stabilize_interval
                               : config.probe_interval;
  options.evidence_cooldown = std::min(config.stabilize_interval / 10, absl::Milliseconds(100));
  return options;
}

runtime::Tls::Options TlsOptionsOf(const Config& config) {
  const TlsConfig& tls = *config.tls;
  const std::string& address = config.adv_addr.empty() ? config.bind_addr : config.adv_addr;
  runtime::Tls::Options options;
  options.certificate = {tls.certificate.path, tls.certificate.bytes};
  options.private_key = {tls.private_key.path, tls.private_key.bytes};
  options.trust = {tls.trust.path, tls.trust.bytes};
  options.require_client_certificate = tls.require_client_certificate;
  options.member_host = tls.member_host;
  options.own_host = runtime::ParseAddress(address)->host;
  options.own_name = config.name;
  options.require_node_name = tls.require_node_name;
  return options;
}

}  // namespace concord
