// What follows from a Config, for whoever runs a member by it.
#ifndef CONCORD_CONFIG_VALUES_H_
#define CONCORD_CONFIG_VALUES_H_

#include <string>
#include <string_view>

#include "concord/config.h"
#include "concord/types.h"
#include "core/id_space.h"
#include "core/member.h"
#include "runtime/tls.h"

namespace concord {

// The identifiers; of all 64 bits while hash_bits is out of its limits.
core::IdSpace SpaceOf(const Config& config);

// The identifier of a key or a name; 0 while hash_bits is out of its limits.
Id IdOf(const Config& config, std::string_view key);

// What the ring is known by; hash_bits is within its limits.
core::RingIdentity IdentityOf(const Config& config);

// What the member is told. `address`: where the others reach it.
core::MemberOptions MemberOptionsOf(const Config& config, std::string address);

// What TLS is told; config.tls is set, and the addresses have been checked.
runtime::Tls::Options TlsOptionsOf(const Config& config);

}  // namespace concord

#endif  // CONCORD_CONFIG_VALUES_H_
