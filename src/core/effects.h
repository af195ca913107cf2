// Everything that a member wants done. Its shell carries the effects of an event out in their
// order.
#ifndef CONCORD_CORE_EFFECTS_H_
#define CONCORD_CORE_EFFECTS_H_

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "core/events.h"
#include "core/messages.h"
#include "core/routing_table.h"

namespace concord::core {

// Ask `to` for its ring; come back with RingAnswer or QuestionFailed.
struct AskRing {
  QuestionId question;
  Server to;
};

// Ask the member at address `seed`, of which only that may be known, for the owner of `id`; come
// back with SuccessorAnswer or QuestionFailed.
struct AskSeed {
  QuestionId question;
  std::string seed;
  Id id;
  std::string name = {};  // of the member that is to be there; empty: not known
};

// Look the owner of `id` up by our own routing table; come back like AskSeed.
struct FindSuccessor {
  QuestionId question;
  Id id;
};

// Tell `to` that we believe to be its predecessor. A failure comes back as Evidence.
struct SendNotify {
  Server to;
};

// Tell `to` that we leave; come back like AskRing, with its ring as that is without us.
struct SendFarewell {
  QuestionId question;
  Server to;
  Farewell farewell;
};

// Tell the node at this address, of which only that may be known, how far we are with Bootstrap;
// come back with MeetingAnswer or QuestionFailed.
struct SendMeeting {
  QuestionId question;
  std::string to;
  Meeting meeting;
};

// Answer a peer that begins a ring. nullopt: we neither do nor are a member.
struct AnswerMeeting {
  CallId call;
  std::optional<Meeting> meeting;
};

// Answer a peer's GetRing, or its farewell. nullopt: we are not a member.
struct AnswerRing {
  CallId call;
  std::optional<RingView> ring;
};

// Deliver TimerFired{timer} after `delay`; an earlier setting of the same timer is replaced.
struct SetTimer {
  Timer timer;
  absl::Duration delay;
  bool jittered = true;  // spread by ±50 %, so that members never beat together
};

// From now on route by `table`; null: we are not a member. Always the first effect of its event, so
// that nobody hears of a change before it can be seen.
struct PublishRouting {
  std::shared_ptr<const RoutingTable> table;
};

// Tell the application.
struct TellRange {
  RangeChange change;
};

// Tell the application who comes after us now, nearest first.
struct TellSuccessors {
  std::vector<Server> successors;
};

// The Create, Join, Bootstrap or Leave command has ended.
struct CommandFinished {
  CommandId command;
  absl::Status status;
};

// Something that a reader of the log wants to know. Nothing follows from it.
enum class Moment {
  kCreated,
  kBootstrapped,  // server: our successor
  kJoined,        // server: our successor
  kLeaving,
  kHandedOver,  // server: who has taken over our range
  kLeft,
  kReplaced,  // server: who has our identifier now, and is the newer
  kStopped,
  kPredecessorChanged,  // server: the new one, old: the one before
  kPredecessorFailed,   // server: the dead
  kSuccessorChanged,    // server: the new first one, old: the one before, or empty
  kSuccessorFailed,     // server: the dead
  kAlone,               // nobody that we knew answers
  kNearerFound,         // server: found by a probe, between us and our head
  kFingerDropped,       // server: the finger
  kJoinRetry,           // server: the seed that was tried, note: why it did not let us in
  kStabilizing,         // server: whom we ask
  kNotified,            // server: who notified us
  kPeerLeft,            // server: who told us that it leaves
};
struct Trace {
  Moment moment;
  Server server;
  Server old;
  std::string note;
};

using Effect = std::variant<AskRing, AskSeed, FindSuccessor, SendNotify, SendFarewell, AnswerRing,
                            SetTimer, PublishRouting, TellRange, TellSuccessors, CommandFinished,
                            Trace, SendMeeting, AnswerMeeting>;
using Effects = std::vector<Effect>;

}  // namespace concord::core

#endif  // CONCORD_CORE_EFFECTS_H_
