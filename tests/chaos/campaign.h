// Runs the schedule against the nodes, and watches.
#ifndef CONCORD_TESTS_CHAOS_CAMPAIGN_H_
#define CONCORD_TESTS_CHAOS_CAMPAIGN_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "clients.h"
#include "crawler.h"
#include "examples/common/network.h"
#include "nodes.h"
#include "report.h"
#include "schedule.h"
#include "subject.h"

namespace concord::chaos {

class Campaign {
 public:
  struct Options {
    Nodes::Options nodes;
    Schedule::Options schedule;
    absl::Duration length;
    std::size_t rounds = 0;  // of the schedule, if that is less; 0: no limit
  };

  // How many hosts a campaign of so many nodes needs.
  static std::size_t HostsFor(std::size_t nodes) { return nodes + Spare(nodes); }

  // Both must outlive it.
  Campaign(const Options& options, Subject& subject, example::Network& network);

  // CANCELLED: interrupted. The report is of what was seen until then, also after an error.
  absl::Status Run();
  const Report& report() const { return report_; }

 private:
  static std::size_t Spare(std::size_t nodes) { return nodes / 4 > 0 ? nodes / 4 : 1; }

  absl::Status Begin();
  absl::Status RunEpisode(const Episode& episode);
  absl::Status Strike(const Episode& episode);
  absl::Status Outlast(const Episode& episode, absl::Time strike, Tally& tally);
  absl::Status Mend(const Episode& episode);
  void PickVictims(const Episode& episode);
  std::vector<std::size_t> InRingOrder() const;
  absl::Status StartAll(const std::vector<std::size_t>& nodes);
  absl::Status Roll();
  bool MayEnd(std::size_t node) const;

  // Pumps, crawls, takes samples, until `done`, or the time is over: false.
  absl::StatusOr<bool> Until(const std::function<bool()>& done, absl::Duration timeout);
  absl::Status Turn();
  // The times to an ideal ring since `begin`, in periods, go to `periods`.
  absl::Status AwaitIdeal(absl::Time begin, Tally& tally, std::vector<double>& periods,
                          std::string_view after);
  // The same until the subject has settled, in seconds.
  absl::Status AwaitSettled(absl::Time begin, Tally& tally, std::vector<double>& seconds,
                            std::string_view after);
  void End();
  void TakeSamples(bool all);
  void LookAtResources();
  void Odd(std::string what);

  // Truth follows who is up: after each change of that.
  void Retell();
  void TellClients();
  void TruthUnknown() {
    unknown_ = true;
    Retell();
  }
  void TruthKnown() {
    unknown_ = false;
    Retell();
  }

  const Options options_;
  Subject& subject_;
  example::Network& network_;
  Schedule schedule_;
  Nodes nodes_;
  Judge judge_;
  Crawler crawler_;
  std::unique_ptr<Clients> clients_;
  Report report_;
  std::vector<Sample> waiting_;       // not judged yet
  std::vector<std::size_t> victims_;  // of the episode
  std::vector<std::size_t> side_of_;  // of each node; empty: there is one side
  std::optional<Fault> during_;
  bool unknown_ = true;
  bool over_ = false;                           // the ring is ideal again
  std::vector<Entry> entries_;                  // those that truth knows
  absl::Time struck_ = absl::InfiniteFuture();  // when the fault began
  absl::Time next_crawl_, started_, next_progress_;
  std::string doing_;
};

}  // namespace concord::chaos

#endif  // CONCORD_TESTS_CHAOS_CAMPAIGN_H_
