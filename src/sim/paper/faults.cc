#include "sim/paper/faults.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/true_ring.h"
#include "sim/world.h"

namespace concord::sim {
namespace {

constexpr HostId kSize = 16;
constexpr std::size_t kRunsOfASeed = 10;

class Ring final : private Watcher {
 public:
  explicit Ring(std::uint64_t seed) : prng_(Scramble(seed)), world_(Options(seed), *this) {
    PlaceRing(world_, kSize);
    world_.RunFor(absl::Milliseconds(static_cast<std::int64_t>(3000 + prng_.Below(1000))));
  }

  Periods After(RingFault fault) {
    switch (fault) {
      case RingFault::kKill:
        Kill(Neighbours(2), /*silent=*/false);
        break;
      case RingFault::kLeave:
        for (const HostId host : Neighbours(2)) world_.Leave(host, absl::Seconds(10));
        break;
      case RingFault::kSilence:
        Kill(Neighbours(1), /*silent=*/true);
        break;
      case RingFault::kReturn: {
        const std::vector<HostId> victims = Neighbours(2);
        Kill(victims, /*silent=*/false);
        if (!PeriodsUntilIdeal(world_)) return std::nullopt;
        for (const HostId host : victims) StartAgain(host);
        return UntilAllAreIn();
      }
      case RingFault::kElsewhere: {
        const std::vector<HostId> victims = Neighbours(1);
        Kill(victims, /*silent=*/false);
        world_.Move(victims[0]);
        StartAgain(victims[0]);
        return UntilAllAreIn();
      }
      case RingFault::kSplit2:
        Split(2);
        break;
      case RingFault::kSplit3:
        Split(3);
        break;
    }
    return PeriodsUntilIdeal(world_);
  }

 private:
  static WorldOptions Options(std::uint64_t seed) {
    WorldOptions options;
    options.seed = seed;
    return options;
  }

  // Who leaves has a second for the lookups that it had taken.
  void OnCommand(HostId host, core::CommandId, const absl::Status&) override {
    if (world_.member(host).leaving()) world_.At(absl::Seconds(1), host);
  }
  void OnMoment(std::uint64_t host) override {
    world_.Crash(static_cast<HostId>(host), /*silent=*/false);
  }

  std::vector<HostId> Neighbours(std::size_t count) {
    const TrueRing ring = TrueRing::Of(world_);
    const std::size_t first = prng_.Below(kSize);
    std::vector<HostId> hosts;
    for (std::size_t i = 0; i < count; ++i) hosts.push_back(ring.at((first + i) % kSize));
    return hosts;
  }
  void Kill(const std::vector<HostId>& hosts, bool silent) {
    for (const HostId host : hosts) world_.Crash(host, silent);
  }
  void StartAgain(HostId host) {
    world_.Restart(host);
    world_.Join(host, {(host + 5) % kSize, (host + 9) % kSize}, absl::Minutes(1));
  }
  // (While they are not, those who are in the ring may be an ideal one.)
  Periods UntilAllAreIn() {
    const Nanos begin = world_.now();
    while (TrueRing::Of(world_).size() < kSize) {
      if (world_.now() - begin > ToNanos(absl::Minutes(1))) return std::nullopt;
      world_.RunFor(absl::Milliseconds(100));
    }
    const Periods rest = PeriodsUntilIdeal(world_);
    if (!rest) return std::nullopt;
    return absl::FDivDuration(absl::Nanoseconds(world_.now() - begin),
                              world_.options().member.stabilize_interval);
  }
  // For as long as there.
  void Split(std::size_t parts) {
    std::vector<std::uint8_t> sides(kSize);
    for (std::uint8_t& side : sides) side = static_cast<std::uint8_t>(prng_.Below(parts));
    world_.network().Partition(std::move(sides), /*one_way=*/false);
    world_.RunFor(absl::Seconds(static_cast<std::int64_t>(prng_.Between(5, 20))));
    world_.network().Reconnect();
  }

  Prng prng_;
  World world_;
};

struct Row {
  RingFault fault;
  const char* name;
};
constexpr Row kRows[] = {
    {RingFault::kKill, "two neighbours killed, to an ideal ring of the others"},
    {RingFault::kLeave, "two neighbours leave at once, to the same"},
    {RingFault::kSilence, "one falls silent for ever, to the same"},
    {RingFault::kReturn, "the two killed start again, to an ideal ring of all"},
    {RingFault::kElsewhere, "one dies, and starts again at another address, to the same"},
    {RingFault::kSplit2, "split in two for 5 to 20 periods, from its end to one ring"},
    {RingFault::kSplit3, "split in three, the same"},
};

}  // namespace

Periods PeriodsAfter(RingFault fault, std::uint64_t seed) { return Ring(seed).After(fault); }

Section FaultsSection(const Bench& bench) {
  std::vector<std::vector<std::string>> rows;
  for (const Row& row : kRows) {
    const std::vector<Periods> runs =
        bench.Map<Periods>(bench.seeds * kRunsOfASeed,
                           [&](std::size_t seed) { return PeriodsAfter(row.fault, seed + 1); });
    Sample periods;
    std::size_t never = 0;
    for (const Periods& run : runs) run ? periods.Add(*run) : static_cast<void>(++never);
    rows.push_back({row.name, absl::StrFormat("%.1f", periods.Percentile(50)),
                    absl::StrFormat("%.1f", periods.Percentile(100)), absl::StrCat(never)});
  }
  Section section;
  section.text = absl::StrCat(
      "## The faults of resilience.md\n\nNot in the papers: what [resilience.md](resilience.md) "
      "does to processes, on ",
      kSize, " members that know three successors, ", bench.seeds * kRunsOfASeed,
      " times each. In stabilize periods (1 s; a probe every 4 s; messages take 5 to 10 ms; looked "
      "at every 100 ms).\n\n",
      Table({"fault", "median", "longest", "not within two minutes"}, rows));
  return section;
}

}  // namespace concord::sim
