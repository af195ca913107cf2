#include "examples/common/stop_signals.h"

#include <pthread.h>
#include <signal.h>

#include <initializer_list>
#include <utility>

namespace concord::example {
namespace {

// Only the destructor sends it, and only to the waiting thread.
constexpr int kEndOfWait = SIGUSR1;

sigset_t SetOf(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return set;
}

}  // namespace

void StopSignals::Block() {
  const sigset_t set = SetOf({SIGINT, SIGTERM, kEndOfWait});
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

StopSignals::StopSignals(std::function<void()> on_signal)
    : on_signal_(std::move(on_signal)), thread_([this] { Wait(); }) {}

StopSignals::~StopSignals() {
  pthread_kill(thread_.native_handle(), kEndOfWait);
  thread_.join();
}

void StopSignals::Wait() {
  const sigset_t awaited = SetOf({SIGINT, SIGTERM, kEndOfWait});
  int signal = 0;
  sigwait(&awaited, &signal);
  if (signal == kEndOfWait) return;

  const sigset_t polite = SetOf({SIGINT, SIGTERM});
  pthread_sigmask(SIG_UNBLOCK, &polite, nullptr);  // the next one has its default effect
  received_ = true;
  on_signal_();
}

}  // namespace concord::example
