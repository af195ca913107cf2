#include "sim/paper/recovery.h"

#include "absl/strings/str_cat.h"
#include "sim/paper/section.h"
#include "sim/true_ring.h"

namespace concord::sim {
namespace {

constexpr absl::Duration kStep = absl::Milliseconds(100);
constexpr absl::Duration kLimit = absl::Minutes(2);

}  // namespace

std::vector<HostId> PlaceRing(World& world, std::size_t size) {
  std::vector<HostId> hosts;
  for (std::size_t i = 0; i < size; ++i) hosts.push_back(world.AddHost(absl::StrCat("n", i)));
  PlaceIdealRing(world, hosts);
  return hosts;
}

Periods PeriodsUntilIdeal(World& world) {
  const Nanos begin = world.now();
  while (!IsIdeal(world)) {
    if (world.now() - begin >= ToNanos(kLimit)) return std::nullopt;
    world.RunFor(kStep);
  }
  return absl::FDivDuration(absl::Nanoseconds(world.now() - begin),
                            world.options().member.stabilize_interval);
}

std::string Show(const std::vector<Periods>& runs) {
  Sample periods;
  for (const Periods& run : runs) {
    if (run) periods.Add(*run);
  }
  if (periods.size() == 0) return "never";
  if (periods.size() == runs.size()) return MeanAndSpread(periods, 1);
  return absl::StrCat(MeanAndSpread(periods, 1), ", in ", periods.size(), " of ", runs.size());
}

}  // namespace concord::sim
