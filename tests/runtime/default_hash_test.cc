// SHA-256, against published vectors: the first 8 bytes, big-endian.
#include "runtime/default_hash.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

namespace concord::runtime {
namespace {

using namespace std::string_view_literals;

// FIPS 180-2 and the usual ones.
TEST(DefaultHash, IsTheBeginningOfSha256) {
  EXPECT_EQ(DefaultHash(""), 0xe3b0c44298fc1c14);
  EXPECT_EQ(DefaultHash("abc"), 0xba7816bf8f01cfea);
  EXPECT_EQ(DefaultHash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            0x248d6a61d20638b8);
  EXPECT_EQ(DefaultHash("The quick brown fox jumps over the lazy dog"), 0xd7a8fbb307d78094);
  EXPECT_EQ(DefaultHash(std::string(1'000'000, 'a')), 0xcdc76e5c9914fb92);
}

TEST(DefaultHash, HashesEveryByte) {
  EXPECT_EQ(DefaultHash("\0"sv), 0x6e340b9cffb37a98);
  EXPECT_NE(DefaultHash("a\0b"sv), DefaultHash("a"));
  EXPECT_NE(DefaultHash("a\0b"sv), DefaultHash("a\0c"sv));
  EXPECT_NE(DefaultHash("\xFF"), DefaultHash("\xFE"));
}

TEST(DefaultHash, GivesEveryThreadTheSame) {
  std::vector<Id> expected;
  for (int key = 0; key < 500; ++key) expected.push_back(DefaultHash(absl::StrCat("key", key)));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int key = 0; key < 500; ++key) {
        wrong += DefaultHash(absl::StrCat("key", key)) != expected[key];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace concord::runtime
