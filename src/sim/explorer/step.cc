#include "sim/explorer/step.h"

#include "absl/strings/str_cat.h"

namespace concord::sim {
namespace {

struct Words {
  const char* name;
  const char* before;  // between node and peer
  const char* after;
};

Words WordsOf(StepKind kind) {
  switch (kind) {
    case StepKind::kJoin:
      return {"kJoin", " joins: a lookup names ", ", which it asks for its ring"};
    case StepKind::kStartJoin:
      return {"kStartJoin", " begins to join and asks a seed", ""};
    case StepKind::kSeedAnswers:
      return {"kSeedAnswers", " hears from its seed that its successor is ", ""};
    case StepKind::kSeedFails:
      return {"kSeedFails", " gets no answer from its seed", ""};
    case StepKind::kJoinRetry:
      return {"kJoinRetry", " asks its seeds again", ""};
    case StepKind::kGiveUp:
      return {"kGiveUp", " gives up joining", ""};
    case StepKind::kStabilize:
      return {"kStabilize", " stabilizes", ""};
    case StepKind::kQuestionArrives:
      return {"kQuestionArrives", " is answered by ", "; the answer is on its way"};
    case StepKind::kQuestionRefused:
      return {"kQuestionRefused", " is not answered by ", "; the news is on its way"};
    case StepKind::kAnswerArrives:
      return {"kAnswerArrives", " gets the answer of ", ""};
    case StepKind::kQuestionFails:
      return {"kQuestionFails", " learns that it gets no answer of ", ""};
    case StepKind::kTimeout:
      return {"kTimeout", " has waited too long for ", " and asks again"};
    case StepKind::kSuspect:
      return {"kSuspect", " wrongly takes ", " for dead"};
    case StepKind::kCheckPredecessor:
      return {"kCheckPredecessor", " checks its predecessor ", ""};
    case StepKind::kCheckArrives:
      return {"kCheckArrives", " is answered by its predecessor ", "; the answer is on its way"};
    case StepKind::kCheckRefused:
      return {"kCheckRefused", " is not answered by its predecessor ", "; the news is on its way"};
    case StepKind::kCheckAnswered:
      return {"kCheckAnswered", " gets the answer of its predecessor ", ""};
    case StepKind::kCheckFails:
      return {"kCheckFails", " learns that it gets no answer of its predecessor ", ""};
    case StepKind::kCheckTimeout:
      return {"kCheckTimeout", " has waited too long for its predecessor ", " and asks again"};
    case StepKind::kCheckSuspect:
      return {"kCheckSuspect", " wrongly takes its predecessor ", " for dead"};
    case StepKind::kNotified:
      return {"kNotified", " is notified by ", ""};
    case StepKind::kNotifyLost:
      return {"kNotifyLost", " will not get the notification of ", ""};
    case StepKind::kEvidence:
      return {"kEvidence", " has evidence against ", ""};
    case StepKind::kFail:
      break;
  }
  return {"kFail", " fails", ""};
}

std::string Letter(unsigned node) { return std::string(1, static_cast<char>('a' + node)); }

}  // namespace

const char* NameOf(StepKind kind) { return WordsOf(kind).name; }

std::string Describe(const Step& step) {
  const Words words = WordsOf(step.kind);
  std::string text = absl::StrCat(Letter(step.node), words.before);
  if (step.peer != 0xff) {
    absl::StrAppend(&text, Letter(step.peer), step.peer_life > 0 ? "'" : "", words.after);
  }
  return text;
}

}  // namespace concord::sim
