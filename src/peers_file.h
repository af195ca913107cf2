// The file in which a node keeps whom it has met, for its next life.
#ifndef CONCORD_PEERS_FILE_H_
#define CONCORD_PEERS_FILE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace concord {

// Text: an address a line, the newest first; what follows # is a comment.
class PeersFile {
 public:
  static constexpr std::size_t kMaxPeers = 64;
  static constexpr std::size_t kMaxBytes = 64 << 10;

  explicit PeersFile(std::string path) : path_(std::move(path)) {}

  // The addresses that are there; none when there is no file yet. Lines that are no address are
  // passed over, and so is what is beyond the limits: a file that somebody has edited, or that was
  // cut off, is better than none.
  //   UNAVAILABLE  it is there and cannot be read
  absl::StatusOr<std::vector<std::string>> Read() const;

  // Puts these first, before what is there, without repeats. All at once: who reads it has the old
  // or the new, also after a crash.
  //   UNAVAILABLE  it cannot be written
  absl::Status Add(const std::vector<std::string>& addresses) const;

 private:
  const std::string path_;
};

}  // namespace concord

#endif  // CONCORD_PEERS_FILE_H_
