// The files of a process: what a crash leaves of them, and the errors of the disk.
#include "concord/sim/disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace concord::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

std::string Content(Disk& disk, const std::string& file) { return disk.Read(file).value(); }

TEST(DiskTest, HoldsWhatIsWritten) {
  Disk disk(1);
  EXPECT_TRUE(disk.Append("log", "one ").ok());
  EXPECT_TRUE(disk.Append("log", "two").ok());
  EXPECT_TRUE(disk.Write("table", "old").ok());
  EXPECT_TRUE(disk.Write("table", "new").ok());
  EXPECT_EQ(Content(disk, "log"), "one two");
  EXPECT_EQ(Content(disk, "table"), "new");
  EXPECT_THAT(disk.List(), ElementsAre("log", "table"));
}

TEST(DiskTest, NamesTheFileThatIsNotThere) {
  Disk disk(1);
  for (const absl::Status& status :
       {disk.Read("a").status(), disk.Sync("a"), disk.Remove("a"), disk.Rename("a", "b")}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(status.message(), "there is no file 'a'");
  }
}

TEST(DiskTest, CrashKeepsWhatWasSynced) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Disk disk(seed);
    ASSERT_TRUE(disk.Append("log", "safe").ok());
    ASSERT_TRUE(disk.Sync("log").ok());
    disk.Crash();
    EXPECT_EQ(Content(disk, "log"), "safe");
  }
}

TEST(DiskTest, CrashLeavesAFirstPartOfWhatWasAppended) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Disk disk(seed);
    ASSERT_TRUE(disk.Append("log", "safe").ok());
    ASSERT_TRUE(disk.Sync("log").ok());
    ASSERT_TRUE(disk.Append("log", "abc").ok());
    disk.Crash();
    seen.insert(Content(disk, "log"));
  }
  EXPECT_THAT(seen, ElementsAre("safe", "safea", "safeab", "safeabc"));
}

TEST(DiskTest, CrashLeavesTheOldOrAFirstPartOfTheNew) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Disk disk(seed);
    ASSERT_TRUE(disk.Write("table", "old").ok());
    ASSERT_TRUE(disk.Sync("table").ok());
    ASSERT_TRUE(disk.Write("table", "NEW").ok());
    disk.Crash();
    seen.insert(Content(disk, "table"));
  }
  EXPECT_THAT(seen, ElementsAre("", "N", "NE", "NEW", "old"));
}

TEST(DiskTest, WhatACrashLeftIsSafe) {
  Disk disk(1);
  ASSERT_TRUE(disk.Append("log", "abcdefgh").ok());
  disk.Crash();
  const std::string left = Content(disk, "log");
  disk.Crash();
  EXPECT_EQ(Content(disk, "log"), left);
}

TEST(DiskTest, RenameReplacesAtOnceButSyncsNothing) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Disk disk(seed);
    ASSERT_TRUE(disk.Write("table", "old").ok());
    ASSERT_TRUE(disk.Sync("table").ok());
    ASSERT_TRUE(disk.Write("table.new", "xy").ok());
    ASSERT_TRUE(disk.Rename("table.new", "table").ok());
    EXPECT_THAT(disk.List(), ElementsAre("table"));
    disk.Crash();
    seen.insert(Content(disk, "table"));
  }
  EXPECT_THAT(seen, ElementsAre("", "x", "xy"));  // whoever forgot to sync first has lost the old
}

TEST(DiskTest, FullDiskRefusesAndLosesNothing) {
  Disk disk(1);
  DiskFaults faults;
  faults.capacity = 10;
  disk.SetFaults(faults);
  ASSERT_TRUE(disk.Append("log", "12345678").ok());
  const absl::Status full = disk.Append("log", "901");
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(full.message(), "writing 'log': the disk has room for 10 bytes, not for 11");
  EXPECT_EQ(Content(disk, "log"), "12345678");
  EXPECT_TRUE(disk.Write("log", "1234567890").ok());  // instead of what is there
  ASSERT_TRUE(disk.Remove("log").ok());
  EXPECT_TRUE(disk.Append("other", "1234567890").ok());
}

TEST(DiskTest, FaultsComeAsOftenAsTheyAreTo) {
  Disk disk(1);
  ASSERT_TRUE(disk.Append("log", "x").ok());
  DiskFaults faults;
  faults.write_error = faults.sync_error = faults.read_error = 0.25;
  disk.SetFaults(faults);
  int writes = 0, syncs = 0, reads = 0;
  for (int i = 0; i < 1000; ++i) {
    writes += !disk.Append("log", "").ok();
    syncs += !disk.Sync("log").ok();
    reads += !disk.Read("log").ok();
  }
  for (const int failed : {writes, syncs, reads}) {
    EXPECT_GT(failed, 180);
    EXPECT_LT(failed, 320);
  }
}

TEST(DiskTest, WriteThatFailsMayHaveWrittenAPart) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Disk disk(seed);
    DiskFaults faults;
    faults.write_error = 1;
    disk.SetFaults(faults);
    const absl::Status status = disk.Append("log", "ab");
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(status.message()), StartsWith("writing 'log'"));
    seen.insert(Content(disk, "log"));
  }
  EXPECT_THAT(seen, ElementsAre("", "a", "ab"));
}

TEST(DiskTest, SyncThatFailsMakesNothingSafe) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Disk disk(seed);
    ASSERT_TRUE(disk.Append("log", "a").ok());
    DiskFaults faults;
    faults.sync_error = 1;
    disk.SetFaults(faults);
    EXPECT_EQ(disk.Sync("log").code(), absl::StatusCode::kUnavailable);
    disk.Crash();
    seen.insert(Content(disk, "log"));
  }
  EXPECT_THAT(seen, ElementsAre("", "a"));
}

TEST(DiskTest, FlipsOneBit) {
  Disk disk(1);
  ASSERT_TRUE(disk.Write("table", "aaa").ok());
  disk.FlipBit("table", 1, 1);
  EXPECT_EQ(Content(disk, "table"), "aca");
  disk.FlipBit("table", 3, 0);  // beyond its end
  disk.FlipBit("no such file", 0, 0);
  EXPECT_EQ(Content(disk, "table"), "aca");
}

}  // namespace
}  // namespace concord::sim
