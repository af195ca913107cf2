// Well-formed UTF-8, against the grammar of RFC 3629.
#include "runtime/utf8.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"

namespace concord::runtime {
namespace {

using namespace std::string_view_literals;

struct Bytes {
  unsigned char from, to;
};

// UTF8-octets of RFC 3629, section 4, one alternative a line.
const std::vector<std::vector<Bytes>> kGrammar = {
    {{0x00, 0x7F}},
    {{0xC2, 0xDF}, {0x80, 0xBF}},
    {{0xE0, 0xE0}, {0xA0, 0xBF}, {0x80, 0xBF}},
    {{0xE1, 0xEC}, {0x80, 0xBF}, {0x80, 0xBF}},
    {{0xED, 0xED}, {0x80, 0x9F}, {0x80, 0xBF}},
    {{0xEE, 0xEF}, {0x80, 0xBF}, {0x80, 0xBF}},
    {{0xF0, 0xF0}, {0x90, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF}},
    {{0xF1, 0xF3}, {0x80, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF}},
    {{0xF4, 0xF4}, {0x80, 0x8F}, {0x80, 0xBF}, {0x80, 0xBF}},
};

bool BeginsWith(std::string_view bytes, const std::vector<Bytes>& alternative) {
  if (bytes.size() < alternative.size()) return false;
  for (std::size_t i = 0; i < alternative.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (byte < alternative[i].from || alternative[i].to < byte) return false;
  }
  return true;
}

// The dumb oracle: tries every alternative at every place. (No two begin alike.)
bool FitsTheGrammar(std::string_view bytes) {
  if (bytes.empty()) return true;
  for (const std::vector<Bytes>& alternative : kGrammar) {
    if (BeginsWith(bytes, alternative)) return FitsTheGrammar(bytes.substr(alternative.size()));
  }
  return false;
}

std::size_t differences = 0;

void Compare(std::string_view bytes) {
  if (IsUtf8(bytes) == FitsTheGrammar(bytes) || ++differences > 10) return;
  ADD_FAILURE() << absl::CHexEscape(absl::string_view(bytes.data(), bytes.size())) << " is "
                << (FitsTheGrammar(bytes) ? "" : "not ") << "UTF-8";
}

// Every byte at which one of the grammar's ranges begins or ends, and its neighbours.
const std::string_view kEdges =
    "\x00\x7F\x80\x81\x8F\x90\x91\x9F\xA0\xBE\xBF\xC0\xC1\xC2\xDF\xE0\xEC\xED\xEE\xEF\xF0\xF3\xF4"
    "\xF5\xFF"sv;

TEST(IsUtf8, AgreesWithTheGrammarOnEveryOneAndTwoBytes) {
  for (int a = 0; a < 256; ++a) {
    std::string bytes{static_cast<char>(a)};
    Compare(bytes);
    bytes += ' ';
    for (int b = 0; b < 256; ++b) {
      bytes[1] = static_cast<char>(b);
      Compare(bytes);
    }
  }
}

TEST(IsUtf8, AgreesWithTheGrammarOnThreeBytes) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      for (const char c : kEdges) {
        Compare(std::string{static_cast<char>(a), static_cast<char>(b), c});
      }
    }
  }
}

TEST(IsUtf8, AgreesWithTheGrammarOnFourBytes) {
  for (const char a : kEdges) {
    for (int b = 0; b < 256; ++b) {
      for (const char c : kEdges) {
        for (const char d : kEdges) {
          const std::string bytes{a, static_cast<char>(b), c, d};
          Compare(bytes);
        }
      }
    }
  }
}

std::string Encode(std::uint32_t point) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xC0 | point >> 6), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xE0 | point >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | point >> 18), tail(12), tail(6), tail(0)};
}

TEST(IsUtf8, TakesEveryCodePointButTheSurrogates) {
  for (std::uint32_t point = 0; point <= 0x110000; ++point) {
    const bool is_one = point <= 0x10FFFF && !(0xD800 <= point && point <= 0xDFFF);
    ASSERT_EQ(IsUtf8(Encode(point)), is_one) << std::hex << point;
  }
}

TEST(IsUtf8, RefusesTextThatIsCutOff) {
  for (const std::uint32_t point : {0xE9u, 0x20ACu, 0xFFFDu, 0x1F600u, 0x10FFFFu}) {
    const std::string whole = Encode(point);
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const std::string cut = whole.substr(0, size);
      EXPECT_FALSE(IsUtf8(cut));
      EXPECT_FALSE(IsUtf8("text " + cut));
      EXPECT_FALSE(IsUtf8(cut + " text"));
      EXPECT_FALSE(IsUtf8(cut + whole));
    }
  }
}

TEST(IsUtf8, LooksAtEveryByte) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("gr\303\274n \342\202\254 \360\237\230\200"));
  EXPECT_TRUE(IsUtf8("with a zero\0byte"sv));
  EXPECT_FALSE(IsUtf8("bad only at the end\xFF"));
  EXPECT_FALSE(IsUtf8("\xFF bad only at the beginning"));
  EXPECT_FALSE(IsUtf8("bad after a zero\0\xFF byte"sv));
}

}  // namespace
}  // namespace concord::runtime
