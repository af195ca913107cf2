// The server's side of the wire: takes the calls of peers, has them answered.
#ifndef CONCORD_RUNTIME_SERVICE_H_
#define CONCORD_RUNTIME_SERVICE_H_

#include <memory>
#include <optional>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "core/id_space.h"
#include "core/messages.h"
#include "runtime/codec.h"

namespace grpc {
class ServerCompletionQueue;
class Service;
}  // namespace grpc

namespace concord::runtime {

class Tls;

// What answers. Called on the network thread; must not block. Each `answer` is called exactly once,
// from any thread.
class RingHandler {
 public:
  using FindAnswer = absl::AnyInvocable<void(const absl::StatusOr<FindResponse>&)>;
  using RingAnswer = absl::AnyInvocable<void(const std::optional<core::RingView>&)>;

  virtual ~RingHandler() = default;

  // `deadline`: the caller's, absl::InfiniteFuture() when it has none.
  virtual void HandleFindSuccessor(const FindRequest& request, absl::Time deadline,
                                   FindAnswer answer) = 0;
  // nullopt: not a member.
  virtual void HandleGetRing(RingAnswer answer) = 0;
  virtual absl::Status HandleNotify(const Server& from) = 0;
};

class Service {
 public:
  explicit Service(core::IdSpace space);
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
