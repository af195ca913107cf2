// Ctrl-C, and SIGTERM.
#ifndef CONCORD_EXAMPLES_COMMON_INTERRUPT_H_
#define CONCORD_EXAMPLES_COMMON_INTERRUPT_H_

namespace concord::example {

// From here on SIGINT and SIGTERM do nothing but interrupt the system call that waits, and be
// remembered. Whoever waits asks, and returns CANCELLED: so every child is ended on the way out.
void CatchInterrupts();

// The signal that came; 0: none.
int Interrupted();

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_COMMON_INTERRUPT_H_
