// Clients outside the ring: each looks one key up after the other, at its own pace.
#ifndef CONCORD_TESTS_CHAOS_CLIENTS_H_
#define CONCORD_TESTS_CHAOS_CLIENTS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "sample.h"

namespace concord::chaos {

struct Entry {
  std::string address;
  std::size_t side = 0;
};

// Where lookups enter the ring, and what they are counted under.
struct Aim {
  std::vector<Entry> entries;
  std::optional<Fault> during;
  bool over = false;
  unsigned truth = 0;
};

class Clients {
 public:
  struct Options {
    std::size_t clients = 4;
    absl::Duration pause = absl::Milliseconds(50);   // between two lookups of a client
    absl::Duration deadline = absl::Seconds(2);      // of a lookup, retries included
    absl::Duration try_deadline = absl::Seconds(1);  // of one try; the next is at another node
    std::uint64_t seed = 1;
  };

  explicit Clients(const Options& options);
  ~Clients();  // waits for the lookups that are under way

  void SetAim(Aim aim) ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<Sample> TakeSamples() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run(std::size_t client);
  Aim GetAim() ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  std::atomic<bool> stopped_ = false;
  absl::Mutex mutex_;
  Aim aim_ ABSL_GUARDED_BY(mutex_);
  std::vector<Sample> samples_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace concord::chaos

#endif  // CONCORD_TESTS_CHAOS_CLIENTS_H_
