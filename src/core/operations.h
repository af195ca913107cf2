// What a member can be in the middle of. Each operation waits for one question at a time, and a
// member has at most one of each open.
#ifndef CONCORD_CORE_OPERATIONS_H_
#define CONCORD_CORE_OPERATIONS_H_

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "core/founders.h"
#include "core/messages.h"

namespace concord::core {

// A question to a server that is waited for.
struct Question {
  QuestionId id = 0;
  Server to;
  int timeouts = 0;  // in a row
};

struct JoinOperation {
  enum class Phase { kAskingSeed, kAskingRing, kAskingPredecessor, kAskingDuplicate, kPausing };
  std::optional<CommandId> command;  // none: a lone member that has found the others
  std::vector<std::string> seeds;
  std::vector<std::string> last_errors;  // one a seed
  absl::Duration timeout;
  absl::Duration pause;       // before the next round through the seeds
  std::size_t seed = 0;       // the one being tried
  std::size_t strangers = 0;  // seeds of this round that belong to another ring
  bool founds = false;        // when kFoundRing fires, it begins the ring anew
  bool bootstraps = false;    // if no seed lets us in, Bootstrap with them goes on
  Phase phase = Phase::kAskingSeed;
  Question question;  // none while pausing
  Server successor;   // the last that answered for our range

  // What the application is told when the time is up: each seed and its last error.
  absl::Status TimedOut() const;
  // The same when every seed belongs to another ring.
  absl::Status AllStrangers() const;

 private:
  std::string Errors() const;
};

// Asks the others of the list in turn, round after round.
struct BootstrapOperation {
  CommandId command = 0;
  Founders founders;
  absl::Duration timeout;
  absl::Duration pause;    // before the next round
  std::size_t turn = 0;    // who is being asked
  Question question = {};  // none while pausing

  // What the application is told when the time is up: who is missing, and why.
  absl::Status TimedOut(const std::string& self) const;
};

struct StabilizeOperation {
  enum class Phase { kFromSuccessor, kFromFallback, kFromPredecessor };
  Phase phase = Phase::kFromSuccessor;
  Question question;
  std::vector<Server> unreachable;  // who failed in this operation
  std::vector<Server> hints;        // whom somebody who left has named: more to fall back to
  bool changed = false;             // it has changed the successor list

  bool HasFailed(const Server& server) const {
    return std::find(unreachable.begin(), unreachable.end(), server) != unreachable.end();
  }
};

// One question to the predecessor serves both its users: CheckPredecessor, and Rectify, which has a
// notifier waiting to take its place.
struct PredecessorOperation {
  Question question;
  std::optional<Server> notifier;
};

struct FingerOperation {
  Question question;  // to nobody in particular
};

struct FingerCheckOperation {
  Question question;
};

// Asks somebody else who has our identifier which life it is.
struct RivalOperation {
  Question question;
};

// Looks for the rest of the ring: asks one remembered server after the other until one answers.
struct ProbeOperation {
  enum class Phase { kAskingOwner, kAskingCandidate };
  Phase phase = Phase::kAskingOwner;
  Question question;
  std::size_t left = 0;  // how many more may be asked
};

// Lasts until Stop: who has left goes on answering lookups.
struct LeaveOperation {
  enum class Phase { kTellingSuccessor, kTellingPredecessor, kLeft };
  CommandId command = 0;
  Phase phase = Phase::kTellingSuccessor;
  Question question;           // none when we have left
  std::vector<Server> silent;  // who did not answer
  bool owns = true;            // our range is still ours
  std::optional<Server> heir;  // who has taken it over
};

// Whether `question` is the one that the operation waits for. (0 is none.)
template <typename Operation>
bool WaitsFor(const std::optional<Operation>& operation, QuestionId question) {
  return operation && question != 0 && operation->question.id == question;
}

// Lets evidence trigger an operation at once, but not more often than the cooldown.
struct Pace {
  bool cooling = false;
  bool again = false;  // wanted while cooling, or while the operation was open

  // Whether the operation has to wait; it is remembered then.
  bool Defer(bool open) {
    if (open || cooling) again = true;
    return open || cooling;
  }
};

}  // namespace concord::core

#endif  // CONCORD_CORE_OPERATIONS_H_
