// Everything that can happen to a member.
#ifndef CONCORD_CORE_EVENTS_H_
#define CONCORD_CORE_EVENTS_H_

#include <cstddef>
#include <cstdint>
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
  kJoinRetry,            // the pause between two rounds of Join or Bootstrap through their list
  kJoinTimeout,          // Join or Bootstrap is given up
  kLeaveTimeout,         // who was not told yet that we leave has to notice
  kFoundRing,            // Join begins the ring anew
};
inline constexpr std::size_t kTimers = 10;

// --- Commands of the application ---
struct Create {
  CommandId command;
};
struct Join {
  CommandId command;
  std::vector<std::string> seeds;  // addresses; at least one
  absl::Duration timeout;
  // All members may have been stopped, and start again: when no seed has let us in and it is our
  // turn, we begin the ring anew.
  bool founds = false;
};
// With `members`, addresses of which one is ours, begin a ring as a whole.
struct Bootstrap {
  CommandId command;
  std::vector<std::string> members;
  absl::Duration timeout;
};
struct Leave {
  CommandId command;
  absl::Duration timeout;
};
struct Stop {};

// --- Questions of peers ---
struct GetRing {
  CallId call;
};
struct Notify {
  Server from;
  std::uint64_t incarnation = 0;  // 0: not said
};
struct PeerLeaves {
  CallId call;
  Farewell farewell;
};
struct PeerMeets {
  CallId call;
  Meeting meeting;
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
struct MeetingAnswer {
  QuestionId question;
  Meeting meeting;
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

using Event = std::variant<Create, Join, Leave, Stop, GetRing, Notify, PeerLeaves, RingAnswer,
                           SuccessorAnswer, QuestionFailed, Evidence, TimerFired, Bootstrap,
                           PeerMeets, MeetingAnswer>;

}  // namespace concord::core

#endif  // CONCORD_CORE_EVENTS_H_
