// Asks a member who owns an identifier, over gRPC, as other members do.
#ifndef CONCORD_TESTS_CHAOS_FIND_SUCCESSOR_H_
#define CONCORD_TESTS_CHAOS_FIND_SUCCESSOR_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/types.h"

namespace concord::chaos {

// Used by one thread at a time.
class FindSuccessor {
 public:
  FindSuccessor();
  ~FindSuccessor();

  absl::StatusOr<Server> Ask(const std::string& address, Id id, absl::Duration timeout);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace concord::chaos

#endif  // CONCORD_TESTS_CHAOS_FIND_SUCCESSOR_H_
