#include "runtime/confirmed_lookup.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/confirmation.h"

namespace concord::runtime {
namespace {

// Before the key is looked up again, so that those beside the dead may have noticed.
constexpr absl::Duration kFirstPause = absl::Milliseconds(10);
constexpr absl::Duration kLastPause = absl::Milliseconds(250);

class ConfirmedLookup : public std::enable_shared_from_this<ConfirmedLookup> {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<ConfirmedOwner>)>;

  ConfirmedLookup(const ConfirmationContext& context, Id id, absl::Time deadline, Done done)
      : context_(context), id_(id), deadline_(deadline), done_(std::move(done)) {}
  // Whoever dropped us has been stopped.
  ~ConfirmedLookup() {
    if (done_) End(absl::CancelledError("the node was stopped"));
  }

  void LookUp() {
    const std::shared_ptr<const core::RoutingTable> table = context_.routing.Read();
    if (!table) return End(absl::UnavailableError("lookup: this node is not a member of a ring"));
    if (table->Owns(id_)) {
      return End(ConfirmedOwner{table->self(), *table->range(), table->epoch(), hops_});
    }
    RunLookup(context_.peers, context_.suspect, core::Lookup(table, {.id = id_}), deadline_,
              [self = shared_from_this()](absl::StatusOr<FindResponse> found) {
                self->OnFound(std::move(found));
              });
  }

 private:
  void OnFound(absl::StatusOr<FindResponse> found) {
    if (!found.ok()) {
      if (absl::IsUnavailable(found.status())) return TryAgain(found.status());
      return End(found.status());
    }
    hops_ += found->hops;
    confirmation_.emplace(context_.space, id_, std::move(found->owner));
    AskOwner();
  }

  void AskOwner() {
    const auto& table = context_.routing.Read();
    if (table && confirmation_->asked().id == table->self().id) {
      return TryAgain(absl::UnavailableError("the others believe that this node owns the key"));
    }
    context_.peers.GetRing(
        confirmation_->asked(),
        [self = shared_from_this()](absl::StatusOr<core::RingView> ring) {
          self->OnRing(std::move(ring));
        },
        deadline_);
  }

  void OnRing(absl::StatusOr<core::RingView> ring) {
    ++hops_;
    const Server asked = confirmation_->asked();
    if (ring.ok() && !core::MayBeFrom(asked, *ring)) {
      ring = absl::UnavailableError(absl::StrCat("'", ring->self->name, "' is there now"));
    }
    if (!ring.ok()) {
      if (absl::IsCancelled(ring.status())) return End(ring.status());
      context_.suspect(asked, ToFailure(ring.status()));
      return TryAgain(absl::UnavailableError(
          absl::StrCat(asked.name, " at ", asked.address, ": ", ring.status().message())));
    }
    if (const std::optional<Range> range = confirmation_->OnRing(*ring)) {
      return End(ConfirmedOwner{asked, *range, ring->epoch, hops_});
    }
    if (!confirmation_->exhausted()) return AskOwner();
    TryAgain(absl::UnavailableError(absl::StrCat(asked.name, " does not own the key either")));
  }

  void TryAgain(const absl::Status& why) {
    const absl::Duration pause = std::exchange(pause_, std::min(2 * pause_, kLastPause));
    if (absl::Now() + pause >= deadline_) {
      return End(absl::DeadlineExceededError(
          absl::StrCat("lookup: nobody confirmed before the deadline; last ", why.message())));
    }
    context_.loop.PostAfter(pause, [self = shared_from_this()] { self->LookUp(); });
  }

  void End(absl::StatusOr<ConfirmedOwner> result) {
    Done done = std::exchange(done_, nullptr);
    done(std::move(result));
  }

  const ConfirmationContext context_;
  const Id id_;
  const absl::Time deadline_;
  Done done_;
  std::optional<core::Confirmation> confirmation_;
  absl::Duration pause_ = kFirstPause;
  unsigned hops_ = 0;
};

}  // namespace

void RunConfirmedLookup(const ConfirmationContext& context, Id id, absl::Time deadline,
                        absl::AnyInvocable<void(absl::StatusOr<ConfirmedOwner>)> done) {
  std::make_shared<ConfirmedLookup>(context, id, deadline, std::move(done))->LookUp();
}

}  // namespace concord::runtime
