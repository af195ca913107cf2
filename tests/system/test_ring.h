// Rings of real nodes in one process, on loopback and free ports, and what must be true of them.
#ifndef CONCORD_TESTS_SYSTEM_TEST_RING_H_
#define CONCORD_TESTS_SYSTEM_TEST_RING_H_

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "concord/node.h"
#include "support/gate.h"

namespace concord::testing {

// A quick node: periods of 50 ms, everything else as by default.
Config TestConfig(const std::string& name);

// The node of `config` is to be reached through `gate`.
void PutBehind(Gate& gate, Config& config);

// Writes down the range changes of one node.
class Recorder {
 public:
  void operator()(const RangeChange& change);
  std::vector<RangeChange> changes() const;
  // What `changes` alone say the node owns now. Fails the test where they contradict each other: an
  // epoch that skips, a `before` that is not the last `after`, an arc that does not fit.
  std::optional<Range> Replay() const;

 private:
  mutable std::mutex mutex_;
  std::vector<RangeChange> changes_;
};

class TestRing {
 public:
  ~TestRing();

  // Starts a node and lets it join through the first member, or create the ring. It must succeed.
  Node& Add(const std::string& name);
  Node& Add(Config config);
  // The same through `seeds`, and the Status of Join.
  absl::Status AddThrough(const std::string& name, const std::vector<std::string>& seeds);

  // As if the process died.
  void Kill(const std::string& name);
  absl::Status Leave(const std::string& name);
  // All at the same moment.
  void KillAtOnce(const std::vector<std::string>& names);

  Node& node(const std::string& name);
  std::vector<Node*> members() const;  // alive, by identifier
  const Recorder& recorder(const std::string& name) const;

  // True iff the members make an ideal ring: links symmetric, lists the true successors, ranges
  // covering the circle once. `why` says what is missing.
  bool IsIdeal(std::string* why = nullptr) const;
  // Waits for that; fails the test when it does not come.
  void WaitUntilIdeal() const;

  // The owner of `key`: the first member at or after it, by a sorted list of all members.
  Server Owner(const std::string& key) const;
  // Every member names Owner(key) for `keys` keys.
  void ExpectAllAgree(int keys) const;
  // What each node's callbacks told is what it owns.
  void ExpectRangesReplay() const;

 private:
  struct Member {
    std::shared_ptr<Recorder> recorder;
    std::unique_ptr<Node> node;
    unsigned successor_count;
    bool alive = false;
  };
  Member& Start(Config config);
  Member& Live(const std::string& name);

  mutable std::mutex mutex_;  // members may be added from several threads
  std::vector<std::unique_ptr<Member>> all_;
};

}  // namespace concord::testing

#endif  // CONCORD_TESTS_SYSTEM_TEST_RING_H_
