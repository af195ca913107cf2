#include "examples/demo/words.h"

#include <openssl/sha.h>

#include <cerrno>
#include <fstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace concord::example {

Id HashOf(std::string_view key) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest);
  Id id = 0;
  for (int i = 0; i < 8; ++i) id = id << 8 | digest[i];
  return id;
}

absl::StatusOr<std::vector<Word>> ReadWords(const std::string& path, std::size_t limit) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) lines.push_back(std::move(line));
  }
  if (lines.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no word list at ", path,
                     "; Debian's package wamerican has one, or name yours by --words"));
  }

  const std::size_t count = limit == 0 ? lines.size() : std::min(limit, lines.size());
  std::vector<Word> words;
  words.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::string& line = lines[i * lines.size() / count];
    const Id id = HashOf(line);
    words.push_back({std::move(line), id});
  }
  return words;
}

}  // namespace concord::example
