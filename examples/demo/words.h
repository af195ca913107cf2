// The keys of the demo: every word of a word list.
#ifndef CONCORD_EXAMPLES_DEMO_WORDS_H_
#define CONCORD_EXAMPLES_DEMO_WORDS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "concord/types.h"

namespace concord::example {

struct Word {
  std::string text;
  Id id = 0;
};

// What concord's default hash must give, worked out without concord: the first 8 bytes, big-endian,
// of SHA-256.
Id HashOf(std::string_view key);

// The lines of `path` that are not blank; if they are more than `limit`, only that many, evenly
// spread over the file. 0: no limit.
absl::StatusOr<std::vector<Word>> ReadWords(const std::string& path, std::size_t limit);

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_DEMO_WORDS_H_
