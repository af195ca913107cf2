// A whole ring under a schedule of joins, failures and bad networks (see schedule_program.h), run
// in the simulator: what its assumptions promise must hold after every event, and, but for the
// harsh, the ring must heal.
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "check.h"
#include "schedule_program.h"
#include "sim/run.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using concord::sim::Assumptions;
  using concord::sim::Verdict;
  // Longer ones say nothing more: the fuzzer is not to keep them.
  if (size >
      concord::fuzz::kHeadBytes + concord::fuzz::kMostRecords * concord::fuzz::kRecordBytes) {
    return -1;
  }
  const auto scenario = concord::fuzz::ReadSchedule(concord::fuzz::Input(data, size));
  concord::sim::Run run(scenario);
  const Verdict verdict = run.Go();
  const bool may_stay_apart = scenario.assumptions == Assumptions::kHarsh;
  if (verdict.kind == Verdict::Kind::kPassed ||
      (may_stay_apart && verdict.kind == Verdict::Kind::kNotHealed)) {
    return 0;
  }
  std::fprintf(stderr, "%s\n", Describe(scenario).c_str());
  for (const auto& action : scenario.actions) {
    std::fprintf(stderr, "  %s\n", Describe(action).c_str());
  }
  std::fprintf(stderr, "the ring at the end:\n%s", run.Explain().c_str());
  concord::fuzz::Check(false, "a ring keeps its promises", Describe(verdict));
  return 0;
}
