// concord-chaos: a ring of concord-node processes under faults. See --help.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "command.h"
#include "examples/common/tool.h"
#include "examples/node/json.h"

ABSL_FLAG(std::string, node_binary, "",
          "The concord-node to run. Empty: examples/node/concord-node of the same build.");

namespace concord::chaos {
namespace {

constexpr char kSynopsis[] =
    "usage: concord-chaos [flags]\n"
    "\n"
    "Runs a ring of concord-node processes, each in a network namespace of its own, kills, stops,\n"
    "separates and silences them, and measures what clients and a crawler of the ring see.\n"
    "docs/resilience.md has the classes of fault and the bars.";

class ConcordNodes : public Subject {
 public:
  explicit ConcordNodes(std::string binary) : binary_(std::move(binary)) {}

  std::vector<std::string> CommandOf(const std::string&) override { return {binary_, "--json"}; }

  absl::StatusOr<std::optional<Server>> ReadLine(const std::string& line) override {
    const absl::StatusOr<example::Output> output = example::FromJson(line);
    if (!output.ok()) return output.status();
    if (!output->has_ready()) return std::nullopt;
    const example::Member& self = output->ready().self();
    return Server{self.id(), self.name(), self.address()};
  }

 private:
  const std::string binary_;
};

absl::StatusOr<std::unique_ptr<Subject>> Subjects() {
  const std::string binary = absl::GetFlag(FLAGS_node_binary);
  return std::make_unique<ConcordNodes>(
      binary.empty() ? example::BuiltWith("examples/node/concord-node") : binary);
}

}  // namespace
}  // namespace concord::chaos

int main(int argc, char** argv) {
  using namespace concord::chaos;  // NOLINT(google-build-using-namespace)
  return Main(argc, argv, {"concord-chaos", kSynopsis, Subjects});
}
