// The files of a simulated process: they survive its crashes as files on a real disk do.
#ifndef CONCORD_SIM_DISK_H_
#define CONCORD_SIM_DISK_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace concord::sim {

class Prng;

struct DiskFaults {
  // The probability that a call fails with UNAVAILABLE, 0 to 1. A write that fails may have written
  // a part; after a Sync that failed nothing more is safe than before.
  double write_error = 0;
  double sync_error = 0;
  double read_error = 0;
  // How many bytes there is room for; beyond it, writes fail with RESOURCE_EXHAUSTED.
  std::uint64_t capacity = std::numeric_limits<std::uint64_t>::max();
};

// What was synced survives a crash. Of what was not, the seed decides: of bytes that were appended,
// a first part is left, down to none; of a file that was written anew, the content before, or a
// first part of the new one. To rename and to remove is atomic and survives at once; a file that
// was renamed before it was synced may still lose its content.
//
// Not thread-safe, as all of a cluster.
class Disk {
 public:
  explicit Disk(std::uint64_t seed);
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  // At the end of `file`, which begins to exist.
  absl::Status Append(const std::string& file, std::string_view data);
  // Instead of all that `file` holds.
  absl::Status Write(const std::string& file, std::string_view data);
  // From here on what `file` holds survives. NOT_FOUND: there is no such file.
  absl::Status Sync(const std::string& file);

  absl::StatusOr<std::string> Read(const std::string& file);  // NOT_FOUND
  // `to` is replaced. NOT_FOUND: there is no `from`.
  absl::Status Rename(const std::string& from, const std::string& to);
  absl::Status Remove(const std::string& file);  // NOT_FOUND
  std::vector<std::string> List() const;         // sorted

  // --- For tests ---
  void SetFaults(const DiskFaults& faults) { faults_ = faults; }
  // What a crash of the process, or of the machine, does.
  void Crash();
  // One bit of `file` changes: the disk has aged. Nothing happens beyond its end.
  void FlipBit(const std::string& file, std::size_t byte, unsigned bit);

 private:
  struct File {
    std::string content;
    std::size_t safe = 0;               // so many of its first bytes survive for certain, or
    std::optional<std::string> before;  // if it was written anew since, this may come back
  };

  bool Fails(double probability);
  absl::Status Put(const std::string& file, std::string_view data, bool from_the_beginning);

  std::map<std::string, File> files_;
  std::uint64_t used_ = 0;  // bytes of all files
  DiskFaults faults_;
  std::unique_ptr<Prng> prng_;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_DISK_H_
