// The floor under any call: messages of the same size over a loopback connection, nothing else.
#ifndef CONCORD_BENCH_TCP_ECHO_H_
#define CONCORD_BENCH_TCP_ECHO_H_

#include <deque>
#include <thread>

#include "measure.h"

namespace concord::bench {

// Two threads with an epoll each, as a client and a server would have them, and one connection.
class TcpEcho final : public Caller {
 public:
  TcpEcho();
  ~TcpEcho() override;

  std::vector<double> Call(int outstanding, Clock::duration how_long) override;

 private:
  void Send(int messages);
  void Receive();  // the client's thread
  void Echo();     // the server's thread

  int client_ = -1;
  int server_ = -1;
  CallLog log_;
  std::deque<Clock::time_point> sent_;  // of the messages in flight; answered in order
  std::thread receiver_;
  std::thread echoer_;
};

}  // namespace concord::bench

#endif  // CONCORD_BENCH_TCP_ECHO_H_
