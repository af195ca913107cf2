// Digests of arcs, against summing up what lies in them.
#include "examples/kv/digest_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kv/map_storage.h"

namespace kv {
namespace {

class DigestTreeTest : public ::testing::TestWithParam<int> {
 protected:
  concord::Id Random() {
    // Many at the ends of the space and of leaves.
    const concord::Id id = random_();
    if (random_() % 4 != 0) return id;
    return (id & 0xf000'0000'0000'0003) | (random_() % 2 == 0 ? ~concord::Id{0} >> 4 : 0);
  }
  void Fill(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      const Entry entry{absl::StrCat("key", i), {random_(), 1}, false, ""};
      const concord::Id hash = Random();
      storage_.entries[{hash, entry.key}] = entry;
      tree_.Add(hash, DigestOf(entry));
    }
  }
  Digest Sum(const concord::Range& arc) const {
    Digest sum;
    for (const auto& [place, entry] : storage_.entries) {
      if (concord::Contains(arc, place.hash)) sum += DigestOf(entry);
    }
    return sum;
  }

  std::mt19937_64 random_{7};
  MapStorage storage_;
  DigestTree tree_{GetParam()};
};

TEST_P(DigestTreeTest, OfAnArcIsTheSumOfItsEntries) {
  Fill(2000);
  for (int i = 0; i < 500; ++i) {
    const concord::Range arc{Random(), Random()};
    ASSERT_EQ(tree_.Of(arc, storage_).value(), Sum(arc)) << arc.start << " to " << arc.end;
  }
  for (const concord::Id id : {concord::Id{0}, concord::Id{7}, ~concord::Id{0}}) {
    EXPECT_EQ(tree_.Of({id, id}, storage_).value(), tree_.all());
  }
}

TEST_P(DigestTreeTest, WhatIsSubtractedIsGone) {
  Fill(100);
  while (!storage_.entries.empty()) {
    const auto first = storage_.entries.begin();
    tree_.Subtract(first->first.hash, DigestOf(first->second));
    storage_.entries.erase(first);
  }
  EXPECT_EQ(tree_.all(), Digest{});
}

TEST_P(DigestTreeTest, ReadsTwoLeavesAtMost) {
  Fill(20'000);
  for (int i = 0; i < 100; ++i) {
    storage_.read = 0;
    ASSERT_TRUE(tree_.Of({random_(), random_()}, storage_).ok());
    const std::size_t leaf = 20'000 >> 4 * GetParam();
    EXPECT_LE(storage_.read, 2 * (4 * leaf + 20)) << "a leaf has " << leaf << " or so";
  }
}

TEST_P(DigestTreeTest, SplitsAnArcIntoItself) {
  for (int i = 0; i < 200; ++i) {
    std::vector<concord::Range> open = {{Random(), Random()}};
    // Down to the leaves, always into the last part.
    for (int depth = 0; depth < 10; ++depth) {
      const concord::Range arc = open.back();
      const std::vector<concord::Range> parts = tree_.Split(arc);
      ASSERT_LE(parts.size(), 17u);
      ASSERT_EQ(parts.front().start, arc.start);
      ASSERT_EQ(parts.back().end, arc.end);
      for (std::size_t k = 1; k < parts.size(); ++k) ASSERT_EQ(parts[k].start, parts[k - 1].end);
      for (int n = 0; n < 20; ++n) {
        const concord::Id id = Random();
        const auto holds = [id](const concord::Range& part) { return concord::Contains(part, id); };
        ASSERT_EQ(std::count_if(parts.begin(), parts.end(), holds), concord::Contains(arc, id));
      }
      if (parts.size() == 1) break;
      ASSERT_LT(depth, 9) << "it ends";
      open.push_back(parts[random_() % parts.size()]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, DigestTreeTest, ::testing::Values(1, 2, 4));

TEST(Digests, TellKeysVersionsAndTombstonesApart) {
  const Entry entry{"key", {5, 1}, false, "value"};
  Entry other = entry;
  other.value = "another";
  EXPECT_EQ(DigestOf(entry), DigestOf(other)) << "the version stands for the value";
  other.version.node = 2;
  EXPECT_NE(DigestOf(entry), DigestOf(other));
  other = entry;
  other.deleted = true;
  EXPECT_NE(DigestOf(entry), DigestOf(other));
  other = entry;
  other.key = "kez";
  EXPECT_NE(DigestOf(entry), DigestOf(other));
}

}  // namespace
}  // namespace kv
