// A test outside concord, as its users write them: a ring of four in virtual time loses a member.
#include <concord/sim/cluster.h>
#include <concord/sim/node.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

static_assert(__cplusplus == 201703L, "concord must not ask its users for more than C++17");

namespace {

void Check(bool holds, const char* what) {
  if (holds) return;
  std::cerr << "not so: " << what << '\n';
  std::exit(1);
}

}  // namespace

int main() {
  concord::sim::Cluster cluster({}, nullptr);
  std::vector<std::unique_ptr<concord::sim::Node>> nodes;
  for (int i = 0; i < 4; ++i) {
    concord::sim::Process& process = cluster.AddProcess("node" + std::to_string(i));
    nodes.push_back(std::make_unique<concord::sim::Node>(process, process.config()));
    Check(nodes[i]->Start().ok(), "it starts");
    const absl::Status in = i == 0 ? nodes[0]->Create() : nodes[i]->Join({nodes[0]->address()});
    Check(in.ok(), "it becomes a member");
  }
  const auto ideal = [&] { return cluster.IsIdeal(); };
  Check(cluster.RunUntil(ideal, absl::Minutes(1)), "the ring becomes ideal");
  cluster.Crash(*cluster.processes()[3]);
  Check(cluster.RunUntil(ideal, absl::Minutes(1)), "the ring repairs itself");
  const absl::StatusOr<concord::Server> owner = nodes[1]->Lookup("apple");
  Check(owner.ok() && owner->name == cluster.Owner("apple")->name(), "the owner is found");
  std::cout << "ring of 4 in virtual time, one crashed: apple is owned by " << owner->name << '\n';
  return 0;
}
