// A node's end of the network: its server, and the completion queue that the server and
// all outgoing calls share, polled by one thread of our own.
//
// gRPC's callback API would save this thread, but its own threads may sleep for 100 ms after an
// idle second (seen with gRPC 1.51). One queue for both ends lets a forwarded lookup run from
// request to answer on one thread.
#ifndef CONCORD_RUNTIME_NETWORK_H_
#define CONCORD_RUNTIME_NETWORK_H_

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "runtime/address.h"
#include "runtime/methods.h"

namespace grpc {
namespace experimental {
class ExternalConnectionAcceptor;
}  // namespace experimental
class Server;
class ServerCompletionQueue;
class Service;
}  // namespace grpc

namespace concord::runtime {

class Listener;
class Tls;

// What comes back from the completion queue.
class Tag {
 public:
  // `ok` as gRPC defines it for the operation that was started with this tag.
  virtual void Run(bool ok) = 0;

  // Around the way through the queue: the thread that starts an operation gives the tag away, the
  // one that polls takes it. gRPC orders the two already, but ThreadSanitizer does not see into a
  // gRPC that was built without it.
  void GiveAway() { given_.store(true, std::memory_order_release); }
  void Take() { given_.load(std::memory_order_acquire); }

 protected:
  ~Tag() = default;

 private:
  std::atomic<bool> given_{false};
};

class Network {
 public:
  Network();
  ~Network();

  // Is told of each client that speaks plaintext to TLS, or TLS to plaintext, on the listener's
  // thread.
  using OtherSpeech = std::function<void(const char* what)>;
  struct Options {
    const Tls* tls = nullptr;  // null: plaintext
    OtherSpeech other_speech = nullptr;
    // The application's own services, which are synchronous or of the callback API.
    std::vector<grpc::Service*> services = {};
    int service_threads = 2;               // for the synchronous ones, at least 2
    int max_message = kMaxTransportBytes;  // of any service, bytes
  };
  // Listens on `bind`; UNAVAILABLE with the system's reason when that cannot be. Returns the port.
  // The queue's thread runs from here on.
  absl::StatusOr<int> Start(const Address& bind, grpc::Service& ring, const Options& options);

  // Valid between Start and Stop.
  grpc::ServerCompletionQueue& queue() { return *queue_; }

  // Whether the caller is the thread that polls the queue.
  bool OnThisThread() const { return std::this_thread::get_id() == thread_id_; }

  // Closes the port. Calls in progress are given `grace` to be answered, then cancelled.
  void StopServing(absl::Duration grace);

  // Ends the thread. After StopServing, and after the last outgoing call has come back.
  void Stop();

 private:
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Listener> listener_;
  std::thread thread_;
  std::thread::id thread_id_;  // thread_ itself forgets it in join(), while others may ask
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_NETWORK_H_
