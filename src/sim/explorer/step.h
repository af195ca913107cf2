// What can happen next in a ring that is explored.
#ifndef CONCORD_SIM_EXPLORER_STEP_H_
#define CONCORD_SIM_EXPLORER_STEP_H_

#include <cstdint>
#include <string>

namespace concord::sim {

enum class StepKind : std::uint8_t {
  kJoin,              // node asks to join and a lookup names `peer` as its successor
  kStartJoin,         // node asks to join; its seed has not answered yet
  kSeedAnswers,       // the lookup of node's seed names `peer`
  kSeedFails,         // node's seed does not answer
  kJoinRetry,         // the pause between two rounds through the seeds is over
  kGiveUp,            // node's join times out
  kStabilize,         // the tick of node's Stabilize
  kQuestionArrives,   // node's question is answered by whom it asked
  kQuestionRefused,   // node's question meets no member
  kAnswerArrives,     // the answer to node's question
  kQuestionFails,     // the news that nobody answers node's question
  kTimeout,           // node's question or its answer is late: it asks again
  kSuspect,           // two timeouts in a row, of somebody alive
  kCheckPredecessor,  // the tick of node's CheckPredecessor; with its result, unless taken apart
  kCheckArrives,      // its question is answered
  kCheckRefused,      // its question meets no member
  kCheckAnswered,     // its answer arrives
  kCheckFails,        // the news that nobody answers it
  kCheckTimeout,      // it, or its answer, is late: asked again
  kCheckSuspect,      // two timeouts in a row, of a predecessor that lives
  kNotified,          // a Notify of `peer` arrives at node
  kNotifyLost,        // a Notify of `peer` to node will not arrive any more
  kEvidence,          // some call from node to `peer`, which is dead, has failed
  kFail,              // node fails
};

struct Step {
  StepKind kind;
  std::uint8_t node;
  std::uint8_t peer = 0xff;  // a node; 0xff: of no meaning
  std::uint8_t peer_life = 0;
};

// The name of `kind` in the source: "kStabilize".
const char* NameOf(StepKind kind);

// One line for people. Nodes are letters: "c fails".
std::string Describe(const Step& step);

}  // namespace concord::sim

#endif  // CONCORD_SIM_EXPLORER_STEP_H_
