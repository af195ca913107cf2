// Asks the owner of an identifier itself, and whoever it names instead.
#ifndef CONCORD_CORE_CONFIRMATION_H_
#define CONCORD_CORE_CONFIRMATION_H_

#include <optional>
#include <utility>

#include "concord/types.h"
#include "core/id_space.h"
#include "core/messages.h"

namespace concord::core {

// What a lookup found may be a moment old: its shell asks asked() for its ring, until one has the
// identifier in its own range. Somebody who has joined before the owner is its predecessor now, so
// that one is asked next; a few such steps, and it is better to look up anew.
class Confirmation {
 public:
  static constexpr int kMaxCalls = 8;

  Confirmation(IdSpace space, Id id, Server found)
      : space_(space), id_(id), asked_(std::move(found)) {}

  const Server& asked() const { return asked_; }
  int calls() const { return calls_; }
  bool exhausted() const { return calls_ >= kMaxCalls; }

  // What asked() answered: the range in which it owns the identifier; nullopt: it does not, and
  // asked() is whom it names.
  std::optional<Range> OnRing(const RingView& ring) {
    ++calls_;
    const Range range{ring.predecessor.id, asked_.id};
    if (space_.InArc(range.start, id_, range.end)) return range;
    asked_ = ring.predecessor;
    return std::nullopt;
  }

 private:
  IdSpace space_;
  Id id_;
  Server asked_;
  int calls_ = 0;
};

}  // namespace concord::core

#endif  // CONCORD_CORE_CONFIRMATION_H_
