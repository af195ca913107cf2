// One run of a scenario: faults, with what must hold checked after every event; then they end, and
// the ring has to become ideal and answer every lookup rightly.
#ifndef CONCORD_SIM_RUN_H_
#define CONCORD_SIM_RUN_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "sim/ring_checker.h"
#include "sim/scenario.h"
#include "sim/told_checker.h"
#include "sim/true_ring.h"
#include "sim/world.h"

namespace concord::sim {

struct Verdict {
  enum class Kind {
    kPassed,
    kUnsafe,     // an invariant was broken
    kNotHealed,  // the ring did not become ideal in time, or lookups were wrong then
  };
  Kind kind = Kind::kPassed;
  std::string what;          // what went wrong
  absl::Duration when;       // in virtual time
  std::uint64_t events = 0;  // protocol events
  std::uint64_t trace_hash = 0;
  absl::Duration healing;     // from the end of the faults to the ideal ring
  std::size_t forgotten = 0;  // members whom nobody remembered then: they were made to join again
};

// In words: "broken at 12.3s: ...".
std::string Describe(const Verdict& verdict);

class Run final : public Watcher {
 public:
  explicit Run(const Scenario& scenario);

  // Also hears everything, and may look at world() meanwhile. To be set before Go.
  void AddListener(Watcher& listener) { listeners_.push_back(&listener); }
  // To the end, or to what goes wrong first.
  Verdict Go();

  const World& world() const { return world_; }
  std::string Explain() const { return sim::Explain(world_); }

 private:
  void OnEvent(HostId host, const core::Event& event) override;
  void OnDone(HostId host) override;
  void OnRouting(HostId host, const core::RoutingTable* table) override;
  bool WatchesLists() const override { return scenario_.assumptions != Assumptions::kHarsh; }
  void OnListSent(std::uint32_t call, HostId reader, const core::SuccessorList& list) override;
  void OnListGone(std::uint32_t call) override;
  void OnRangeChange(HostId host, const RangeChange& change) override;
  void OnSuccessorsChange(HostId host, const std::vector<Server>& successors) override;
  void OnCommand(HostId host, core::CommandId command, const absl::Status& status) override;
  void OnTrace(HostId host, const core::Trace& trace) override;
  void OnFound(std::uint64_t lookup, const Found& found) override;
  void OnMoment(std::uint64_t moment) override;

  bool RunUntil(Nanos end);
  void Do(const Action& action);
  void RestartAll();
  void EndIfLeft(HostId host);
  void Join(HostId host, std::uint64_t detail);
  std::optional<HostId> TwinOf(HostId host) const;
  void GiveWay(HostId host);
  bool EndFaults();
  void StopForgotten();
  bool BecomeIdeal();
  bool LookUpFromEverywhere();
  void ComeToRest();
  void Fail(Verdict::Kind kind, std::string what);
  // What a check returns: what is wrong, or nothing.
  void Require(std::string broken) {
    if (!broken.empty()) Fail(Verdict::Kind::kUnsafe, std::move(broken));
  }

  const Scenario& scenario_;
  std::vector<Watcher*> listeners_;
  World world_;
  std::optional<RingChecker> checker_;
  std::vector<bool> wanted_;  // hosts that are to be members when all has healed
  ToldChecker told_;
  std::vector<Id> sought_;  // by the lookups at the end
  std::size_t found_ = 0;
  // Since it was looked who knows whom, a member has given way to another of its name, who may have
  // been all that others knew, or has begun a ring of its own.
  bool regroup_ = false;
  bool at_rest_ = false;  // from now on no pointer and no finger may change
  Verdict verdict_;
  bool failed_ = false;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_RUN_H_
