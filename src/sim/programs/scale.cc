#include "sim/programs/scale.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sim/ring_checker.h"
#include "sim/true_ring.h"
#include "sim/world.h"

namespace concord::sim {
namespace {

using Clock = std::chrono::steady_clock;

double PeakBytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

class Scale final : public Watcher {
 public:
  explicit Scale(const ScaleOptions& options)
      : options_(options), before_(PeakBytes()), world_(WorldOptions(), *this) {
    for (std::size_t i = 0; i < options.nodes; ++i) world_.AddHost(absl::StrCat("n", i));
  }

  bool KeepUp() {
    std::vector<HostId> hosts(options_.nodes);
    for (HostId host = 0; host < hosts.size(); ++host) hosts[host] = host;
    PlaceIdealRing(world_, hosts);
    if (options_.check) {
      checker_.emplace(world_, true);
      for (const HostId host : hosts) checker_->OnRouting(host, world_.routing(host));
    }
    begin_ = Clock::now();
    for (unsigned minute = 0; minute < options_.minutes; ++minute) {
      world_.RunFor(absl::Minutes(1));
      Say();
    }
    return Tell("kept up", absl::Minutes(options_.minutes));
  }

  // Every tenth of a second one member in a hundred lets another one in.
  bool Grow() {
    begin_ = Clock::now();
    world_.Create(0);
    for (HostId next = 1; next < options_.nodes;) {
      const HostId end = std::min<HostId>(next + 1 + next / 100, options_.nodes);
      for (; next < end; ++next) {
        world_.Join(next, {static_cast<HostId>(prng_.Below(next))}, absl::Minutes(10));
      }
      world_.RunFor(absl::Milliseconds(100));
      Say();
    }
    const Nanos all_started = world_.now();
    while (!AllIn() && world_.now() - all_started < ToNanos(absl::Hours(1))) {
      world_.RunFor(absl::Seconds(1));
      Say();
    }
    return Tell("grew from one member to ideal", absl::Nanoseconds(world_.now()));
  }

 private:
  bool WatchesLists() const override { return options_.check; }
  void OnRouting(HostId host, const core::RoutingTable* table) override {
    if (checker_) checker_->OnRouting(host, table);
  }
  void OnListSent(std::uint32_t call, HostId reader, const core::SuccessorList& list) override {
    checker_->OnListSent(call, reader, list);
  }
  void OnListGone(std::uint32_t call) override { checker_->OnListGone(call); }
  void OnDone(HostId) override {
    if (checker_) checker_->Check();
  }

  bool AllIn() const { return TrueRing::Of(world_).size() == options_.nodes && IsIdeal(world_); }
  double Seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }
  void Say() {
    if (Seconds() - said_ < 2) return;
    said_ = Seconds();
    std::fprintf(stderr, "%s virtual seconds, %.1f million protocol events, %.0f s\n",
                 absl::StrCat(world_.now() / 1'000'000'000).c_str(),
                 static_cast<double>(world_.protocol_events()) / 1e6, said_);
  }
  bool Tell(const char* what, absl::Duration time) const {
    const double seconds = Seconds();
    const bool ideal = AllIn() && (!checker_ || checker_->violation().empty());
    const auto events = static_cast<double>(world_.protocol_events());
    std::printf(
        "%zu nodes %s in %s of virtual time%s: %.0f protocol events in %.1f s, %.2f million a "
        "second, %.0f bytes a node at most; %s\n",
        options_.nodes, what, absl::FormatDuration(time).c_str(),
        options_.check ? ", checked after every event" : "", events, seconds,
        events / 1e6 / seconds, (PeakBytes() - before_) / static_cast<double>(options_.nodes),
        ideal ? "ideal" : "NOT IDEAL");
    return ideal;
  }

  const ScaleOptions options_;
  const double before_;
  World world_;
  std::optional<RingChecker> checker_;
  Prng prng_{1};
  Clock::time_point begin_;
  double said_ = 0;
};

}  // namespace

bool MeasureScale(const ScaleOptions& options) {
  Scale scale(options);
  return options.grow ? scale.Grow() : scale.KeepUp();
}

}  // namespace concord::sim
