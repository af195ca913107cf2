// Any store takes any request: it looks up who owns the key and passes the request on to that one,
// and on again to whom that one names, until there is an answer or the deadline has come.
#ifndef CONCORD_EXAMPLES_KV_GATEWAY_H_
#define CONCORD_EXAMPLES_KV_GATEWAY_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "examples/kv/coordinator.h"
#include "examples/kv/holding.h"
#include "kv.pb.h"

namespace kv {

// INVALID_ARGUMENT if it is none, or its key or value is too long.
absl::Status Check(const wire::Execute& operation);

// Used by one thread.
class Gateway {
 public:
  Gateway(Holding& holding, Coordinator& coordinator)
      : holding_(holding), coordinator_(coordinator) {}

  // `done` gets the result, or what to do next: see service Kv.
  using Done = std::function<void(const absl::StatusOr<wire::Executed>&)>;
  void Execute(wire::Execute operation, absl::Time deadline, Done done);
  // From now on requests are UNAVAILABLE, and those that wait soon are.
  void Stop() { stopped_ = true; }

 private:
  struct Request;
  using RequestPtr = std::shared_ptr<Request>;

  void LookUp(const RequestPtr& request);
  void Pass(const RequestPtr& request, const concord::Server& owner);
  void OnResponse(const RequestPtr& request, const concord::Server& owner,
                  absl::StatusOr<wire::PeerResponse> response);
  void Later(const RequestPtr& request);
  void End(const RequestPtr& request, const absl::StatusOr<wire::Executed>& result);

  Holding& holding_;
  Coordinator& coordinator_;
  std::size_t running_ = 0;
  bool stopped_ = false;
};

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_GATEWAY_H_
