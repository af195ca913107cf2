// Makes two stores equal over an arc: what either has later than the other is brought there.
//
// Digests are compared from the whole arc down to the parts that differ, so it costs one question
// when nothing does, and grows with the logarithm of what is held for each entry that does. A part
// that one side has nothing of is brought as a whole. A tombstone that is over is brought to nobody
// who has nothing there: else it would never be gone everywhere.
#ifndef CONCORD_EXAMPLES_KV_RECONCILER_H_
#define CONCORD_EXAMPLES_KV_RECONCILER_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "concord/types.h"
#include "examples/kv/digest_tree.h"
#include "examples/kv/entry.h"
#include "examples/kv/holding.h"
#include "kv.pb.h"

namespace kv {

// (Digests are of versions, without the values: of one version there is one value.)
//
// One run. Lives until `done` has been called, once.
class Reconciler : public std::enable_shared_from_this<Reconciler> {
 public:
  struct Task {
    concord::Server peer;
    concord::Range arc;
    // FAILED_PRECONDITION in the end, to be tried again, if the peer lacks some of it yet that
    // others have.
    bool fetch = false;
    // The arc is claimed for us, at the peer; and the same if the peer is not in its place.
    bool take_over = false;
    // All up to this identifier is equal. May be null.
    std::function<void(concord::Id upto)> advanced = nullptr;
    std::function<void(const absl::Status&)> done;
  };
  static void Run(Holding& holding, Task task);

  // How much is sent at once: of arcs to compare, entries without values, bytes of values.
  static constexpr std::size_t kMostArcs = 64;
  static constexpr std::size_t kMostEntries = 1000;
  static constexpr std::size_t kMostBytes = 1 << 20;
  // A part with so many entries on both sides together is listed, and not divided further.
  static constexpr std::uint64_t kFewEntries = 64;

 private:
  struct Part {
    concord::Range arc;
    bool differs = false;
  };
  using Then = std::function<void(wire::PeerResponse)>;

  Reconciler(Holding& holding, Task task) : holding_(holding), task_(std::move(task)) {}

  void Step();
  void Compare();
  void OnCompared(const std::vector<concord::Range>& arcs, const wire::PeerResponse& response);
  void Pull(const concord::Range& arc, std::optional<std::string> after);
  void Push(const concord::Range& arc, std::optional<std::string> after);
  void Exchange(const concord::Range& arc, std::optional<std::string> after = std::nullopt);
  void Get(std::vector<std::string> keys);
  void Give(std::vector<std::string> keys);
  void Keep(std::vector<Entry> entries, std::function<void()> then);
  void Store(const std::vector<Entry>& entries, std::function<void()> then);
  void Ask(wire::PeerRequest request, Then then);
  void PartIsDone();
  void Advance(concord::Id upto);
  Place PlaceOf(const Entry& entry) const;
  void End(const absl::Status& status);

  Holding& holding_;
  Task task_;
  bool claimed_ = false;
  std::string lacking_;     // why this fetch is to be made again; empty: it is not
  std::deque<Part> parts_;  // that are not equal yet, in the arc's order
  std::vector<std::string> to_give_;
  std::optional<std::string> rest_after_;  // this key, of the first part
};

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_RECONCILER_H_
