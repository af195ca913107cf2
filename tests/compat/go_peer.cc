#include "compat/go_peer.h"

#include <signal.h>

#include <algorithm>
#include <stdexcept>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace concord::testing {
namespace {

std::vector<std::string> CommandLine(const std::string& name, const std::string& seed) {
  std::vector<std::string> argv = {CONCORD_PYTHON, CONCORD_GO_PEER, "--name",
                                   name,           "--period",      "0.1"};
  if (!seed.empty()) argv.insert(argv.end(), {"--join", seed});
  return argv;
}

}  // namespace

GoPeer::GoPeer(const std::string& name, const std::string& seed)
    : name_(name), process_(std::make_unique<example::Child>(CommandLine(name, seed))) {
  const std::vector<std::string> words = absl::StrSplit(process_->ReadLine(), ' ');
  if (words.size() != 2 || words[0] != "listening") {
    throw std::runtime_error(absl::StrCat(name, " does not start: ", process_->Complaint()));
  }
  address_ = words[1];
}

GoPeer::~GoPeer() { Kill(); }

void GoPeer::Kill() {
  if (!process_) return;
  process_->Signal(SIGKILL);
  process_->Wait();
  process_.reset();
}

std::vector<std::string> GoPeer::Ask(const std::string& command) {
  process_->Write(command + "\n");
  return absl::StrSplit(process_->ReadLine(), ' ');
}

std::string GoPeer::Lookup(const std::string& key) { return Ask("lookup " + key).back(); }

std::string GoPeer::predecessor() { return Ask("ring").at(1); }

std::vector<std::string> GoPeer::successors() {
  const std::vector<std::string> words = Ask("ring");
  std::vector<std::string> names;
  for (std::size_t i = 2; i < words.size(); ++i) {
    const bool repeat = std::find(names.begin(), names.end(), words[i]) != names.end();
    if (!repeat && words[i] != name_) names.push_back(words[i]);
  }
  return names;
}

int GoPeer::unknown_fields() {
  int count = -1;
  return absl::SimpleAtoi(Ask("unknown").back(), &count) ? count : -1;
}

}  // namespace concord::testing
