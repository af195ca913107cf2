// What was counted, and whether the bars held.
#ifndef CONCORD_TESTS_CHAOS_REPORT_H_
#define CONCORD_TESTS_CHAOS_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "faults.h"
#include "judge.h"
#include "resources.h"

namespace concord::chaos {

struct Tally {
  std::size_t episodes = 0;
  std::size_t tried = 0, answered = 0, failed = 0, wrong = 0;
  std::size_t judged = 0;                            // answered in an ideal ring
  std::vector<double> milliseconds;                  // of those answered
  std::vector<double> strike_periods, mend_periods;  // until the ring was ideal
  std::size_t not_ideal_meanwhile = 0;               // ended before the others were an ideal ring
  std::size_t never_ideal = 0;
  std::vector<double> strike_settled, mend_settled;  // seconds until the subject had settled
  std::size_t never_settled = 0;

  void Count(const Sample& sample, Verdict verdict);
};

struct Report {
  std::uint64_t seed = 0;
  std::string network;
  std::size_t nodes = 0, successors = 0;
  absl::Duration interval, took;
  std::map<std::optional<Fault>, Tally> tallies;  // nullopt: while it was quiet
  std::vector<Held> series;                       // medians of the processes that stay, while quiet
  double memory_to_fill = 0;                      // KiB that each of them may grow by
  std::size_t joins_refused = 0;
  std::size_t leaves_failed = 0;
  std::vector<std::string> oddities;      // wrong and missing answers, rings that stay wrong
  std::vector<std::string> notes, wrong;  // the subject's findings

  Tally Overall() const;
};

// Those that did not hold, in words; none: all held. `slack` widens those of time and of lookups.
std::vector<std::string> BrokenBars(const Report& report, double slack);

std::string ToTable(const Report& report);
std::string ToJson(const Report& report, const std::vector<std::string>& broken);

}  // namespace concord::chaos

#endif  // CONCORD_TESTS_CHAOS_REPORT_H_
