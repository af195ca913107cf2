// What the nodes of a campaign are, and what is looked at besides their ring.
#ifndef CONCORD_TESTS_CHAOS_SUBJECT_H_
#define CONCORD_TESTS_CHAOS_SUBJECT_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "concord/types.h"
#include "examples/demo/oracle.h"

namespace concord::chaos {

class Subject {
 public:
  virtual ~Subject() = default;

  // The program that a node is, and flags of its own, before those that say who and where it is.
  virtual std::vector<std::string> CommandOf(const std::string& node) = 0;
  // A line that a node has written: the node, if it says that it has become a member.
  virtual absl::StatusOr<std::optional<Server>> ReadLine(const std::string& line) = 0;

  // The ring has formed; its members and those that will join are at these addresses.
  virtual void Begin(const std::vector<std::string>& /*addresses*/) {}
  // Whether it has got over what happened, of which the ring itself says nothing. The next fault
  // waits for that. nullopt: there is nothing but the ring.
  virtual std::optional<bool> IsSettled() { return std::nullopt; }
  // From now on the ring is split, or more of it is gone than r-1 neighbours; or that is over, and
  // it has settled since.
  virtual void SetTorn(bool /*torn*/) {}

  // What a node keeps in memory by design and fills by and by, in KiB: buffers, caches.
  virtual double MemoryToFill() { return 0; }

  // What was seen, and what of it was wrong, each in words.
  struct Findings {
    std::vector<std::string> notes, wrong;
  };
  // The faults are over, and the nodes are `ring`, which `kill` ends at once.
  virtual Findings End(const example::Oracle& /*ring*/, const std::function<void()>& /*kill*/) {
    return {};
  }
};

}  // namespace concord::chaos

#endif  // CONCORD_TESTS_CHAOS_SUBJECT_H_
