#include "runtime/lookup_call.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

namespace concord::runtime {
namespace {

class LookupCall {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<FindResponse>)>;

  LookupCall(Peers& peers, const OnSuspect& suspect, core::Lookup lookup, absl::Time deadline,
             Done done)
      : peers_(peers),
        suspect_(suspect),
        lookup_(std::move(lookup)),
        deadline_(deadline),
        done_(std::move(done)) {}

  // Each of these hands the call on: to the network, or to its end.
  static void AskNextHop(std::unique_ptr<LookupCall> call) {
    if (!call->lookup_.has_next_hop()) return EndHere(std::move(call));
    const absl::Time now = absl::Now();
    if (now >= call->deadline_) return call->done_(TimedOut());
    const absl::Time until = now + call->lookup_.TimeForNextHop(call->deadline_ - now);
    LookupCall& c = *call;
    c.peers_.FindSuccessor(c.lookup_.next_hop(), c.lookup_.Forwarded(), until,
                           [call = std::move(call)](absl::StatusOr<FindResponse> response) mutable {
                             OnResponse(std::move(call), std::move(response));
                           });
  }

 private:
  // Nobody is left to ask.
  static void EndHere(std::unique_ptr<LookupCall> call) {
    const Server* const owner = call->lookup_.owner_by_list();
    if (owner != nullptr && absl::Now() < call->deadline_) {
      return call->done_(FindResponse{.owner = *owner, .hops = 0});
    }
    call->done_(call->NobodyAnswered());
  }

  static void OnResponse(std::unique_ptr<LookupCall> call, absl::StatusOr<FindResponse> response) {
    if (response.ok()) {
      ++response->hops;
      if (call->lookup_.Precedes(response->owner)) {
        return AskWhoIsNext(std::move(call), *std::move(response));
      }
      return call->done_(std::move(response));
    }
    call->last_failure_ = response.status();
    switch (response.status().code()) {
      case absl::StatusCode::kCancelled:   // by our own stop
      case absl::StatusCode::kOutOfRange:  // another way round would be no shorter
        return call->done_(response.status());
      case absl::StatusCode::kAborted:            // alive, but those behind it did not answer
      case absl::StatusCode::kResourceExhausted:  // too busy, or we are: nobody is suspected
        call->lookup_.PassNextHop();
        break;
      default:
        call->suspect_(call->lookup_.next_hop(), ToFailure(response.status()));
        call->lookup_.DropNextHop();
    }
    AskNextHop(std::move(call));
  }

  // Who was named comes before the key: one of its successors is the owner. If none is, it may know
  // better than we.
  static void AskWhoIsNext(std::unique_ptr<LookupCall> call, FindResponse response) {
    LookupCall& c = *call;
    c.before_key_ = std::move(response);
    c.peers_.GetRing(
        c.before_key_.owner,
        [call = std::move(call)](const absl::StatusOr<core::RingView>& ring) mutable {
          if (absl::IsCancelled(ring.status())) return call->done_(ring.status());
          FindResponse& found = call->before_key_;
          if (ring.ok()) {
            const auto next =
                std::find_if(ring->successors.begin(), ring->successors.end(),
                             [&](const Server& server) { return !call->lookup_.Precedes(server); });
            if (next != ring->successors.end()) found = {.owner = *next, .hops = found.hops + 1};
          }
          call->done_(std::move(found));
        },
        c.deadline_);
  }

  absl::Status NobodyAnswered() const {
    if (last_failure_.ok()) {
      return absl::UnavailableError("lookup: no server nearer to the key is known yet");
    }
    if (last_failure_.code() == absl::StatusCode::kDeadlineExceeded) return TimedOut();
    return absl::UnavailableError(absl::StrCat(
        "lookup: no server nearer to the key answered; the last said: ", last_failure_.message()));
  }

  static absl::Status TimedOut() {
    return absl::DeadlineExceededError("lookup: nobody answered before the deadline");
  }

  Peers& peers_;
  const OnSuspect& suspect_;
  core::Lookup lookup_;
  const absl::Time deadline_;
  Done done_;
  absl::Status last_failure_;
  FindResponse before_key_;
};

}  // namespace

void RunLookup(Peers& peers, const OnSuspect& suspect, core::Lookup lookup, absl::Time deadline,
               absl::AnyInvocable<void(absl::StatusOr<FindResponse>)> done) {
  if (const Server* owner = lookup.known_owner()) {
    return done(FindResponse{.owner = *owner, .hops = 0});
  }
  if (lookup.hops_exhausted()) {
    return done(absl::OutOfRangeError(
        absl::StrCat("lookup: forwarded ", core::kMaxHops, " times without reaching the owner")));
  }
  LookupCall::AskNextHop(
      std::make_unique<LookupCall>(peers, suspect, std::move(lookup), deadline, std::move(done)));
}

}  // namespace concord::runtime
