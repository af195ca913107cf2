// Storage on the disk of a simulated process: a log of what was put and removed, read when it
// starts.
#ifndef CONCORD_TESTS_KV_LOG_STORAGE_H_
#define CONCORD_TESTS_KV_LOG_STORAGE_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "concord/sim/process.h"
#include "examples/kv/entry.h"
#include "examples/kv/storage.h"

namespace kv {

class LogStorage final : public Storage {
 public:
  explicit LogStorage(concord::sim::Process& process) : process_(process) {}

  // First this: reads the log, and writes it anew without what a crash has left half written.
  absl::Status Open();

  absl::Status Put(const std::vector<std::pair<concord::Id, Entry>>& entries) override;
  absl::Status Remove(const std::vector<Place>& places) override;
  void Sync(std::function<void(const absl::Status&)> done) override;
  absl::StatusOr<std::optional<Entry>> Get(concord::Id hash, const std::string& key) override;
  absl::StatusOr<std::optional<Entry>> Peek(concord::Id hash, const std::string& key) override;
  absl::Status Scan(const Span& span, const Place& from, bool values, const Visit& visit) override;

  const std::map<Place, Entry>& all() const { return entries_; }

 private:
  absl::Status Append(const std::string& records);
  absl::Status Access();

  concord::sim::Process& process_;
  std::map<Place, Entry> entries_;
};

}  // namespace kv

#endif  // CONCORD_TESTS_KV_LOG_STORAGE_H_
