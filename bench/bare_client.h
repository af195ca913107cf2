// Who asks a BareServer.
#ifndef CONCORD_BENCH_BARE_CLIENT_H_
#define CONCORD_BENCH_BARE_CLIENT_H_

#include <memory>
#include <string>

#include "concord/types.h"
#include "measure.h"

namespace concord::bench {

// How the calls are made. Each is given a deadline, as every call that is meant to end has.
enum class BareStyle {
  kAsync,    // a completion, on the client's own thread, makes the next call
  kWait,     // the calling thread sleeps until the completion wakes it
  kBlocking  // gRPC's blocking stub: the calling thread itself polls for the answer
};

// The generated stub, a channel with the arguments that a node gives its own, a completion queue
// with one thread, and requests, responses and contexts that are used again and again.
class BareClient {
 public:
  // The answers must name `owner`.
  BareClient(const std::string& address, const Server& owner);
  ~BareClient();

  // To be destroyed before the client, and after its last call has come back.
  std::unique_ptr<Caller> MakeCaller(BareStyle style);

 private:
  class Connection;
  class Question;
  class AsyncCaller;
  class WaitCaller;
  class BlockingCaller;
  std::unique_ptr<Connection> connection_;
};

}  // namespace concord::bench

#endif  // CONCORD_BENCH_BARE_CLIENT_H_
