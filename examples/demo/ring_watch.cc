#include "examples/demo/ring_watch.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "examples/demo/ring_poller.h"

namespace concord::example {
namespace {

constexpr absl::Duration kPeriod = absl::Milliseconds(20);
constexpr absl::Duration kCallTimeout = absl::Milliseconds(250);
constexpr absl::Duration kPatience = absl::Seconds(20);

std::string ToText(const Neighbours& neighbours) {
  const auto name = [](std::string* out, const Server& server) { *out += server.name; };
  return absl::StrCat("predecessor ", neighbours.predecessor.name, ", successors ",
                      absl::StrJoin(neighbours.successors, " ", name));
}

}  // namespace

absl::StatusOr<absl::Duration> RingWatch::UntilIdeal(const Oracle& oracle, absl::Time start,
                                                     const Cluster::OnOutput& on_output) {
  std::vector<std::string> addresses;
  for (const Server& member : oracle.members()) addresses.push_back(member.address);

  RingPoller poller;
  for (;;) {
    const absl::Time next = absl::Now() + kPeriod;
    const Answers answers = poller.Ask(addresses, kCallTimeout);
    const absl::Duration elapsed = absl::Now() - start;

    std::size_t right = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) right += IsRight(oracle, i, answers);
    if (right == answers.size()) return elapsed;
    if (elapsed > kPatience) return absl::DeadlineExceededError(Explain(oracle, answers));

    screen_.Status(
        absl::StrCat("   ", right, " of ", answers.size(), " nodes know their true neighbours"));
    const absl::Status s = cluster_.PumpUntil([] { return false; }, next - absl::Now(), on_output);
    if (!absl::IsDeadlineExceeded(s)) return s;
  }
}

bool RingWatch::IsRight(const Oracle& oracle, std::size_t i, const Answers& answers) const {
  return answers[i].ok() && *answers[i] == oracle.NeighboursOf(oracle.members()[i].id, successors_);
}

std::string RingWatch::Explain(const Oracle& oracle, const Answers& answers) const {
  std::string text =
      absl::StrCat("the ring is not ideal after ", absl::FormatDuration(kPatience), ":");
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (IsRight(oracle, i, answers)) continue;
    const Server& member = oracle.members()[i];
    absl::StrAppend(&text, "\n  ", member.name, " says: ",
                    answers[i].ok() ? ToText(*answers[i]) : answers[i].status().ToString(),
                    "\n    it should say: ", ToText(oracle.NeighboursOf(member.id, successors_)));
  }
  return text;
}

}  // namespace concord::example
