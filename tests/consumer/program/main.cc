// A program outside concord, as its users write them: two nodes form a ring on the loopback
// interface, and both must name the same owner for every key.
#include <concord/config.h>
#include <concord/node.h>
#include <concord/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <string>

static_assert(__cplusplus == 201703L, "concord must not ask its users for more than C++17");

namespace {

void Check(const absl::Status& status, const char* what) {
  if (status.ok()) return;
  std::cerr << what << ": " << status << '\n';
  std::exit(1);
}

// Wakes up whoever waits for the ring to change.
class Bell {
 public:
  void Ring() {
    const std::lock_guard<std::mutex> lock(mutex_);
    rung_.notify_all();
  }

  template <typename Condition>
  bool WaitUntil(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    std::unique_lock<std::mutex> lock(mutex_);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      rung_.wait_for(lock, std::chrono::milliseconds(20));
    }
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable rung_;
};

bool Neighbours(const concord::Node& a, const concord::Node& b) {
  const std::optional<concord::Server> predecessor = a.predecessor();
  return predecessor && predecessor->id == b.id() && !a.successors().empty() &&
         a.successors().front().id == b.id();
}

concord::Config Configuration(const char* name, Bell& bell) {
  concord::Config config;
  config.name = name;
  config.bind_addr = "127.0.0.1:0";
  config.stabilize_interval = absl::Milliseconds(50);
  config.on_range_change = [&bell](const concord::RangeChange&) { bell.Ring(); };
  return config;
}

}  // namespace

int main() {
  Bell bell;
  concord::Node first(Configuration("first", bell));
  concord::Node second(Configuration("second", bell));
  Check(first.Start(), "start the first node");
  Check(second.Start(), "start the second node");
  Check(first.Create(), "create a ring");
  Check(second.Join({first.address()}), "join it");
  if (!bell.WaitUntil([&] { return Neighbours(first, second) && Neighbours(second, first); })) {
    std::cerr << "the two nodes do not know each other after 30 s\n";
    return 1;
  }

  std::map<std::string, int> owned;
  for (int i = 0; i < 200; ++i) {
    const std::string key = "key-" + std::to_string(i);
    const absl::StatusOr<concord::Server> one = first.Lookup(key);
    const absl::StatusOr<concord::Server> other = second.Lookup(key);
    Check(one.status(), "look up at the first node");
    Check(other.status(), "look up at the second node");
    if (*one != *other || first.Owns(key) == second.Owns(key)) {
      std::cerr << "the nodes disagree about '" << key << "'\n";
      return 1;
    }
    ++owned[one->name];
  }
  if (owned.size() != 2) {
    std::cerr << "one of two nodes owns no key of 200\n";
    return 1;
  }
  std::cout << "ring of 2, 200 keys: first owns " << owned["first"] << ", second owns "
            << owned["second"] << '\n';
  return 0;
}
