// Everything that can happen to a member.
#ifndef CONCORD_CORE_EVENTS_H_
#define CONCORD_CORE_EVENTS_H_

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "concord/types.h"
#include "core/messages.h"

namespace concord::core {

enum class Timer {
  kStabilize,            // the period of Stabilize
  kStabilizeCooldown,    // evidence may trigger Stabilize again
  kCheckPredecessor,     // the period of CheckPredecessor
  kPredecessorCooldown,  // evidence may trigger CheckPredecessor again
  kFixFinger,            // the period of FixFinger
  kProbe,                // the period of Probe
  kJoinRetry,            // the pause between two rounds of Join through the seeds
  kJoinTimeout,          // Join is given up
};
inline constexpr std::size_t kTimers = 8;

// --- Commands of the application ---
struct Create {
  CommandId command;
};
struct Join {
  CommandId command;
  std::vector<std::string> seeds;  // addresses; at least one
  absl::Duration timeout;
};
struct Stop {};

// --- Questions of peers ---
struct GetRing {
  CallId call;
};
struct Notify {
  Server from;
};

// --- What came of our own questions ---
struct RingAnswer {
  QuestionId question;
  RingView ring;
};
struct SuccessorAnswer {
  QuestionId question;
  Server successor;
};
struct QuestionFailed {
  QuestionId question;
  Failure failure;
  std::string reason;  // for people
};

// A call that was not one of our questions (a lookup, a Notify) failed: evidence against the
// server.
struct Evidence {
  Server suspect;
  Failure failure = Failure::kUnreachable;
};

struct TimerFired {
  Timer timer;
};

using Event = std::variant<Create, Join, Stop, GetRing, Notify, RingAnswer, SuccessorAnswer,
                           QuestionFailed, Evidence, TimerFired>;

}  // namespace concord::core

#endif  // CONCORD_CORE_EVENTS_H_
