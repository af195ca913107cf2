// Nobody chooses its place on the ring: an identifier is the hash of a name.
#ifndef CONCORD_RUNTIME_NAME_HASH_H_
#define CONCORD_RUNTIME_NAME_HASH_H_

#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "concord/types.h"

namespace concord::runtime {

// The identifier that belongs to a name; empty: names are not checked.
using NameHash = std::function<Id(std::string_view)>;

// PERMISSION_DENIED for a server whose identifier is not its name's.
inline absl::Status CheckId(const NameHash& hash, const Server& server) {
  if (!hash) return absl::OkStatus();
  const Id expected = hash(server.name);
  if (server.id == expected) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("the identifier of '", server.name, "' is ", expected, " and not ", server.id));
}

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_NAME_HASH_H_
