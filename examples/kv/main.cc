// concord-kv: a process that is one store of a ring. See --help.
//
// It ends with status 0 when it was asked to (SIGINT, SIGTERM), 1 when something failed, 2 when a
// flag is wrong.
#include <signal.h>

#include <cstdint>
#include <future>
#include <iostream>
#include <mutex>
#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "concord/grpc_log.h"
#include "examples/common/command_line.h"
#include "examples/common/member_flags.h"
#include "examples/common/standard_streams.h"
#include "examples/common/stop_signals.h"
#include "examples/kv/server.h"

ABSL_FLAG(std::string, data, "", "The folder that the store keeps its entries in. Required.");
ABSL_FLAG(std::uint32_t, copies, 3, "How many stores hold each key; the same on every store.");
ABSL_FLAG(std::uint32_t, write_quorum, 2,
          "How many of them must have a write on their disks before it is acknowledged.");
ABSL_FLAG(
    std::uint32_t, read_quorum, 2,
    "How many of them have to answer a read. With write_quorum it has to be more than copies, or a "
    "read may miss a write.");
ABSL_FLAG(
    bool, fsync, true,
    "Whether a write is acknowledged when it is on disks, or already when kernels have it: it "
    "survives the end of the processes then, but not of their machines.");
ABSL_FLAG(
    absl::Duration, tombstone_lifetime, absl::Hours(24 * 7),
    "How long it is known that a key was deleted, 1 min or more: longer than any store is away "
    "and comes back with its disk. The same on every store.");
ABSL_FLAG(std::string, metrics, "",
          "host:port where Prometheus finds the store's metrics, at /metrics; empty: nowhere.");

namespace kv {
namespace {

constexpr int kStopped = 0;
constexpr int kFailed = 1;
constexpr int kBadFlags = 2;

constexpr char kSynopsis[] =
    "usage: concord-kv --name=NAME --data=FOLDER [--bind=HOST:PORT] "
    "[--join|--bootstrap=HOST:PORT,...] [flags]\n"
    "\n"
    "Runs one store of a durable, replicated key-value store. concord-kv-cli asks any of them.";

int BadFlags(const absl::Status& error) {
  std::cerr << "concord-kv: " << error.message() << "\n\n"
            << kSynopsis << "\n\nconcord-kv --help lists the flags.\n";
  return kBadFlags;
}

absl::Status CheckQuorum(const char* flag, std::size_t value, std::size_t copies) {
  if (1 <= value && value <= copies) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, " is ", value, "; it must be 1 to --copies, ", copies));
}

absl::StatusOr<Options> OptionsFromFlags(std::size_t successors) {
  Options options;
  options.copies = absl::GetFlag(FLAGS_copies);
  options.write_quorum = absl::GetFlag(FLAGS_write_quorum);
  options.read_quorum = absl::GetFlag(FLAGS_read_quorum);
  options.fsync = absl::GetFlag(FLAGS_fsync);
  options.tombstone_lifetime = absl::GetFlag(FLAGS_tombstone_lifetime);
  if (options.tombstone_lifetime < absl::Minutes(1)) {
    return absl::InvalidArgumentError(absl::StrCat("--tombstone_lifetime is ",
                                                   absl::FormatDuration(options.tombstone_lifetime),
                                                   "; it must be 1 min or more"));
  }
  if (options.copies < 1 || options.copies > successors) {
    return absl::InvalidArgumentError(absl::StrCat("--copies is ", options.copies,
                                                   "; it must be 1 to --successors, ", successors));
  }
  if (absl::Status s = CheckQuorum("write_quorum", options.write_quorum, options.copies); !s.ok()) {
    return s;
  }
  if (absl::Status s = CheckQuorum("read_quorum", options.read_quorum, options.copies); !s.ok()) {
    return s;
  }
  if (absl::GetFlag(FLAGS_data).empty()) {
    return absl::InvalidArgumentError("--data is missing: the store needs a folder");
  }
  return options;
}

// Until it was asked to end.
absl::Status Run(const concord::example::Membership& membership, const Options& options) {
  std::promise<absl::Status> ended;
  std::once_flag once;
  const auto end = [&](const absl::Status& why) {
    std::call_once(once, [&] { ended.set_value(why); });
  };
  Server server(membership.config, absl::GetFlag(FLAGS_data), absl::GetFlag(FLAGS_metrics), options,
                end);
  if (absl::Status status = server.Start(); !status.ok()) return status;
  const concord::example::StopSignals signals([&] {
    end(absl::OkStatus());
    if (!server.node().range()) server.node().Stop();  // it may wait for a ring to let it in
  });
  const absl::Status entered = concord::example::Enter(server.node(), membership);
  if (signals.received()) return absl::OkStatus();
  if (!entered.ok()) return entered;
  std::cout << membership.config.name << " at " << server.node().address() << " is in the ring"
            << std::endl;
  if (absl::Status broken = ended.get_future().get(); !broken.ok()) return broken;
  if (membership.leave_timeout == absl::ZeroDuration()) return absl::OkStatus();
  const absl::Status left = server.Leave(membership.leave_timeout);
  if (!left.ok()) std::cerr << "concord-kv: " << left.message() << "\n";
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  const absl::StatusOr<concord::example::Wish> wish =
      concord::example::ParseCommandLine(argc, argv);
  if (!wish.ok()) return BadFlags(wish.status());
  if (*wish == concord::example::Wish::kHelp) {
    std::cout << concord::example::Help(kSynopsis);
    return kStopped;
  }
  auto membership = concord::example::MembershipFromFlags();
  if (!membership.ok()) return BadFlags(membership.status());
  // Whom a store knows is among what it keeps, so that it comes back to its ring by any line.
  std::string& peers_file = membership->config.peers_file;
  if (peers_file.empty()) peers_file = absl::StrCat(absl::GetFlag(FLAGS_data), "/peers");
  const auto options = OptionsFromFlags(membership->config.successor_count);
  if (!options.ok()) return BadFlags(options.status());
  concord::LogGrpc(membership->config.logger, membership->config.log_format);
  const absl::Status status = Run(*membership, *options);
  if (status.ok()) return kStopped;
  if (absl::IsInvalidArgument(status)) return BadFlags(status);
  std::cerr << "concord-kv: " << status << "\n";
  return kFailed;
}

}  // namespace
}  // namespace kv

int main(int argc, char** argv) {
  concord::example::OpenStandardStreams();
  concord::example::StopSignals::Block();
  signal(SIGPIPE, SIG_IGN);  // write() says it too
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return kv::Main(argc, argv);
}
