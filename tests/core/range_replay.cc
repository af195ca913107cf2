#include "range_replay.h"

#include <gtest/gtest.h>

namespace concord {

void PrintTo(const Server& server, std::ostream* out) {
  *out << "'" << server.name << "' (" << server.id << ") at " << server.address;
}

void PrintTo(const Range& range, std::ostream* out) {
  *out << "(" << range.start << ", " << range.end << "]";
}

void PrintTo(const RangeChange& change, std::ostream* out) {
  *out << "epoch " << change.epoch << ", before " << testing::PrintToString(change.before)
       << ", after " << testing::PrintToString(change.after) << ", gained "
       << testing::PrintToString(change.gained) << ", lost " << testing::PrintToString(change.lost)
       << ", peer " << testing::PrintToString(change.peer);
}

namespace core {
namespace {

bool In(const std::optional<Range>& range, Id key) { return range && Contains(*range, key); }

}  // namespace

void RangeReplay::Apply(const RangeChange& change) {
  SCOPED_TRACE(testing::PrintToString(change));
  EXPECT_EQ(change.epoch, epoch_ + 1);
  EXPECT_EQ(change.before, range_);
  EXPECT_NE(change.before, change.after);
  EXPECT_NE(change.gained.has_value(), change.lost.has_value()) << "one arc, gained or lost";
  for (Id key = 0; bits_ <= 8 && key < Id{1} << bits_; ++key) {
    const int balance = In(change.before, key) + In(change.gained, key) - In(change.lost, key);
    ASSERT_EQ(balance, In(change.after, key)) << "key " << key;
  }
  epoch_ = change.epoch;
  range_ = change.after;
}

}  // namespace core
}  // namespace concord
