// Arithmetic of the identifier circle, all of it made from one primitive: clockwise distance.
#ifndef CONCORD_CORE_ID_SPACE_H_
#define CONCORD_CORE_ID_SPACE_H_

#include "concord/types.h"

namespace concord::core {

// The identifiers modulo 2^bits, 1 <= bits <= 64.
class IdSpace {
 public:
  constexpr explicit IdSpace(unsigned bits) : bits_(bits), mask_(~Id{0} >> (64 - bits)) {}

  constexpr unsigned bits() const { return bits_; }

  // True iff `id` is a point of this circle.
  constexpr bool Has(Id id) const { return (id & ~mask_) == 0; }

  // The point that a 64-bit hash stands for.
  constexpr Id Mask(Id hash) const { return hash & mask_; }

  // How many steps lead clockwise from `from` to `to`; 0 when they are equal.
  constexpr Id Distance(Id from, Id to) const { return (to - from) & mask_; }

  // The point 2^step clockwise of `from`: where finger `step` begins. step < bits.
  constexpr Id PowerStep(Id from, unsigned step) const { return (from + (Id{1} << step)) & mask_; }

  // True iff x is in the clockwise arc (from, to]. (a, a] is the whole circle.
  constexpr bool InArc(Id from, Id x, Id to) const {
    return from == to || (x != from && Distance(from, x) <= Distance(from, to));
  }

  // Zave, between: x strictly inside the arc from `a` to `b`. When a = b: every x but a.
  constexpr bool Between(Id a, Id x, Id b) const {
    return x != a && (a == b || Distance(a, x) < Distance(a, b));
  }

 private:
  unsigned bits_;
  Id mask_;
};

}  // namespace concord::core

#endif  // CONCORD_CORE_ID_SPACE_H_
