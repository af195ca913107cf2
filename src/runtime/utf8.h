// Whether bytes are text.
#ifndef CONCORD_RUNTIME_UTF8_H_
#define CONCORD_RUNTIME_UTF8_H_

#include <string_view>

namespace concord::runtime {

// True iff `bytes` are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates).
bool IsUtf8(std::string_view bytes);

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_UTF8_H_
