#include "examples/demo/cluster.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "examples/common/interrupt.h"
#include "examples/node/json.h"

namespace concord::example {
namespace {

absl::Status EndedByItself(NodeProcess& node) {
  const std::optional<int> status = node.process->Wait(absl::Seconds(2));
  return absl::UnavailableError(
      absl::StrCat(node.name, " has ended by itself",
                   status ? absl::StrCat(", with status ", *status) : std::string(), ": ",
                   node.process->Complaint()));
}

int PollMilliseconds(absl::Duration timeout) {
  return static_cast<int>(absl::ToInt64Milliseconds(absl::Ceil(timeout, absl::Milliseconds(1))));
}

}  // namespace

absl::Status Cluster::Start(const std::string& name, const std::vector<std::string>& seeds) {
  if (access(options_.binary.c_str(), X_OK) != 0) {  // (told here, and not by what enters a host)
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot run ", options_.binary));
  }
  const std::size_t host = hosts_++;
  std::vector<std::string> argv = network_.Enter(host);
  argv.insert(argv.end(), {options_.binary, "--name=" + name,
                           absl::StrCat("--bind=", network_.HostOf(host), ":7000"), "--json",
                           absl::StrCat("--successors=", options_.successors),
                           absl::StrCat("--interval=", absl::FormatDuration(options_.interval)),
                           absl::StrCat("--concurrency=", options_.concurrency)});
  if (!seeds.empty()) argv.push_back("--join=" + absl::StrJoin(seeds, ","));

  absl::StatusOr<std::unique_ptr<Process>> process = Process::Start(argv);
  if (!process.ok()) return process.status();
  nodes_.push_back(std::make_unique<NodeProcess>(name, host, *std::move(process)));
  return absl::OkStatus();
}

void Cluster::Kill(const std::vector<std::string>& names) {
  const auto dies = [&](const auto& node) {
    return std::find(names.begin(), names.end(), node->name) != names.end();
  };
  for (const auto& node : nodes_) {
    if (dies(node)) node->process->Signal(SIGKILL);
  }
  std::erase_if(nodes_, dies);  // reaps them
}

absl::Status Cluster::Stop(absl::Duration timeout) {
  for (const auto& node : nodes_) node->process->Signal(SIGTERM);
  const absl::Time end = absl::Now() + timeout;
  absl::Status all = absl::OkStatus();
  for (const auto& node : nodes_) {
    const std::optional<int> status = node->process->Wait(end - absl::Now());
    if (status == 0) continue;
    all.Update(absl::InternalError(absl::StrCat(
        node->name, status ? absl::StrCat(" ended with status ", *status)
                           : absl::StrCat(" still runs after ", absl::FormatDuration(timeout)))));
  }
  nodes_.clear();
  return all;
}

absl::Status Cluster::Pump(absl::Duration timeout, const OnOutput& on_output) {
  std::vector<pollfd> fds;
  for (const auto& node : nodes_) {
    fds.push_back({node->process->output(), POLLIN, 0});
    fds.push_back({node->keys.pending() > 0 ? node->process->input() : -1, POLLOUT, 0});
  }
  const int ready = poll(fds.data(), fds.size(), PollMilliseconds(timeout));
  if (Interrupted()) return absl::CancelledError("interrupted");
  if (ready <= 0) return absl::OkStatus();

  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    NodeProcess& node = *nodes_[i];
    // A failed write is a dead reader, and that is told better by the end of its output.
    if (fds[2 * i + 1].revents != 0) node.keys.WriteSome().IgnoreError();
    if (fds[2 * i].revents == 0) continue;
    if (absl::Status s = ReadFrom(node, on_output); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::Status Cluster::PumpUntil(const std::function<bool()>& done, absl::Duration timeout,
                                const OnOutput& on_output) {
  const absl::Time end = absl::Now() + timeout;
  while (!done()) {
    const absl::Duration left = end - absl::Now();
    if (left <= absl::ZeroDuration()) return absl::DeadlineExceededError("waited in vain");
    if (absl::Status s = Pump(left, on_output); !s.ok()) return s;
  }
  return absl::OkStatus();
}

bool Cluster::AllReady() const {
  return std::all_of(nodes_.begin(), nodes_.end(),
                     [](const auto& node) { return node->self.has_value(); });
}

std::vector<Server> Cluster::Members() const {
  std::vector<Server> members;
  for (const auto& node : nodes_) {
    if (node->self) members.push_back(*node->self);
  }
  return members;
}

absl::Status Cluster::ReadFrom(NodeProcess& node, const OnOutput& on_output) {
  char bytes[65536];
  const ssize_t n = read(node.process->output(), bytes, sizeof bytes);
  if (n < 0) return errno == EAGAIN ? absl::OkStatus() : absl::ErrnoToStatus(errno, "read");
  if (n == 0) return EndedByItself(node);
  node.lines.Append(std::string_view(bytes, static_cast<std::size_t>(n)));
  while (std::optional<Line> line = node.lines.Next()) {
    if (absl::Status s = Take(node, line->text, on_output); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::Status Cluster::Take(NodeProcess& node, const std::string& line, const OnOutput& on_output) {
  const absl::StatusOr<Output> output = FromJson(line);
  if (!output.ok()) return output.status();
  if (output->has_ready()) {
    const Member& self = output->ready().self();
    node.self = Server{self.id(), self.name(), self.address()};
  }
  if (output->has_range()) {
    const RangeChanged& change = output->range();
    node.range = std::nullopt;
    if (change.has_range()) node.range = Range{change.range().start(), change.range().end()};
  }
  on_output(node, *output);
  return absl::OkStatus();
}

}  // namespace concord::example
