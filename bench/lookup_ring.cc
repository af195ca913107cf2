#include "lookup_ring.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "absl/strings/str_cat.h"

namespace concord::bench {
namespace {

constexpr std::chrono::seconds kLimit{20};

using Names = std::array<std::string, 3>;

Names NamesInOrder(const Config& config) {
  const Node hasher(config);  // starts nothing
  Names names{"bench-0", "bench-1", "bench-2"};
  std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return hasher.IdOf(a) < hasher.IdOf(b);
  });
  return names;
}

bool SeesRing(const Node& node, const Names& names, std::size_t place) {
  const std::string& next = names[(place + 1) % 3];
  const std::string& last = names[(place + 2) % 3];
  const std::vector<Server> successors = node.successors();
  return successors.size() == 2 && successors[0].name == next && successors[1].name == last &&
         node.predecessor()->name == last;
}

}  // namespace

std::array<std::string, 3> RingNames() { return NamesInOrder({}); }

bool SeesIdealRing(const Node& node, std::size_t place) {
  return SeesRing(node, RingNames(), place);
}

std::vector<std::string> KeysIn(const Range& range, const Node& node, std::size_t count) {
  std::vector<std::string> keys;
  for (int i = 0; keys.size() < count; ++i) {
    std::string key = absl::StrCat("user:", i);
    if (Contains(range, node.IdOf(key))) keys.push_back(std::move(key));
  }
  return keys;
}

void RequireOk(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "the ring does not form: %s\n", status.ToString().c_str());
  std::_Exit(1);
}

void WaitUntil(const std::function<bool()>& condition) {
  const auto limit = std::chrono::steady_clock::now() + kLimit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) {
      RequireOk(absl::DeadlineExceededError("it is not ideal after 20 s"));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

LookupRing::LookupRing(Config config) {
  const Names names = NamesInOrder(config);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    config.name = names[i];
    nodes_[i] = std::make_unique<Node>(config);
    RequireOk(nodes_[i]->Start());
    RequireOk(i == 0 ? nodes_[i]->Create() : nodes_[i]->Join({nodes_[0]->address()}));
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    WaitUntil([&] { return SeesRing(*nodes_[i], names, i); });
  }
}

std::vector<std::string> LookupRing::KeysOf(std::size_t place, std::size_t count) const {
  return KeysIn(*nodes_[place]->range(), *nodes_[place], count);
}

}  // namespace concord::bench
