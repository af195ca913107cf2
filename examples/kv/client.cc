#include "examples/kv/client.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace kv {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(20);
constexpr absl::Duration kLongestPause = absl::Milliseconds(500);
constexpr std::size_t kMostStores = 10'000;  // in a ring that is walked

absl::Status FromGrpc(const grpc::Status& status) {
  return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
}

void SetDeadline(grpc::ClientContext& context, absl::Time deadline) {
  context.set_deadline(absl::ToChronoTime(deadline));
}

}  // namespace

Client::Client(const std::vector<std::string>& stores, absl::Duration timeout)
    : stores_(stores), timeout_(timeout) {}

// (A channel that is made anew for each call may meet the end of the last one's connection.)
const Client::Store& Client::StoreAt(const std::string& address) {
  const std::lock_guard lock(mutex_);
  Store& store = known_[address];
  if (store.stub) return store;
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(8 << 20);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  store.channel = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  store.stub = wire::Kv::NewStub(store.channel);
  return store;
}

template <typename Response, typename Call>
absl::StatusOr<Response> Client::Ask(bool once, Call call) {
  const absl::Time deadline = absl::Now() + timeout_;
  absl::Duration pause = kFirstPause;
  for (std::size_t turn = turn_++;; turn = turn_++) {
    const std::string& store = stores_[turn % stores_.size()];
    grpc::ClientContext context;
    SetDeadline(context, deadline);
    Response response;
    const absl::Status status = FromGrpc(call(*StoreAt(store).stub, context, response));
    if (status.ok()) return response;
    const bool again = (absl::IsUnavailable(status) && !once) || absl::IsResourceExhausted(status);
    if (!again || absl::Now() + pause > deadline) {
      return absl::Status(status.code(), absl::StrCat(store, ": ", status.message()));
    }
    // The pause. A connection to the store whose turn comes then is made only while somebody waits
    // for it: without that, gRPC looks every five seconds whether it has come about.
    const auto next = absl::ToChronoTime(absl::Now() + pause);
    StoreAt(stores_[turn_ % stores_.size()]).channel->WaitForConnected(next);
    std::this_thread::sleep_until(next);
    pause = std::min(2 * pause, kLongestPause);
  }
}

absl::StatusOr<wire::GetResponse> Client::Get(const wire::GetRequest& request) {
  return Ask<wire::GetResponse>(/*once=*/false, [&](auto& stub, auto& context, auto& response) {
    return stub.Get(&context, request, &response);
  });
}

absl::StatusOr<wire::PutResponse> Client::Put(const wire::PutRequest& request) {
  return Ask<wire::PutResponse>(request.has_expected_version(),
                                [&](auto& stub, auto& context, auto& response) {
                                  return stub.Put(&context, request, &response);
                                });
}

absl::StatusOr<wire::PutResponse> Client::Delete(const wire::DeleteRequest& request) {
  return Ask<wire::PutResponse>(request.has_expected_version(),
                                [&](auto& stub, auto& context, auto& response) {
                                  return stub.Delete(&context, request, &response);
                                });
}

absl::StatusOr<std::vector<wire::StatsResponse>> Client::Ring() {
  absl::StatusOr<wire::StatsResponse> first =
      Ask<wire::StatsResponse>(/*once=*/false, [&](auto& stub, auto& context, auto& response) {
        return stub.Stats(&context, wire::StatsRequest(), &response);
      });
  if (!first.ok()) return first.status();
  std::vector<wire::StatsResponse> ring = {*std::move(first)};
  while (ring.back().successors_size() > 0 && ring.size() < kMostStores) {
    const wire::Peer& next = ring.back().successors(0);
    if (next.name() == ring.front().self().name()) break;
    grpc::ClientContext context;
    SetDeadline(context, absl::Now() + timeout_);
    wire::StatsResponse stats;
    const absl::Status status =
        FromGrpc(StoreAt(next.address()).stub->Stats(&context, wire::StatsRequest(), &stats));
    if (!status.ok()) {
      return absl::Status(
          status.code(), absl::StrCat(next.name(), " at ", next.address(), ": ", status.message()));
    }
    ring.push_back(std::move(stats));
  }
  return ring;
}

absl::StatusOr<wire::ScanResponse> Client::Scan(const std::string& address,
                                                const wire::ScanRequest& request) {
  grpc::ClientContext context;
  SetDeadline(context, absl::Now() + timeout_);
  wire::ScanResponse page;
  const absl::Status status = FromGrpc(StoreAt(address).stub->Scan(&context, request, &page));
  if (!status.ok()) {
    return absl::Status(status.code(), absl::StrCat(address, ": ", status.message()));
  }
  return page;
}

}  // namespace kv
