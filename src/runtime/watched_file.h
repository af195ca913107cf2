// A file in memory, for those who watch files.
#ifndef CONCORD_RUNTIME_WATCHED_FILE_H_
#define CONCORD_RUNTIME_WATCHED_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace concord::runtime {

// Has no name in the file system, and no content before the first Set.
class WatchedFile {
 public:
  WatchedFile() = default;
  ~WatchedFile();
  WatchedFile(const WatchedFile&) = delete;
  WatchedFile& operator=(const WatchedFile&) = delete;

  // Replaces all of the content at once: who opens it has the old or the new. UNAVAILABLE: the
  // system has no file in memory to give.
  absl::Status Set(std::string_view bytes);

  // Where this process opens it, as long as we live. After the first Set.
  std::string path() const;

 private:
  int fd_ = -1;
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_WATCHED_FILE_H_
