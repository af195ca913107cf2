#include "examples/kv/gateway.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "examples/kv/entry.h"

namespace kv {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(10);
constexpr absl::Duration kLongestPause = absl::Milliseconds(200);
constexpr int kMostHops =
    3;  // from one that is not the owner to whom it names, before a new lookup

absl::Status Check(const std::string& key, const std::string& value) {
  if (key.empty() || key.size() > kMaxKeyBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the key has ", key.size(), " bytes: it must have 1 to ", kMaxKeyBytes));
  }
  if (value.size() > kMaxValueBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the value has ", value.size(), " bytes: the limit is ", kMaxValueBytes));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Check(const wire::Execute& operation) {
  switch (operation.operation_case()) {
    case wire::Execute::kGet:
      return Check(operation.get().key(), "");
    case wire::Execute::kPut:
      return Check(operation.put().key(), operation.put().value());
    case wire::Execute::kDelete:
      return Check(operation.delete_().key(), "");
    case wire::Execute::OPERATION_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("no operation is named");
}

struct Gateway::Request {
  wire::Execute operation;
  std::string key;
  absl::Time deadline;
  Done done;
  absl::Duration pause = kFirstPause;
  int hops = 0;
  std::string trouble = "its owner was not found";  // what went wrong last
};

void Gateway::Execute(wire::Execute operation, absl::Time deadline, Done done) {
  if (absl::Status status = Check(operation); !status.ok()) return done(status);
  if (running_ >= holding_.options.max_operations) {
    return done(absl::ResourceExhaustedError(
        absl::StrCat("this store works on ", running_, " requests, which is its limit")));
  }
  ++running_;
  const auto request = std::make_shared<Request>();
  request->key = KeyOf(operation);
  request->operation = std::move(operation);
  request->deadline = deadline;
  request->done = std::move(done);
  LookUp(request);
}

void Gateway::LookUp(const RequestPtr& request) {
  if (stopped_) return End(request, absl::UnavailableError("this store is stopping"));
  const absl::Duration left = request->deadline - holding_.environment.Now();
  if (left < absl::Milliseconds(1)) {
    return End(request, absl::DeadlineExceededError(
                            absl::StrCat("the deadline has passed: ", request->trouble)));
  }
  request->hops = 0;
  if (holding_.Serves(holding_.shelf.HashOf(request->key))) {
    return Pass(request, holding_.environment.self());
  }
  holding_.environment.FindOwner(request->key, std::min(left, holding_.options.call_timeout),
                                 [this, request](const absl::StatusOr<concord::Server>& owner) {
                                   if (owner.ok()) return Pass(request, *owner);
                                   request->trouble = std::string(owner.status().message());
                                   Later(request);
                                 });
}

void Gateway::Pass(const RequestPtr& request, const concord::Server& owner) {
  ++request->hops;
  if (owner == holding_.environment.self()) {
    return coordinator_.Execute(request->operation, request->deadline,
                                [this, request, owner](wire::PeerResponse response) {
                                  OnResponse(request, owner, std::move(response));
                                });
  }
  const absl::Time until =
      std::min(holding_.environment.Now() + holding_.options.call_timeout, request->deadline);
  wire::PeerRequest passed;
  *passed.mutable_execute() = request->operation;
  if (!request->operation.has_get()) {
    passed.mutable_execute()->set_until(static_cast<std::uint64_t>(absl::ToUnixMillis(until)));
  }
  holding_.Ask(owner, std::move(passed),
               [this, request, owner](absl::StatusOr<wire::PeerResponse> response) {
                 OnResponse(request, owner, std::move(response));
               });
}

void Gateway::OnResponse(const RequestPtr& request, const concord::Server& owner,
                         absl::StatusOr<wire::PeerResponse> response) {
  if (!response.ok()) {
    request->trouble = absl::StrCat(owner.name, " at ", owner.address, ": ",
                                    std::string(response.status().message()));
    // Whether it has done it nobody knows. To write the same again does no harm, but to compare
    // with a version that was there before does.
    if (IsConditional(request->operation))
      return End(request, absl::DeadlineExceededError(request->trouble));
    return Later(request);
  }
  if (response->has_not_owner()) {
    const concord::Server next = FromWire(response->not_owner());
    request->trouble = absl::StrCat(owner.name, " does not own the key");
    if (next.address.empty() || next == owner || request->hops > kMostHops) return Later(request);
    return Pass(request, next);
  }
  if (!response->has_executed()) {
    return End(request, absl::InternalError("an answer without a result"));
  }
  if (!response->executed().has_failure()) return End(request, response->executed());
  const absl::Status failure = FromWire(response->executed().failure());
  request->trouble = std::string(failure.message());
  if (absl::IsUnavailable(failure)) return Later(request);
  End(request, failure);
}

void Gateway::Later(const RequestPtr& request) {
  holding_.environment.After(request->pause, [this, request] { LookUp(request); });
  request->pause = std::min(2 * request->pause, kLongestPause);
}

void Gateway::End(const RequestPtr& request, const absl::StatusOr<wire::Executed>& result) {
  --running_;
  request->done(result);
}

}  // namespace kv
