// The command line of a campaign.
#ifndef CONCORD_TESTS_CHAOS_COMMAND_H_
#define CONCORD_TESTS_CHAOS_COMMAND_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "subject.h"

namespace concord::chaos {

struct Program {
  std::string_view name;
  std::string_view synopsis;
  // Made when the flags have been read, and the network is there.
  std::function<absl::StatusOr<std::unique_ptr<Subject>>()> subject;
  std::size_t most_killed = ~std::size_t{0};  // neighbours at once; never more than r-1
};

// Ends with status 0 when every bar held, 1 when one did not or the campaign broke off, 2 when a
// flag is wrong, and 128 + the signal when it was interrupted. Precondition: there is one thread.
int Main(int argc, char** argv, const Program& program);

}  // namespace concord::chaos

#endif  // CONCORD_TESTS_CHAOS_COMMAND_H_
