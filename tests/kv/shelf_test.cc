// What a store holds: the latest of each key, and durable before it is told.
#include "examples/kv/shelf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "kv/map_storage.h"

namespace kv {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Keys are numbers, and their own hashes.
class ShelfTest : public ::testing::Test {
 protected:
  static Entry Of(const std::string& key, std::uint64_t time, const std::string& value = "") {
    return {key, {time, 1}, false, value};
  }
  void Keep(const std::vector<Entry>& entries) {
    shelf_.Keep(entries, [this](const auto& kept) {
      durable_.push_back(kept.status());
      versions_ = kept.value_or(std::vector<Version>());
    });
  }
  // The same, and waits for the disk.
  std::vector<Version> Kept(const std::vector<Entry>& entries) {
    Keep(entries);
    storage_.EndSyncs();
    return versions_;
  }

  MapStorage storage_;
  Shelf shelf_{storage_, [](const std::string& key) { return std::stoull(key); }, 2};
  std::vector<absl::Status> durable_;
  std::vector<Version> versions_;  // that were told last
};

TEST_F(ShelfTest, TheLaterOfTwoVersionsStays) {
  EXPECT_THAT(Kept({Of("1", 5, "a")}), ElementsAre(Version{5, 1}));
  EXPECT_THAT(Kept({Of("1", 4, "b")}), ElementsAre(Version{5, 1}));
  EXPECT_EQ((*shelf_.Get("1"))->value, "a");
  EXPECT_THAT(Kept({Of("1", 6, "c")}), ElementsAre(Version{6, 1}));
  EXPECT_EQ((*shelf_.Get("1"))->value, "c");
  EXPECT_EQ(shelf_.entries(), 1u);
  EXPECT_EQ(shelf_.DigestOf({0, 0}).value(), DigestOf(Of("1", 6)));
}

TEST_F(ShelfTest, OfOneCallTheLatestOfAKeyCounts) {
  EXPECT_THAT(Kept({Of("1", 5, "a"), Of("1", 7, "b"), Of("1", 6, "c")}),
              ElementsAre(Version{5, 1}, Version{7, 1}, Version{7, 1}));
  EXPECT_EQ((*shelf_.Get("1"))->value, "b");
  EXPECT_EQ(shelf_.DigestOf({0, 0}).value(), DigestOf(Of("1", 7)));
}

TEST_F(ShelfTest, ManyShareASyncAndNoneIsToldBefore) {
  Keep({Of("1", 5)});
  Keep({Of("2", 5)});
  Keep({Of("1", 4)});  // what is there is not durable yet, either
  EXPECT_THAT(durable_, IsEmpty());
  ASSERT_EQ(storage_.syncs.size(), 1u);
  storage_.EndSyncs();  // it began before the second
  EXPECT_THAT(durable_, ElementsAre(absl::OkStatus()));
  ASSERT_EQ(storage_.syncs.size(), 1u);
  storage_.EndSyncs();
  EXPECT_EQ(durable_.size(), 3u);
  Keep({Of("1", 3)});
  EXPECT_EQ(durable_.size(), 4u) << "nothing is to be waited for";
  EXPECT_THAT(storage_.syncs, IsEmpty());
}

TEST_F(ShelfTest, WhatIsNotDurableIsNotRead) {
  Keep({Of("1", 5, "a")});
  std::optional<std::string> read;
  shelf_.GetDurable("1", [&](const auto& entry) { read = (*entry)->value; });
  EXPECT_EQ(read, std::nullopt);
  storage_.EndSyncs();
  EXPECT_EQ(read, "a");
}

TEST_F(ShelfTest, AfterASyncThatFailedNothingIsTaken) {
  Keep({Of("1", 5)});
  storage_.EndSyncs(absl::UnavailableError("disk"));
  EXPECT_THAT(durable_, ElementsAre(absl::UnavailableError("disk")));
  EXPECT_EQ(shelf_.status(), absl::UnavailableError("disk"));
  Keep({Of("2", 5)});
  EXPECT_EQ(durable_.back(), shelf_.status());
  EXPECT_TRUE(storage_.entries.count({2, "2"}) == 0);
  EXPECT_EQ(shelf_.Get("1").status(), shelf_.status());
}

TEST_F(ShelfTest, AfterAReadThatFailedNothingIsTold) {
  const absl::Status bad = absl::DataLossError("disk");
  const std::vector<std::function<absl::Status(Shelf&)>> reads = {
      [](Shelf& shelf) { return shelf.Get("1").status(); },
      [](Shelf& shelf) { return shelf.List({0, 9}, std::nullopt, true, 9, 9).status(); },
      [](Shelf& shelf) { return shelf.Remove({Of("1", 5)}); },
      [](Shelf& shelf) {
        absl::Status status;
        shelf.Keep({Of("1", 6)}, [&](const auto& kept) { status = kept.status(); });
        return status;
      },
  };
  for (const auto& read : reads) {
    MapStorage storage;
    Shelf shelf(storage, [](const std::string& key) { return std::stoull(key); }, 2);
    shelf.Keep({Of("1", 5)}, [](const auto&) {});
    storage.EndSyncs();
    storage.reads = bad;
    EXPECT_EQ(read(shelf), bad);
    storage.reads = absl::OkStatus();
    EXPECT_EQ(shelf.status(), bad);
    EXPECT_EQ(shelf.Get("1").status(), bad) << "others have it";
  }
}

TEST_F(ShelfTest, OnlyWhatIsStillTheSameIsRemoved) {
  Keep({Of("1", 5), Of("2", 5)});
  ASSERT_TRUE(shelf_.Remove({Of("1", 5), Of("2", 4), Of("3", 5)}).ok());
  EXPECT_EQ(*shelf_.Get("1"), std::nullopt);
  EXPECT_NE(*shelf_.Get("2"), std::nullopt);
  EXPECT_EQ(shelf_.DigestOf({0, 0}).value(), DigestOf(Of("2", 5)));
}

TEST_F(ShelfTest, AnArcIsListedPageByPageAlsoWhenItPassesZero) {
  Keep({Of("1", 1), Of("2", 1), Of("7", 1), Of("9", 1)});
  const auto keys = [](const Shelf::Page& page) {
    std::vector<std::string> keys;
    for (const Entry& entry : page.entries) keys.push_back(entry.key);
    return keys;
  };
  const concord::Range arc{6, 1};
  const Shelf::Page first = shelf_.List(arc, std::nullopt, true, 2, 1 << 20).value();
  EXPECT_THAT(keys(first), ElementsAre("7", "9"));
  EXPECT_TRUE(first.more);
  const Shelf::Page second = shelf_.List(arc, "9", true, 2, 1 << 20).value();
  EXPECT_THAT(keys(second), ElementsAre("1"));
  EXPECT_FALSE(second.more);
}

TEST_F(ShelfTest, LoadsWhatIsThere) {
  storage_.entries[{3, "3"}] = Of("3", 8);
  ASSERT_TRUE(shelf_.Load().ok());
  EXPECT_EQ(shelf_.latest(), 8u);
  EXPECT_EQ(shelf_.DigestOf({0, 0}).value(), DigestOf(Of("3", 8)));
}

}  // namespace
}  // namespace kv
