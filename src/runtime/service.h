// The server's side of the wire: takes the calls of peers, has them answered.
#ifndef CONCORD_RUNTIME_SERVICE_H_
#define CONCORD_RUNTIME_SERVICE_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "core/id_space.h"
#include "core/messages.h"
#include "core/ring_identity.h"
#include "runtime/codec.h"
#include "runtime/name_hash.h"

namespace grpc {
class ServerCompletionQueue;
class Service;
}  // namespace grpc

namespace concord::runtime {

class Tls;

// How many calls of peers are worked on at once; further ones are RESOURCE_EXHAUSTED at once, which
// says that we are alive. A lookup may last as long as its caller wants, the others do not.
inline constexpr int kMaxServedLookups = 1000;
inline constexpr int kMaxServedQuestions = 250;  // of each other call

// What answers. Called on the network thread; must not block. Each `answer` is called exactly once,
// from any thread.
class RingHandler {
 public:
  using FindAnswer = absl::AnyInvocable<void(const absl::StatusOr<FindResponse>&)>;
  using RingAnswer = absl::AnyInvocable<void(const std::optional<core::RingView>&)>;
  using MeetingAnswer = absl::AnyInvocable<void(const std::optional<core::Meeting>&)>;

  virtual ~RingHandler() = default;

  // `deadline`: the caller's, absl::InfiniteFuture() when it has none.
  virtual void HandleFindSuccessor(const FindRequest& request, absl::Time deadline,
                                   FindAnswer answer) = 0;
  // nullopt: not a member.
  virtual void HandleGetRing(RingAnswer answer) = 0;
  // Before each of those below; an error: it is not taken, and this is why.
  virtual absl::Status CheckRoom() const = 0;
  virtual absl::Status HandleNotify(const Server& from, std::uint64_t incarnation) = 0;
  // As HandleGetRing.
  virtual void HandleLeave(const core::Farewell& farewell, RingAnswer answer) = 0;
  // nullopt: not a member, nor about to begin a ring.
  virtual void HandleMeet(const core::Meeting& meeting, MeetingAnswer answer) = 0;
};

class Service {
 public:
  // `identity`: of our ring; of callers that say another one no call is taken. `name_hash`: what
  // the identifiers of those who name themselves must be.
  explicit Service(core::IdSpace space, core::RingIdentity identity = {}, NameHash name_hash = {});
  ~Service();

  // For the server to register.
  grpc::Service& grpc_service();

  // Takes calls from `queue` for `handler`. `tls`: null in plaintext; else who calls itself a
  // member must be it, as far as that demands it.
  void Serve(grpc::ServerCompletionQueue& queue, RingHandler& handler, const Tls* tls = nullptr);

  // Takes no more calls; what came already is still answered. Before the server shuts down.
  void StopTaking();

  // Waits until nothing of ours is left in the queue. After the server has shut down.
  void WaitUntilIdle();

 private:
  class Methods;
  class Call;
  struct Calls;

  std::unique_ptr<Methods> methods_;
  std::shared_ptr<Calls> calls_;
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_SERVICE_H_
