// A completion queue of gRPC and the thread that polls it.
#ifndef CONCORD_BENCH_COMPLETIONS_H_
#define CONCORD_BENCH_COMPLETIONS_H_

#include <grpcpp/completion_queue.h>

namespace concord::bench {

class Tag {
 public:
  virtual void Run(bool ok) = 0;

 protected:
  ~Tag() = default;
};

// Until the queue is shut down and empty.
inline void Poll(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok)) static_cast<Tag*>(tag)->Run(ok);
}

}  // namespace concord::bench

#endif  // CONCORD_BENCH_COMPLETIONS_H_
