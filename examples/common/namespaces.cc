#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "examples/common/network.h"
#include "examples/common/process.h"
#include "examples/common/rules.h"
#include "examples/common/tool.h"

namespace concord::example {
namespace {

constexpr char kOwn[] = "/proc/thread-self/ns/net";

absl::StatusOr<Fd> OwnNamespace() {
  Fd own(open(kOwn, O_RDONLY | O_CLOEXEC));
  if (own.get() < 0) return absl::ErrnoToStatus(errno, kOwn);
  return own;
}

// A new network namespace, in which the thread is then, and that lives as long as the descriptor,
// or somebody in it.
absl::StatusOr<Fd> NewNamespace() {
  if (unshare(CLONE_NEWNET) != 0) return absl::ErrnoToStatus(errno, "a new network namespace");
  return OwnNamespace();
}

// Who is not root may be it in a user namespace.
absl::Status BecomeRoot() {
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  if (uid == 0) return absl::OkStatus();
  if (unshare(CLONE_NEWUSER) != 0) return absl::ErrnoToStatus(errno, "a new user namespace");
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/uid_map") << "0 " << uid << " 1";
  std::ofstream("/proc/self/gid_map") << "0 " << gid << " 1";
  return geteuid() == 0 ? absl::OkStatus()
                        : absl::PermissionDeniedError("no root in a user namespace");
}

// Others open it by this path, too.
std::string PathOf(const Fd& fd) { return absl::StrCat("/proc/", getpid(), "/fd/", fd.get()); }

class Namespaces : public Network {
 public:
  absl::Status Build(std::size_t hosts) {
    for (auto [program, name] : {std::pair(&ip_, "ip"), {&nft_, "nft"}, {&nsenter_, "nsenter"}}) {
      *program = FindProgram(name);
      if (program->empty()) return absl::NotFoundError(absl::StrCat("there is no ", name, " here"));
    }
    if (absl::Status s = BecomeRoot(); !s.ok()) return s;
    for (std::size_t i = 0; i < hosts + 2; ++i) {
      absl::StatusOr<Fd> made = NewNamespace();
      if (!made.ok()) return made.status();
      (i == hosts ? switch_ : i > hosts ? clients_ : hosts_.emplace_back()) = *std::move(made);
    }
    if (absl::Status s = Wire(); !s.ok()) return s;
    if (absl::Status s = Filter(switch_, NoRules()); !s.ok()) return s;
    if (setns(clients_.get(), CLONE_NEWNET) != 0) return absl::ErrnoToStatus(errno, "setns");
    return absl::OkStatus();
  }

  bool has_packet_faults() const override { return true; }
  std::string name() const override { return "network namespaces"; }
  std::string HostOf(std::size_t host) const override { return absl::StrCat("10.77.1.", host + 1); }
  std::vector<std::string> Enter(std::size_t host) const override { return Enter(hosts_[host]); }

  absl::Status Split(const std::vector<std::vector<std::size_t>>& sides) override {
    std::vector<std::vector<std::string>> addresses(sides.size());
    for (std::size_t i = 0; i < sides.size(); ++i) {
      for (const std::size_t host : sides[i]) addresses[i].push_back(HostOf(host));
    }
    return Filter(switch_, SplitRules(addresses));
  }
  absl::Status OneWay(std::size_t from, std::size_t to) override {
    return Filter(switch_, OneWayRules(HostOf(from), HostOf(to)));
  }
  absl::Status BlackHole(std::size_t host) override {
    return Filter(switch_, BlackHoleRules(HostOf(host)));
  }
  absl::Status Reset(std::size_t host) override {
    reset_ = host;
    return Filter(hosts_[host], ResetRules());
  }
  absl::Status Heal() override {
    absl::Status s = Filter(switch_, NoRules());
    if (reset_) s.Update(Filter(hosts_[*std::exchange(reset_, std::nullopt)], NoResetRules()));
    return s;
  }

 private:
  std::vector<std::string> Enter(const Fd& where) const {
    return {nsenter_, absl::StrCat("--net=", PathOf(where)), "--"};
  }

  absl::Status Run(const Fd& where, std::vector<std::string> command, std::string_view input) {
    std::vector<std::string> argv = Enter(where);
    argv.insert(argv.end(), command.begin(), command.end());
    return RunTool(argv, input);
  }
  absl::Status Ip(const Fd& where, std::string_view commands) {
    return Run(where, {ip_, "-batch", "-"}, commands);
  }
  absl::Status Filter(const Fd& where, std::string_view rules) {
    return Run(where, {nft_, "-f", "-"}, rules);
  }

  absl::Status Wire() {
    std::string commands = "link add bridge0 type bridge\nlink set bridge0 up\n";
    const auto plug = [&](std::size_t port, const Fd& fd) {
      absl::StrAppend(&commands, "link add port", port, " type veth peer name eth0 netns ",
                      PathOf(fd), "\nlink set port", port, " master bridge0 up\n");
    };
    for (std::size_t i = 0; i < hosts_.size(); ++i) plug(i, hosts_[i]);
    plug(hosts_.size(), clients_);
    absl::Status s = Ip(switch_, commands);
    for (std::size_t i = 0; i < hosts_.size() && s.ok(); ++i) s = Address(hosts_[i], HostOf(i));
    if (s.ok()) s = Address(clients_, "10.77.0.1");
    return s;
  }
  absl::Status Address(const Fd& where, const std::string& address) {
    return Ip(where, absl::StrCat("addr add ", address,
                                  "/16 dev eth0\nlink set lo up\nlink set eth0 up\n"));
  }

  std::string ip_, nft_, nsenter_;
  std::vector<Fd> hosts_;
  Fd switch_, clients_;
  std::optional<std::size_t> reset_;
};

// What Build would say. Who is not root cannot come back from where it leads, so a child goes
// first.
absl::Status TryInChild(std::size_t hosts) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  Fd from_child(ends[0]), to_parent(ends[1]);
  const pid_t child = fork();
  if (child < 0) return absl::ErrnoToStatus(errno, "fork");
  if (child == 0) {
    const absl::Status status = Namespaces().Build(hosts);
    const std::string said(status.message());
    const bool told = write(to_parent.get(), said.data(), said.size()) >= 0;
    _exit(status.ok() && told ? 0 : 1);
  }
  to_parent.Close();
  char said[512];
  const ssize_t size = read(from_child.get(), said, sizeof said);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::string_view(said, static_cast<std::size_t>(std::max<ssize_t>(size, 0))));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Network>> NewNamespaces(std::size_t hosts) {
  if (geteuid() != 0) {
    if (absl::Status s = TryInChild(hosts); !s.ok()) return s;
  }
  const absl::StatusOr<Fd> before = OwnNamespace();
  if (!before.ok()) return before.status();
  auto network = std::make_unique<Namespaces>();
  if (absl::Status s = network->Build(hosts); !s.ok()) {
    if (setns(before->get(), CLONE_NEWNET) != 0) s.Update(absl::ErrnoToStatus(errno, "setns"));
    return s;
  }
  return network;
}

}  // namespace concord::example
