#include "nodes.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

namespace concord::chaos {
namespace {

constexpr int kPort = 7000;
// They take leave for ten seconds.
constexpr absl::Duration kLongestLeave = absl::Seconds(11);

}  // namespace

std::string Nodes::AddressOf(const ChaosNode& node) const {
  return absl::StrCat(network_.HostOf(node.host), ":", kPort);
}

std::size_t Nodes::Add(const std::string& name, std::size_t host) {
  nodes_.emplace_back();
  nodes_.back().name = name;
  nodes_.back().host = host;
  return nodes_.size() - 1;
}

absl::Status Nodes::Start(std::size_t node, const std::vector<std::size_t>& founders) {
  ChaosNode& it = nodes_[node];
  std::vector<std::string> argv = network_.Enter(it.host);
  const std::vector<std::string> command = subject_.CommandOf(it.name);
  argv.insert(argv.end(), command.begin(), command.end());
  argv.insert(argv.end(), {"--name=" + it.name, "--bind=" + AddressOf(it), "--log_level=error",
                           absl::StrCat("--successors=", options_.successors),
                           absl::StrCat("--interval=", absl::FormatDuration(options_.interval))});
  std::vector<std::string> others;
  for (const std::size_t founder : founders) others.push_back(AddressOf(nodes_[founder]));
  for (const ChaosNode& other : nodes_) {
    if (founders.empty() && &other != &it) others.push_back(AddressOf(other));
  }
  argv.push_back(
      absl::StrCat(founders.empty() ? "--join=" : "--bootstrap=", absl::StrJoin(others, ",")));

  absl::StatusOr<std::unique_ptr<example::Process>> process = example::Process::Start(argv);
  if (!process.ok()) return process.status();
  it.process = *std::move(process);
  it.lines.emplace(1 << 20);
  it.self.reset();
  it.silent = false;
  return absl::OkStatus();
}

void Nodes::Kill(std::size_t node) {
  nodes_[node].process.reset();  // its destructor kills it, and waits
  nodes_[node].self.reset();
  nodes_[node].silent = false;
}

void Nodes::KillAll() {
  for (const ChaosNode& node : nodes_) {
    if (node.process) node.process->Signal(SIGKILL);
  }
  for (std::size_t node = 0; node < nodes_.size(); ++node) Kill(node);
}

void Nodes::Leave(const std::vector<std::size_t>& nodes) {
  for (const std::size_t node : nodes) nodes_[node].process->Signal(SIGTERM);
  const absl::Time end = absl::Now() + kLongestLeave;
  for (const std::size_t node : nodes) {
    example::Process& process = *nodes_[node].process;
    const bool ended = process.Wait(end - absl::Now()) == 0;
    if (!ended || absl::StrContains(process.Complaint(), "Leave:")) ++leaves_failed_;
    Kill(node);
  }
}

void Nodes::Freeze(std::size_t node) {
  nodes_[node].process->Signal(SIGSTOP);
  nodes_[node].silent = true;
}

void Nodes::Thaw(std::size_t node) {
  nodes_[node].process->Signal(SIGCONT);
  nodes_[node].silent = false;
}

absl::Status Nodes::Pump(absl::Duration timeout) {
  std::vector<pollfd> fds;
  for (const ChaosNode& node : nodes_) {
    fds.push_back({node.process ? node.process->output() : -1, POLLIN, 0});
  }
  const auto ms = static_cast<int>(absl::ToInt64Milliseconds(timeout));
  if (poll(fds.data(), fds.size(), ms) <= 0) return absl::OkStatus();
  for (std::size_t i = 0; i < fds.size(); ++i) {
    if (fds[i].revents == 0) continue;
    if (absl::Status s = Read(i); !s.ok()) return s;
  }
  return absl::OkStatus();
}

bool Nodes::AllReady() const {
  for (const ChaosNode& node : nodes_) {
    if (node.process && !node.self) return false;
  }
  return true;
}

absl::Status Nodes::Read(std::size_t node) {
  ChaosNode& it = nodes_[node];
  char bytes[65536];
  const ssize_t n = read(it.process->output(), bytes, sizeof bytes);
  if (n < 0) return errno == EAGAIN ? absl::OkStatus() : absl::ErrnoToStatus(errno, "read");
  if (n == 0) return Ended(node);
  it.lines->Append(std::string_view(bytes, static_cast<std::size_t>(n)));
  while (std::optional<example::Line> line = it.lines->Next()) {
    const absl::StatusOr<std::optional<Server>> self = subject_.ReadLine(line->text);
    if (!self.ok()) return self.status();
    if (*self) it.self = **self;
  }
  return absl::OkStatus();
}

absl::Status Nodes::Ended(std::size_t node) {
  ChaosNode& it = nodes_[node];
  const std::optional<int> status = it.process->Wait(absl::Seconds(5));
  const std::string complaint = it.process->Complaint();
  if (it.self || !status || *status > 1) {
    return absl::InternalError(absl::StrCat(it.name, " has ended by itself, with status ",
                                            status.value_or(-1), ": ", complaint));
  }
  ++joins_refused_;
  return Start(node);
}

}  // namespace concord::chaos
