#include "examples/common/interrupt.h"

#include <signal.h>

namespace concord::example {
namespace {

volatile sig_atomic_t caught = 0;

}  // namespace

void CatchInterrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int signal) { caught = signal; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int Interrupted() { return caught; }

}  // namespace concord::example
