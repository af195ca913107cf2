// concord-node: a process that is one member of a ring. See --help.
//
// It ends with status 0 when it was asked to (SIGINT, SIGTERM, end of input on a terminal), 1 when
// something failed while it ran, 2 when a flag is wrong.
#include <signal.h>

#include <iostream>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "concord/grpc_log.h"
#include "examples/common/command_line.h"
#include "examples/common/standard_streams.h"
#include "examples/common/stop_signals.h"
#include "examples/node/flags.h"
#include "examples/node/program.h"

namespace concord::example {
namespace {

constexpr int kStopped = 0;
constexpr int kFailed = 1;
constexpr int kBadFlags = 2;

int BadFlags(const absl::Status& error) {
  std::cerr << "concord-node: " << error.message() << "\n\n"
            << kSynopsis << "\n\nconcord-node --help lists the flags.\n";
  return kBadFlags;
}

int Main(int argc, char** argv) {
  const absl::StatusOr<Wish> wish = ParseCommandLine(argc, argv);
  if (!wish.ok()) return BadFlags(wish.status());
  if (*wish == Wish::kHelp) {
    std::cout << Help(kSynopsis);
    return kStopped;
  }
  absl::StatusOr<Options> options = OptionsFromFlags();
  if (!options.ok()) return BadFlags(options.status());

  LogGrpc(options->membership.config.logger, options->membership.config.log_format);
  const absl::Status status = Program(*std::move(options)).Run();
  if (status.ok()) return kStopped;
  if (absl::IsInvalidArgument(status)) return BadFlags(status);
  std::cerr << "concord-node: " << status << "\n";
  return kFailed;
}

}  // namespace
}  // namespace concord::example

int main(int argc, char** argv) {
  concord::example::OpenStandardStreams();
  concord::example::StopSignals::Block();
  signal(SIGPIPE, SIG_IGN);  // write() says it too
  // Some builds of Abseil look for deadlocks at every lock that gRPC takes, also when optimized.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return concord::example::Main(argc, argv);
}
