// Waiting for a condition in tests, without sleeping for a guessed time.

#ifndef CONCORD_TESTS_SUPPORT_EVENTUALLY_H_
#define CONCORD_TESTS_SUPPORT_EVENTUALLY_H_

#include "absl/functional/function_ref.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace concord::testing {

// Asks for `condition` every millisecond until it holds or `deadline` has
// passed; true if it held. It is asked at least once, and once more after the
// deadline, so that a machine that stalled us does not fail a test whose
// condition holds by now.
inline bool Eventually(absl::FunctionRef<bool()> condition,
                       absl::Duration deadline = absl::Seconds(30)) {
  const absl::Time until = absl::Now() + deadline;
  do {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(1));
  } while (absl::Now() < until);
  return condition();
}

}  // namespace concord::testing

#endif  // CONCORD_TESTS_SUPPORT_EVENTUALLY_H_
