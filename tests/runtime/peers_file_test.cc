// The file of members that are known: read, added to, spoilt.
#include "peers_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace concord {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class PeersFileTest : public testing::Test {
 protected:
  PeersFileTest() : path_(absl::StrCat(testing::TempDir(), "/concord-peers-", getpid())) {
    std::filesystem::remove(path_);
  }
  ~PeersFileTest() override { std::filesystem::remove(path_); }

  void Put(const std::string& text) { std::ofstream(path_) << text; }
  std::vector<std::string> Read() const { return PeersFile(path_).Read().value(); }

  const std::string path_;
};

TEST_F(PeersFileTest, ThatIsNotThereYetHasNobody) { EXPECT_THAT(Read(), IsEmpty()); }

TEST_F(PeersFileTest, KeepsTheNewestFirstAndNobodyTwice) {
  const PeersFile file(path_);
  ASSERT_TRUE(file.Add({"a:1", "b:1"}).ok());
  ASSERT_TRUE(file.Add({"c:1", "b:1"}).ok());
  EXPECT_THAT(Read(), ElementsAre("c:1", "b:1", "a:1"));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
}

TEST_F(PeersFileTest, NobodyToAddIsNoFile) {
  ASSERT_TRUE(PeersFile(path_).Add({}).ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(PeersFileTest, ForgetsWhoWasMetLongAgo) {
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) many.push_back(absl::StrCat("h:", i + 1));
  ASSERT_TRUE(PeersFile(path_).Add(many).ok());
  ASSERT_TRUE(PeersFile(path_).Add({"new:1"}).ok());
  EXPECT_THAT(Read(), SizeIs(PeersFile::kMaxPeers));
  EXPECT_EQ(Read().front(), "new:1");
}

TEST_F(PeersFileTest, MayBeWrittenByHand) {
  Put("# mine\r\n  a:1  # the first\n\nb\nb:0\n[::1]:7000\nb:99999\nc:1");
  EXPECT_THAT(Read(), ElementsAre("a:1", "[::1]:7000", "c:1"));
}

TEST_F(PeersFileTest, IsReadToItsLimitsOnly) {
  std::string text(PeersFile::kMaxBytes, '#');
  Put("a:1\n" + text + "\nb:1\n");
  EXPECT_THAT(Read(), ElementsAre("a:1"));
  Put(std::string("a:1\n\0\xff:1\nb:1\n", 13));
  EXPECT_THAT(Read(), ElementsAre("a:1", "b:1"));
}

TEST_F(PeersFileTest, ThatCannotBeReadOrWrittenSaysWhich) {
  const std::string directory = testing::TempDir();
  EXPECT_THAT(PeersFile(directory).Read().status().message(), HasSubstr(directory));
  const PeersFile nowhere(path_ + "/no/such");
  EXPECT_FALSE(nowhere.Add({"a:1"}).ok());
  EXPECT_THAT(nowhere.Add({"a:1"}).message(), HasSubstr("/no/such"));
}

}  // namespace
}  // namespace concord
