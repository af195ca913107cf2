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
#include "examples/kv/client_tls.h"
#include "kv.grpc.pb.h"

namespace kv {

// Thread-safe. Asks one store after the other of those that it was given, until one answers or
// `timeout` has passed; pauses grow between the tries. A try takes a third of `timeout` at most, so
// that a store which stands still does not use up all of it.
//
// Errors are those of service Kv. A write may be done twice when a connection breaks, or a try ends
// without an answer, in the middle of it; but no try begins to write when its time is up, if the
// clocks of this machine and the stores' are right to a third of `timeout`. A write with an
// expected_version is tried once, with all of the time, and without an answer it is open whether it
// was done.
class Client {
 public:
  // `stores`: "host:port" each, at least one. In plaintext.
  explicit Client(const std::vector<std::string>& stores,
                  absl::Duration timeout = absl::Seconds(10));
  // Under TLS. Errors as of CredentialsOf.
  static absl::StatusOr<std::unique_ptr<Client>> WithTls(const std::vector<std::string>& stores,
                                                         absl::Duration timeout,
                                                         const ClientTls& tls);

  absl::StatusOr<wire::GetResponse> Get(const wire::GetRequest& request);
  absl::StatusOr<wire::PutResponse> Put(const wire::PutRequest& request);
  absl::StatusOr<wire::PutResponse> Delete(const wire::DeleteRequest& request);

  // Of every store, in the order of the ring. Tried again while one of them does not answer.
  absl::StatusOr<std::vector<wire::StatsResponse>> Ring();
  // A page of what the store at `address` owns.
  absl::StatusOr<wire::ScanResponse> Scan(const std::string& address,
                                          const wire::ScanRequest& request);

 private:
  Client(const std::vector<std::string>& stores, absl::Duration timeout,
         std::shared_ptr<grpc::ChannelCredentials> credentials, std::optional<ClientTls> tls);

  absl::StatusOr<std::vector<wire::StatsResponse>> Walk();
  struct Store {
    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<wire::Kv::Stub> stub;
  };
  const Store& StoreAt(const std::string& address);
  void Pause(const std::string& next, absl::Duration duration);
  // `once`: not again when nobody knows whether it was done.
  template <typename Response, typename Call>
  absl::StatusOr<Response> Ask(bool once, Call call);
  // What a call to `store` has ended with.
  absl::Status Told(const std::string& store, const grpc::Status& status) const;

  const std::vector<std::string> stores_;
  const absl::Duration timeout_;
  const std::shared_ptr<grpc::ChannelCredentials> credentials_;
  const std::optional<ClientTls> tls_;  // nullopt: plaintext
  std::atomic<std::size_t> turn_ = 0;
  std::mutex mutex_;
  std::map<std::string, Store> opened_;  // by address; they stay
};

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_CLIENT_H_
