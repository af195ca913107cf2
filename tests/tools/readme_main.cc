// Makes the ring in which a block of README.md runs; see readme_prelude.h.
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>

#include "readme_prelude.h"

namespace {

concord::Config ConfigOf(const char* name) {
  concord::Config config;
  config.name = name;
  config.bind_addr = "127.0.0.1:0";
  return config;
}

class Neighbours {
 public:
  concord::Node& node() { return node_; }
  concord::Node& other() { return other_; }

  absl::Status FormRing() {
    if (absl::Status s = node_.Start(); !s.ok()) return s;
    if (absl::Status s = other_.Start(); !s.ok()) return s;
    if (absl::Status s = node_.Create(); !s.ok()) return s;
    if (absl::Status s = other_.Join({node_.address()}); !s.ok()) return s;

    std::unique_lock<std::mutex> lock(mutex_);
    const auto both = [this] { return Knows(node_, other_) && Knows(other_, node_); };
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!both()) {
      if (std::chrono::steady_clock::now() > deadline) {
        return absl::DeadlineExceededError("no ring of two after 30 s");
      }
      changed_.wait_for(lock, std::chrono::milliseconds(20));
    }
    return absl::OkStatus();
  }

 private:
  static bool Knows(const concord::Node& a, const concord::Node& b) {
    const std::optional<concord::Server> predecessor = a.predecessor();
    return predecessor && predecessor->id == b.id() && !a.successors().empty() &&
           a.successors().front().id == b.id();
  }

  concord::Config Watched(const char* name) {
    concord::Config config = ConfigOf(name);
    config.on_range_change = [this](const concord::RangeChange&) {
      const std::lock_guard<std::mutex> lock(mutex_);
      changed_.notify_all();
    };
    return config;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  concord::Node node_{Watched("node")};
  concord::Node other_{Watched("other")};
};

}  // namespace

int main() {
  Neighbours ring;
  absl::Status status = ring.FormRing();
  if (status.ok()) {
    status = ReadmeBlock(ConfigOf("third"), ring.node(), ring.other(),
                         {ring.node().address(), ring.other().address()});
  }
  if (!status.ok()) std::cerr << status << '\n';
  return status.ok() ? 0 : 1;
}
