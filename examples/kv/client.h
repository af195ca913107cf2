// How a program asks a ring of stores.
#ifndef CONCORD_EXAMPLES_KV_CLIENT_H_
#define CONCORD_EXAMPLES_KV_CLIENT_H_

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kv.grpc.pb.h"

namespace kv {

// Thread-safe. Asks one store after the other of those that it was given, until one answers or
// `timeout` has passed; pauses grow between the rounds.
//
// Errors are those of service Kv. A write may be done twice when a connection breaks in the middle
// of it, but not one with an expected_version: that leaves open whether it was done.
class Client {
 public:
  // `stores`: "host:port" each, at least one.
  explicit Client(const std::vector<std::string>& stores,
                  absl::Duration timeout = absl::Seconds(10));

  absl::StatusOr<wire::GetResponse> Get(const wire::GetRequest& request);
  absl::StatusOr<wire::PutResponse> Put(const wire::PutRequest& request);
  absl::StatusOr<wire::PutResponse> Delete(const wire::DeleteRequest& request);

  // Of every store, in the order of the ring.
  absl::StatusOr<std::vector<wire::StatsResponse>> Ring();
  // A page of what the store at `address` owns.
  absl::StatusOr<wire::ScanResponse> Scan(const std::string& address,
                                          const wire::ScanRequest& request);

 private:
  struct Store {
    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<wire::Kv::Stub> stub;
  };
  const Store& StoreAt(const std::string& address);
  // `once`: not again when a connection has broken.
  template <typename Response, typename Call>
  absl::StatusOr<Response> Ask(bool once, Call call);

  const std::vector<std::string> stores_;
  const absl::Duration timeout_;
  std::atomic<std::size_t> turn_ = 0;
  std::mutex mutex_;
  std::map<std::string, Store> known_;  // by address; they stay
};

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_CLIENT_H_
