#include "examples/kv/client.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace kv {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(20);
constexpr absl::Duration kLongestPause = absl::Milliseconds(500);

void SetDeadline(grpc::ClientContext& context, absl::Time deadline) {
  context.set_deadline(absl::ToChronoTime(deadline));
}

// Of the call that `context` is for: after that it is not to be begun.
std::uint64_t UntilOf(const grpc::ClientContext& context) {
  return static_cast<std::uint64_t>(absl::ToUnixMillis(absl::FromChrono(context.deadline())));
}

}  // namespace

Client::Client(const std::vector<std::string>& stores, absl::Duration timeout)
    : Client(stores, timeout, grpc::InsecureChannelCredentials(), std::nullopt) {}

Client::Client(const std::vector<std::string>& stores, absl::Duration timeout,
               std::shared_ptr<grpc::ChannelCredentials> credentials, std::optional<ClientTls> tls)
    : stores_(stores),
      timeout_(timeout),
      credentials_(std::move(credentials)),
      tls_(std::move(tls)) {}

absl::StatusOr<std::unique_ptr<Client>> Client::WithTls(const std::vector<std::string>& stores,
                                                        absl::Duration timeout,
                                                        const ClientTls& tls) {
  auto credentials = CredentialsOf(tls);
  if (!credentials.ok()) return credentials.status();
  return std::unique_ptr<Client>(new Client(stores, timeout, *std::move(credentials), tls));
}

absl::Status Client::Told(const std::string& store, const grpc::Status& status) const {
  const absl::Status told =
      ExplainFailure({static_cast<absl::StatusCode>(status.error_code()), status.error_message()},
                     tls_ ? &*tls_ : nullptr);
  if (told.ok()) return told;
  return absl::Status(told.code(), absl::StrCat(store, ": ", told.message()));
}

// (A channel that is made anew for each call may meet the end of the last one's connection.)
const Client::Store& Client::StoreAt(const std::string& address) {
  const std::lock_guard lock(mutex_);
  Store& store = opened_[address];
  if (store.stub) return store;
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(8 << 20);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  if (tls_ && !tls_->member_host.empty()) arguments.SetSslTargetNameOverride(tls_->member_host);
  store.channel = grpc::CreateCustomChannel(address, credentials_, arguments);
  store.stub = wire::Kv::NewStub(store.channel);
  return store;
}

// Works on the connection to the next store meanwhile: gRPC 1.51 does that only while somebody
// waits for it, and nobody does in a call that fails at once since the last attempt has.
void Client::Pause(const std::string& next, absl::Duration duration) {
  const absl::Time end = absl::Now() + duration;
  StoreAt(next).channel->WaitForConnected(absl::ToChronoTime(end));
  std::this_thread::sleep_for(absl::ToChronoNanoseconds(end - absl::Now()));
}

template <typename Response, typename Call>
absl::StatusOr<Response> Client::Ask(bool once, Call call) {
  const absl::Time deadline = absl::Now() + timeout_;
  const absl::Duration longest_try = once ? timeout_ : timeout_ / 3;
  absl::Duration pause = kFirstPause;
  absl::Status reason;  // the last that somebody gave
  for (;;) {
    const std::string& store = stores_[turn_++ % stores_.size()];
    grpc::ClientContext context;
    SetDeadline(context, std::min(deadline, absl::Now() + longest_try));
    Response response;
    const absl::Status status = Told(store, call(*StoreAt(store).stub, context, response));
    if (status.ok()) return response;
    const bool open = absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
    const bool again = (open && !once) || absl::IsResourceExhausted(status);
    if (!again || absl::Now() + pause > deadline) {
      if (once && absl::IsUnavailable(status)) {  // the store may have done it before it was gone
        return absl::DeadlineExceededError(status.message());
      }
      if (!absl::IsDeadlineExceeded(status) || reason.ok()) return status;
      return absl::DeadlineExceededError(
          absl::StrCat(status.message(), "; before that, ", reason.message()));
    }
    if (!absl::IsDeadlineExceeded(status)) reason = status;
    Pause(stores_[turn_ % stores_.size()], pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

absl::StatusOr<wire::GetResponse> Client::Get(const wire::GetRequest& request) {
  return Ask<wire::GetResponse>(/*once=*/false, [&](auto& stub, auto& context, auto& response) {
    return stub.Get(&context, request, &response);
  });
}

absl::StatusOr<wire::PutResponse> Client::Put(const wire::PutRequest& request) {
  wire::PutRequest limited = request;
  return Ask<wire::PutResponse>(request.has_expected_version(),
                                [&](auto& stub, auto& context, auto& response) {
                                  limited.set_until(UntilOf(context));
                                  return stub.Put(&context, limited, &response);
                                });
}

absl::StatusOr<wire::PutResponse> Client::Delete(const wire::DeleteRequest& request) {
  wire::DeleteRequest limited = request;
  return Ask<wire::PutResponse>(request.has_expected_version(),
                                [&](auto& stub, auto& context, auto& response) {
                                  limited.set_until(UntilOf(context));
                                  return stub.Delete(&context, limited, &response);
                                });
}

// A store that has just died is in the ring until the others have noticed.
absl::StatusOr<std::vector<wire::StatsResponse>> Client::Ring() {
  const absl::Time deadline = absl::Now() + timeout_;
  for (;;) {
    auto ring = Walk();
    if (!absl::IsUnavailable(ring.status()) || absl::Now() + kLongestPause > deadline) return ring;
    std::this_thread::sleep_for(absl::ToChronoNanoseconds(kLongestPause));
  }
}

absl::StatusOr<std::vector<wire::StatsResponse>> Client::Walk() {
  absl::StatusOr<wire::StatsResponse> first =
      Ask<wire::StatsResponse>(/*once=*/false, [&](auto& stub, auto& context, auto& response) {
        return stub.Stats(&context, wire::StatsRequest(), &response);
      });
  if (!first.ok()) return first.status();
  std::vector<wire::StatsResponse> ring = {*std::move(first)};
  std::set<std::string> seen;
  while (ring.back().successors_size() > 0) {
    const wire::Peer& next = ring.back().successors(0);
    if (next.name() == ring.front().self().name()) break;
    if (!seen.insert(next.name()).second) {
      return absl::UnavailableError("the ring has changed while it was walked: try again");
    }
    grpc::ClientContext context;
    SetDeadline(context, absl::Now() + timeout_);
    wire::StatsResponse stats;
    const absl::Status status =
        Told(absl::StrCat(next.name(), " at ", next.address()),
             StoreAt(next.address()).stub->Stats(&context, wire::StatsRequest(), &stats));
    if (!status.ok()) return status;
    ring.push_back(std::move(stats));
  }
  return ring;
}

absl::StatusOr<wire::ScanResponse> Client::Scan(const std::string& address,
                                                const wire::ScanRequest& request) {
  const absl::Time deadline = absl::Now() + timeout_;
  for (;;) {
    grpc::ClientContext context;
    SetDeadline(context, deadline);
    wire::ScanResponse page;
    const absl::Status status =
        Told(address, StoreAt(address).stub->Scan(&context, request, &page));
    if (status.ok()) return page;
    if (!absl::IsUnavailable(status) || absl::Now() + kLongestPause > deadline) return status;
    std::this_thread::sleep_for(absl::ToChronoNanoseconds(kLongestPause));
  }
}

}  // namespace kv
