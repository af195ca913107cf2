// Bytes that came from anywhere, made fit to print.
#ifndef CONCORD_EXAMPLES_COMMON_TEXT_H_
#define CONCORD_EXAMPLES_COMMON_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace concord::example {

bool IsUtf8(std::string_view bytes);

// `bytes` in single quotes: readable characters of any language as they are; \' and \\ for quote
// and backslash; \xNN for each byte of a control character and each byte that is not UTF-8.
std::string Quoted(std::string_view bytes);

// An identifier of `bits` bits in hexadecimal, always as many digits.
std::string Hex(std::uint64_t id, unsigned bits);

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_COMMON_TEXT_H_
