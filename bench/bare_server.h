// What a one-hop lookup is compared with: the same messages, carried by nothing but gRPC.
#ifndef CONCORD_BENCH_BARE_SERVER_H_
#define CONCORD_BENCH_BARE_SERVER_H_

#include <memory>
#include <string>

#include "concord/types.h"

namespace concord::bench {

// Answers every FindSuccessor with the same owner: the generated service, a completion queue with
// one thread of its own, a pool of calls that are used again and again.
class BareServer {
 public:
  explicit BareServer(const Server& owner);
  ~BareServer();
  const std::string& address() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace concord::bench

#endif  // CONCORD_BENCH_BARE_SERVER_H_
