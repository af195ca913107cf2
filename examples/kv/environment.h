// What a store needs of the world around it, which is real in a server and simulated in a test.
#ifndef CONCORD_EXAMPLES_KV_ENVIRONMENT_H_
#define CONCORD_EXAMPLES_KV_ENVIRONMENT_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/lookup.h"
#include "concord/types.h"
#include "kv.pb.h"

namespace kv {

// Used by one thread, and calls back on it, never inside the call itself. What was given to it to
// call may be dropped when the store ends, and not before.
class Environment {
 public:
  virtual ~Environment() = default;

  virtual absl::Time Now() = 0;
  virtual void After(absl::Duration delay, std::function<void()> then) = 0;

  virtual const concord::Server& self() = 0;
  // Who comes before it in the ring; nullopt: it is no member.
  virtual std::optional<concord::Server> predecessor() = 0;
  virtual concord::Id HashOf(const std::string& key) = 0;
  // Who owns a key, as the ring knows; `timeout` is for the lookup.
  virtual void FindOwner(const std::string& key, absl::Duration timeout,
                         std::function<void(absl::StatusOr<concord::Server>)> done) = 0;
  // Asks another store.
  virtual void Call(const concord::Server& to, const wire::PeerRequest& request,
                    absl::Duration timeout,
                    std::function<void(absl::StatusOr<wire::PeerResponse>)> done) = 0;
};

// For FindOwner: what a node's LookupAsync has found.
inline absl::StatusOr<concord::Server> OwnerOf(const absl::StatusOr<concord::LookupResult>& found) {
  if (!found.ok()) return found.status();
  return found->owner;
}

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_ENVIRONMENT_H_
