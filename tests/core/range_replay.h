// What an application knows that hears nothing but range changes.
#ifndef CONCORD_TESTS_CORE_RANGE_REPLAY_H_
#define CONCORD_TESTS_CORE_RANGE_REPLAY_H_

#include <cstdint>
#include <optional>
#include <ostream>

#include "concord/types.h"

namespace concord {

// For readable failures.
void PrintTo(const Server& server, std::ostream* out);
void PrintTo(const Range& range, std::ostream* out);
void PrintTo(const RangeChange& change, std::ostream* out);

namespace core {

// Keeps a range up to date by the changes alone, and expects of each that it fits the one before it
// and that its arcs balance: after = before + gained - lost.
class RangeReplay {
 public:
  // `bits` of the identifier space; up to 8, every key is looked at.
  RangeReplay(unsigned bits, std::uint64_t epoch, std::optional<Range> range)
      : bits_(bits), epoch_(epoch), range_(range) {}

  void Apply(const RangeChange& change);
  const std::optional<Range>& range() const { return range_; }

 private:
  unsigned bits_;
  std::uint64_t epoch_;
  std::optional<Range> range_;
};

}  // namespace core
}  // namespace concord

#endif  // CONCORD_TESTS_CORE_RANGE_REPLAY_H_
