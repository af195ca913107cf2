// Puts and gets of random keys, as a client makes them.
#ifndef CONCORD_BENCH_KV_CALLS_H_
#define CONCORD_BENCH_KV_CALLS_H_

#include <grpcpp/completion_queue.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "completions.h"
#include "kv_load.h"
#include "measure.h"

namespace concord::bench {

// The one thread that the answers to all clients arrive on: further ones would slow its calls down.
class Answers {
 public:
  ~Answers();
  grpc::CompletionQueue& queue() { return queue_; }

  // Calls that a store refused since it had too much to do, and that were made again, elsewhere.
  std::atomic<int> refused = 0;

 private:
  grpc::CompletionQueue queue_;
  std::thread thread_{[this] { Poll(queue_); }};
};

enum class KvCall { kPut, kGet };

// Calls to each of `stores` in turn. Every one must succeed, if not at once, and a get return a
// value of the length that the load has. `processor_time`: of those who answer. All must outlive
// the caller.
std::unique_ptr<Caller> MakeKvCaller(KvCall call, Answers& answers,
                                     const std::vector<std::string>& stores, const KvLoad& load,
                                     std::function<double()> processor_time);

// What the disk itself takes: a value is appended to `file`, and synced, one after the other.
std::unique_ptr<Caller> MakeDiskCaller(const std::string& file, const KvLoad& load);

}  // namespace concord::bench

#endif  // CONCORD_BENCH_KV_CALLS_H_
