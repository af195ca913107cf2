// The same two contenders as they are deployed: every node, client and server in a process of its
// own, so that each process has one thread that waits for the network.
#ifndef CONCORD_BENCH_APART_H_
#define CONCORD_BENCH_APART_H_

#include "child.h"
#include "measure.h"

namespace concord::bench {

// Forks: to be made before this process has a second thread.
class Apart {
 public:
  Apart();

  Caller& bare() { return bare_; }
  Caller& lookup() { return lookup_; }

 private:
  Child bare_server_;
  Child bare_client_;
  Child third_node_;
  Child second_node_;
  Child first_node_;
  RemoteCaller bare_{bare_client_, {&bare_client_, &bare_server_}};
  RemoteCaller lookup_{first_node_, {&first_node_, &second_node_, &third_node_}};
};

}  // namespace concord::bench

#endif  // CONCORD_BENCH_APART_H_
