// The judge of histories can tell right from wrong.
#include "kv/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "absl/time/time.h"

namespace kv {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

absl::Time At(int second) { return absl::UnixEpoch() + absl::Seconds(second); }

class HistoryTest : public ::testing::Test {
 protected:
  // Operations on one key. `end` 0: it was not ended.
  void Put(const std::string& value, int begin, int end) {
    const std::size_t put = history_.Begin(1, History::Kind::kPut, "k", value, At(begin));
    if (end != 0) history_.Wrote(put, {static_cast<std::uint64_t>(end), 1}, At(end));
  }
  void Delete(int begin, int end) {
    const std::size_t deletion = history_.Begin(1, History::Kind::kDelete, "k", "", At(begin));
    if (end != 0) history_.Wrote(deletion, {static_cast<std::uint64_t>(end), 1}, At(end));
  }
  void Get(std::optional<std::string> value, int begin, int end, std::uint64_t version = 0) {
    const std::size_t get = history_.Begin(2, History::Kind::kGet, "k", "", At(begin));
    history_.Read(get, std::move(value), {version, 1}, At(end));
  }
  std::vector<std::string> Wrong() const { return history_.Judge().wrong; }

  History history_;
};

TEST_F(HistoryTest, WhatWasWrittenLastIsRead) {
  Get(std::nullopt, 1, 2);
  Put("a", 3, 4);
  Get("a", 5, 6);
  Put("b", 7, 8);
  Get("b", 9, 10);
  Delete(11, 12);
  Get(std::nullopt, 13, 14);
  EXPECT_THAT(Wrong(), IsEmpty());
  EXPECT_EQ(history_.Judge().acknowledged, 3u);
  EXPECT_EQ(history_.Judge().reads, 4u);
}

TEST_F(HistoryTest, WhatOverlapsMayBeInAnyOrder) {
  Put("a", 1, 10);
  Put("b", 2, 9);
  Get("a", 3, 4);
  Get("b", 3, 4);
  Get(std::nullopt, 3, 4);
  Get("a", 11, 12);
  Get("b", 11, 12);
  EXPECT_THAT(Wrong(), IsEmpty());
}

TEST_F(HistoryTest, WhatIsNotEndedMayHappenLater) {
  Put("a", 1, 0);
  Put("b", 2, 3);
  Get("a", 10, 11);
  EXPECT_THAT(Wrong(), IsEmpty());
  EXPECT_EQ(history_.Judge().unknown, 1u);
}

// Whatever may have happened later, its version is earlier.
TEST_F(HistoryTest, WhatIsNotEndedIsNoExcuseForAnEarlierVersion) {
  Put("a", 1, 0);
  Put("b", 2, 3);
  Get("a", 10, 11, 2);
  EXPECT_THAT(Wrong(), ElementsAre(HasSubstr("though a later one was acknowledged before")));
}

TEST_F(HistoryTest, AValueFromNowhere) {
  Get("a", 1, 2);
  Put("a", 3, 4);
  EXPECT_THAT(Wrong(), ElementsAre(HasSubstr("'a', which nobody had written")));
}

TEST_F(HistoryTest, AnAcknowledgedWriteThatIsLost) {
  Put("a", 1, 2);
  Put("b", 3, 4);
  Get("a", 5, 6);
  EXPECT_THAT(Wrong(), ElementsAre(HasSubstr("read 'a', though 'b' was acknowledged before")));
}

TEST_F(HistoryTest, AKeyThatIsLost) {
  Put("a", 1, 2);
  Get(std::nullopt, 3, 4);
  EXPECT_THAT(Wrong(), ElementsAre(HasSubstr("read nothing, though 'a' was acknowledged before")));
}

TEST_F(HistoryTest, ADeletionThatIsLost) {
  Put("a", 1, 2);
  Delete(3, 4);
  Get("a", 5, 6);
  EXPECT_THAT(Wrong(), ElementsAre(HasSubstr("read 'a', though '(deletion)' was acknowledged")));
}

TEST_F(HistoryTest, ADeletionMayComeLate) {
  Put("a", 1, 2);
  Delete(3, 0);
  Get(std::nullopt, 5, 6);
  Put("b", 7, 8);
  Get(std::nullopt, 9, 10);  // the deletion took its time
  EXPECT_THAT(Wrong(), IsEmpty());
}

TEST_F(HistoryTest, WhatAnotherHadReadIsNotThere) {
  Put("a", 1, 0);
  Put("b", 1, 0);
  Get("a", 5, 6, 7);
  const std::size_t get = history_.Begin(3, History::Kind::kGet, "k", "", At(8));
  history_.Read(get, "b", {6, 1}, At(9));
  EXPECT_THAT(Wrong(), ElementsAre(HasSubstr("read version 6 after client 2")));
  EXPECT_THAT(history_.Judge({{At(8), At(10)}}).stale, ::testing::SizeIs(1));
}

TEST_F(HistoryTest, VersionsThatGoBack) {
  Put("a", 1, 0);
  Put("b", 1, 0);
  Get("a", 5, 6, 7);
  Get("b", 7, 8, 6);
  EXPECT_THAT(Wrong(), ElementsAre(HasSubstr("read version 6 after 7"),
                                   HasSubstr("read version 6 after client 2")));
}

}  // namespace
}  // namespace kv
