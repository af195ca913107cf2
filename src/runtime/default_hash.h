// The hash that a ring uses when the application names none.
#ifndef CONCORD_RUNTIME_DEFAULT_HASH_H_
#define CONCORD_RUNTIME_DEFAULT_HASH_H_

#include <string_view>

#include "concord/types.h"

namespace concord::runtime {

// The first 8 bytes, big-endian, of SHA-256. Thread-safe.
Id DefaultHash(std::string_view key);

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_DEFAULT_HASH_H_
