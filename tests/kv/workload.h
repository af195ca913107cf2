// Clients of stores that read and write without end, and write down what they are told.
#ifndef CONCORD_TESTS_KV_WORKLOAD_H_
#define CONCORD_TESTS_KV_WORKLOAD_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "examples/kv/client.h"
#include "kv/history.h"

namespace kv {

// Some keys are registers, written and read over and over; others are elements of a set, each
// written once, and read later. Each client does one thing after the other.
class Workload {
 public:
  struct Options {
    int clients = 6;
    int registers = 48;
    absl::Duration pause = absl::Milliseconds(25);  // between two operations of a client
    absl::Duration timeout = absl::Seconds(6);      // of an operation
    std::uint64_t seed = 1;
  };

  Workload(const std::vector<std::string>& stores, const Options& options);
  ~Workload() { Stop(); }

  // Waits for the operations that are under way.
  void Stop();
  // Then this: reads every key.
  void ReadAll();
  const History& history() const { return history_; }
  // How long operations that ended well took.
  const std::vector<double>& read_milliseconds() const { return read_milliseconds_; }
  const std::vector<double>& write_milliseconds() const { return write_milliseconds_; }

 private:
  void Run(int number);
  void Do(int number, History::Kind kind, const std::string& key);
  void Read(int number, std::size_t operation, const std::string& key, absl::Time begun);

  const Options options_;
  Client client_;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;  // of all below
  History history_;
  std::map<std::pair<int, std::string>, Version> seen_;  // of a register, by each client
  std::size_t values_ = 0, elements_ = 0;
  std::vector<double> read_milliseconds_, write_milliseconds_;
  std::vector<std::thread> threads_;
};

}  // namespace kv

#endif  // CONCORD_TESTS_KV_WORKLOAD_H_
