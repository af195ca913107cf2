// A member's fingers: servers far away on the circle, at doubling distances.
#ifndef CONCORD_CORE_FINGER_TABLE_H_
#define CONCORD_CORE_FINGER_TABLE_H_

#include <memory>
#include <optional>
#include <vector>

#include "concord/types.h"
#include "core/id_space.h"

namespace concord::core {

// Finger k is the first member at or after self + 2^k. Of the `bits` fingers only about log2 N are
// different servers; just these are stored and refreshed: an answer for finger k also answers every
// later finger that begins before the server it names, so the next to refresh lies beyond it.
class FingerTable {
 public:
  struct Finger {
    unsigned step = 0;  // the first k that this server is the finger of
    Server server;
    friend bool operator==(const Finger&, const Finger&) = default;
  };

  FingerTable(IdSpace space, Id self);

  // The identifier whose owner is to be asked for next. `covered` is the distance from self up to
  // which the successor list already tells who is where; fingers within it are forgotten. nullopt:
  // every finger is within it.
  std::optional<Id> NextTarget(Id covered);

  // The owner of the last target is `server` (self: there is nobody up to ourselves). True iff that
  // changes a finger.
  bool Found(const Server& server);
  // The owner of the last target was not found: go on with the next.
  void NotFound();

  bool Has(const Server& server) const;
  // Forgets `server`. True iff it was a finger.
  bool Drop(const Server& server);

  // Nearest first, all different, never self.
  const std::vector<Finger>& fingers() const { return *fingers_; }
  // The same, as they are now, for as long as somebody wants them.
  std::shared_ptr<const std::vector<Finger>> Share() const { return fingers_; }

  friend bool operator==(const FingerTable& a, const FingerTable& b) {
    return a.step_ == b.step_ && *a.fingers_ == *b.fingers_;
  }

 private:
  // Forgets the fingers that `forget` is true for. True iff there was one.
  template <typename Predicate>
  bool Forget(const Predicate& forget);

  IdSpace space_;
  Id self_;
  unsigned step_ = 0;  // the finger to refresh next, or being refreshed
  std::shared_ptr<const std::vector<Finger>> fingers_;  // never changed, only replaced
};

}  // namespace concord::core

#endif  // CONCORD_CORE_FINGER_TABLE_H_
