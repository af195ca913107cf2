// SIGINT and SIGTERM, the polite requests to end.
#ifndef CONCORD_EXAMPLES_COMMON_STOP_SIGNALS_H_
#define CONCORD_EXAMPLES_COMMON_STOP_SIGNALS_H_

#include <atomic>
#include <functional>
#include <thread>

namespace concord::example {

// Waits for the first of them on a thread of its own, so that what it calls is bound by none of the
// rules for signal handlers. A second one ends the process at once, for those in a hurry.
class StopSignals {
 public:
  // Makes this thread, and those that it starts from now on, leave the signals to us. Call it
  // before any other thread exists. Signals that come before the constructor are not lost.
  static void Block();

  explicit StopSignals(std::function<void()> on_signal);
  ~StopSignals();  // waits for on_signal if that runs
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  bool received() const { return received_; }

 private:
  void Wait();

  const std::function<void()> on_signal_;
  std::atomic<bool> received_ = false;
  std::thread thread_;
};

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_COMMON_STOP_SIGNALS_H_
