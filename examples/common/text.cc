#include "examples/common/text.h"

#include <cstddef>

#include "absl/strings/str_format.h"

namespace concord::example {
namespace {

struct Character {
  std::size_t length = 0;  // 0: not UTF-8
  std::uint32_t code = 0;
};

// The character that `text`, which is not empty, begins with.
Character FirstCharacter(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {1, lead};
  if (lead < 0xC2 || lead > 0xF4) return {};

  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() < length) return {};
  std::uint32_t code = lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3F);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = 0xD800 <= code && code <= 0xDFFF;
  if (code < kSmallest[length] || code > 0x10FFFF || surrogate) return {};
  return {length, code};
}

bool IsControl(std::uint32_t code) { return code < 0x20 || (0x7F <= code && code < 0xA0); }

// Appends a character, or a byte that is none, escaped if it has to be.
void AppendPrintable(std::string* out, std::string_view piece, const Character& character) {
  if (character.length != 0 && !IsControl(character.code)) {
    if (character.code == '\'' || character.code == '\\') *out += '\\';
    *out += piece;
    return;
  }
  for (const char c : piece) absl::StrAppendFormat(out, "\\x%02x", static_cast<unsigned char>(c));
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const Character first = FirstCharacter(bytes);
    if (first.length == 0) return false;
    bytes.remove_prefix(first.length);
  }
  return true;
}

std::string Quoted(std::string_view bytes) {
  std::string quoted = "'";
  while (!bytes.empty()) {
    const Character first = FirstCharacter(bytes);
    const std::string_view piece = bytes.substr(0, first.length == 0 ? 1 : first.length);
    AppendPrintable(&quoted, piece, first);
    bytes.remove_prefix(piece.size());
  }
  return quoted + "'";
}

std::string Hex(std::uint64_t id, unsigned bits) {
  return absl::StrFormat("%0*x", static_cast<int>((bits + 3) / 4), id);
}

}  // namespace concord::example
