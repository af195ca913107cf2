// Many seeds, on all processors.
#ifndef CONCORD_SIM_PROGRAMS_CAMPAIGN_H_
#define CONCORD_SIM_PROGRAMS_CAMPAIGN_H_

#include <cstdint>
#include <optional>
#include <string>

#include "sim/run.h"
#include "sim/scenario.h"

namespace concord::sim {

struct CampaignOptions {
  Assumptions assumptions = Assumptions::kProof;
  std::string name;  // of the assumptions
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 0;
  unsigned jobs = 0;  // 0: as many as there are processors
};

struct Failure {
  std::uint64_t seed = 0;
  Verdict verdict;
};

struct CampaignResult {
  std::uint64_t seeds = 0;  // that were run
  std::uint64_t events = 0;
  std::uint64_t forgotten = 0;  // members that nobody remembered when the faults ended
  double seconds = 0;
  std::optional<Failure> failure;  // the one with the lowest seed; it ends the campaign
};

// Progress goes to stderr. Code under test that crashes ends the process with kCrashed, after the
// seeds that were running have been named.
CampaignResult RunSeeds(const CampaignOptions& options);

std::string Describe(const CampaignOptions& options, const CampaignResult& result);

}  // namespace concord::sim

#endif  // CONCORD_SIM_PROGRAMS_CAMPAIGN_H_
