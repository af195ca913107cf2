#include "runtime/walk_call.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/messages.h"

namespace concord::runtime {
namespace {

class WalkCall : public std::enable_shared_from_this<WalkCall> {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<std::vector<Server>>)>;

  WalkCall(const WalkContext& context, core::RingWalk walk, absl::Time deadline, Done done)
      : context_(context), walk_(std::move(walk)), deadline_(deadline), done_(std::move(done)) {}

  // On from whom the walk has come to.
  void Walk() {
    while (!walk_.done()) {
      if (absl::Now() > deadline_) {
        return done_(absl::DeadlineExceededError(absl::StrCat("LookupN: the deadline passed with ",
                                                              walk_.servers().size(), " of ",
                                                              walk_.wanted(), " servers found")));
      }
      const auto& table = context_.routing.Read();
      if (!table || table->self() != walk_.last()) return Ask();
      walk_.OnSuccessors(table->successors());
    }
    done_(walk_.servers());
  }

 private:
  void Ask() {
    const Server server = walk_.last();
    context_.peers.GetRing(
        server,
        [self = shared_from_this()](absl::StatusOr<core::RingView> ring) {
          self->OnRing(std::move(ring));
        },
        deadline_);
  }

  void OnRing(absl::StatusOr<core::RingView> ring) {
    const Server& server = walk_.last();
    if (ring.ok() && !core::MayBeFrom(server, *ring)) {
      ring = absl::UnavailableError(absl::StrCat("'", ring->self->name, "' is at ", server.address,
                                                 " now, and not '", server.name, "'"));
    }
    if (!ring.ok()) return done_(Failure(server, ring.status()));
    walk_.OnSuccessors(ring->successors);
    Walk();
  }

  absl::Status Failure(const Server& server, const absl::Status& status) const {
    absl::StatusCode code = status.code();
    if (!absl::IsCancelled(status)) {
      context_.suspect(server, ToFailure(status));
      // Whatever the peer said, there is one thing to do about it: try again.
      if (!absl::IsDeadlineExceeded(status)) code = absl::StatusCode::kUnavailable;
    }
    return absl::Status(code, absl::StrCat("LookupN: ", server.name, " at ", server.address, ": ",
                                           status.message()));
  }

  const WalkContext context_;
  core::RingWalk walk_;
  const absl::Time deadline_;
  Done done_;
};

}  // namespace

void RunWalk(const WalkContext& context, core::RingWalk walk, absl::Time deadline,
             absl::AnyInvocable<void(absl::StatusOr<std::vector<Server>>)> done) {
  std::make_shared<WalkCall>(context, std::move(walk), deadline, std::move(done))->Walk();
}

}  // namespace concord::runtime
