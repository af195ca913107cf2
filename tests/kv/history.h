// What clients did and were told, and whether a store that loses nothing could have told them that.
// In the manner of Jepsen: it is written down as it happens, and judged afterwards.
#ifndef CONCORD_TESTS_KV_HISTORY_H_
#define CONCORD_TESTS_KV_HISTORY_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "examples/kv/entry.h"

namespace kv {

// Every value is written once, by one operation. Not thread-safe.
class History {
 public:
  enum class Kind { kPut, kDelete, kGet };

  // An operation begins. `value`: of a put. Returns its number.
  std::size_t Begin(int client, Kind kind, std::string key, std::string value, absl::Time now);
  // It has ended well; one that is not ended may take effect at any later time. `version`: of what
  // was written or read; `value`: what was read, nullopt if there was nothing.
  void Wrote(std::size_t operation, const Version& version, absl::Time now);
  void Read(std::size_t operation, std::optional<std::string> value, const Version& version,
            absl::Time now);

  struct Verdict {
    std::vector<std::string> wrong;  // in words
    std::vector<std::string> stale;  // reads of a torn ring that found what was overwritten
    std::size_t acknowledged = 0;    // writes
    std::size_t reads = 0;
    std::size_t unknown = 0;  // operations that were not ended
  };
  //   - what is read was written, and not after it was read
  //   - to one client the versions of one key do not go back, nor, unless the ring is torn, to all
  //   - no read finds what was overwritten before it began, by a write that was acknowledged: that
  //     one is lost. Only while the ring is `torn`, in a split, or as more holders of a key are
  //     gone than may, reads cannot know of it. It is whole again when every holder has everything.
  //   - Two sides of a split may both be written to, and the later version wins: writes that are
  //     nearer to each other than clocks are to the truth, `skew`, may be in either order.
  struct Period {
    absl::Time begin, end;
  };
  Verdict Judge(const std::vector<Period>& torn = {}, absl::Duration skew = {}) const;

 private:
  struct Operation {
    int client;
    Kind kind;
    std::string key;
    std::optional<std::string> value;  // written or read
    absl::Time begin;
    absl::Time end = absl::InfiniteFuture();
    bool ok = false;
    Version version = {};
  };

  std::vector<Operation> operations_;
};

}  // namespace kv

#endif  // CONCORD_TESTS_KV_HISTORY_H_
