#include "sim/paper/churn.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/true_ring.h"
#include "sim/world.h"

namespace concord::sim {
namespace {

WorldOptions Options(const ChurnOptions& options) {
  WorldOptions world;
  world.seed = options.seed;
  world.member.successor_count = options.successor_count;
  world.member.stabilize_interval = options.period;
  world.member.check_predecessor_interval = options.period;
  world.member.fix_finger_interval = options.period;
  world.member.probe_interval = 4 * options.period;
  // Messages take 50 ms on average, and whoever does not answer for 500 ms is dead, as in the
  // paper.
  world.network.distribution = NetworkOptions::Latency::kExponential;
  world.network.latency = absl::Milliseconds(25);
  world.call_timeout = absl::Milliseconds(500);
  return world;
}

class Ring final : public Watcher {
 public:
  explicit Ring(const ChurnOptions& options)
      : options_(options), world_(Options(options), *this), prng_(options.seed) {
    std::vector<HostId> hosts;
    for (std::size_t i = 0; i < options.size; ++i) hosts.push_back(AddHost());
    PlaceIdealRing(world_, hosts);
  }

  Churn Run() {
    for (const std::uint64_t moment : {kJoin, kDeparture, kLookup}) Again(moment);
    while (asked_for_ < options_.lookups || !open_.empty()) world_.RunFor(absl::Seconds(1));
    return result_;
  }

 private:
  enum : std::uint64_t { kJoin, kDeparture, kLookup, kEnd };  // kEnd + host: of one that has left

  // A lookup on its way to the owner of its key.
  struct Open {
    Id id = 0;
    HostId from = 0;
    HostId by = 0;                // who named the owner
    Server asked;                 // whom we wait for
    std::optional<Server> owner;  // who owns the key if its predecessor, which we ask now, is dead
    bool asks_by = false;         // we wait for `by`, to hear who comes after `owner`
    unsigned hops = 0;
    unsigned dead = 0;
  };

  HostId AddHost() { return world_.AddHost(absl::StrCat("n", world_.hosts())); }

  HostId AnyMember() {
    for (;;) {
      const auto host = static_cast<HostId>(prng_.Below(world_.hosts()));
      if (world_.up(host) && world_.member(host).joined()) return host;
    }
  }

  // The next moment of this kind: each is a Poisson process.
  void Again(std::uint64_t moment) {
    const double rate = moment == kLookup ? 1 : options_.rate;
    const auto mean = static_cast<std::uint64_t>(1e9 / rate);
    world_.At(absl::Nanoseconds(static_cast<std::int64_t>(prng_.Exponential(mean))), moment);
  }

  void OnMoment(std::uint64_t moment) override {
    if (moment >= kEnd) return world_.Crash(static_cast<HostId>(moment - kEnd), /*silent=*/false);
    switch (moment) {
      case kJoin: {
        const HostId seed = AnyMember();  // first: compilers differ in the order of arguments
        world_.Join(AddHost(), std::vector<HostId>{seed}, absl::Minutes(1));
        break;
      }
      case kDeparture:
        if (options_.in_order) {
          world_.Leave(AnyMember(), absl::Seconds(10));
        } else {
          world_.Crash(AnyMember(), /*silent=*/false);
        }
        break;
      default:
        if (++asked_for_ > options_.lookups) return;
        Open lookup;
        lookup.id = prng_.Next();
        lookup.from = AnyMember();
        open_[asked_for_] = lookup;
        world_.Lookup(lookup.from, lookup.id, absl::Seconds(30), asked_for_);
    }
    Again(moment);
  }

  // Who has left answers the lookups that it had taken, and ends.
  void OnCommand(HostId host, core::CommandId, const absl::Status&) override {
    if (world_.member(host).leaving()) world_.At(absl::Seconds(1), kEnd + host);
  }

  void OnFound(std::uint64_t name, const Found& found) override {
    Open& lookup = open_[name];
    if (!world_.up(lookup.from)) return Forget(name);
    lookup.dead = found.failed_contacts;
    lookup.hops = found.hops;
    lookup.by = found.by;
    if (found.how != Found::How::kOwner) return Fail(name);
    if (found.owner != world_.server(TrueRing::Of(world_).Owner(lookup.id))) ++result_.stale;
    if (found.by == lookup.from && found.owner == world_.server(lookup.from)) {
      return Reach(name, found.owner);  // our own
    }
    Ask(name, found.owner);
  }

  void Ask(std::uint64_t name, const Server& server) {
    open_[name].asked = server;
    world_.Ask(open_[name].from, server, absl::Milliseconds(500), name);
  }

  void OnRing(std::uint64_t name, Outcome outcome, const core::RingView& ring) override {
    Open& lookup = open_[name];
    if (!world_.up(lookup.from)) return Forget(name);
    const bool answered = outcome == Outcome::kAnswered;
    if (lookup.asks_by) return answered ? AskNext(name, ring.successors) : Fail(name);
    if (!answered) {
      ++lookup.dead;
      if (lookup.owner) return Reach(name, *lookup.owner);  // the owner has yet to notice
      lookup.asks_by = true;
      return world_.Ask(lookup.from, world_.server(lookup.by), absl::Milliseconds(500), name);
    }
    if (world_.space().InArc(ring.predecessor.id, lookup.id, lookup.asked.id)) {
      return Reach(name, lookup.asked);
    }
    lookup.owner = lookup.asked;
    ++lookup.hops;
    Ask(name, ring.predecessor);
  }

  // The server that we asked is dead: who comes after it?
  void AskNext(std::uint64_t name, const std::vector<Server>& successors) {
    Open& lookup = open_[name];
    lookup.asks_by = false;
    for (const Server& next : successors) {
      if (!world_.space().Between(lookup.asked.id, next.id, world_.server(lookup.by).id)) continue;
      return Ask(name, next);
    }
    Fail(name);
  }

  void Reach(std::uint64_t name, const Server& owner) {
    const Open& lookup = open_[name];
    if (owner != world_.server(TrueRing::Of(world_).Owner(lookup.id))) return Fail(name);
    result_.hops.Add(lookup.hops);
    result_.dead.Add(lookup.dead);
    Forget(name);
  }

  void Fail(std::uint64_t name) {
    ++result_.failed;
    Forget(name);
  }

  void Forget(std::uint64_t name) { open_.erase(name); }

  const ChurnOptions options_;
  World world_;
  Prng prng_;
  std::size_t asked_for_ = 0;
  std::map<std::uint64_t, Open> open_;
  Churn result_;
};

// What the paper has.
struct Published {
  double rate;
  const char* hops;
  const char* dead;
  const char* failed;
};
constexpr Published kTable3[] = {{0.05, "3.90", "0.05", "0"},  {0.10, "3.83", "0.11", "0"},
                                 {0.15, "3.84", "0.16", "2"},  {0.20, "3.81", "0.23", "5"},
                                 {0.25, "3.83", "0.30", "6"},  {0.30, "3.91", "0.34", "8"},
                                 {0.35, "3.94", "0.42", "16"}, {0.40, "4.06", "0.46", "15"}};

}  // namespace

Churn LookUpDuringChurn(const ChurnOptions& options) { return Ring(options).Run(); }

Section ChurnSection(const Bench& bench) {
  // All runs at once, so that they share the threads well: those that leave, then those that die.
  const std::size_t rates = std::size(kTable3), columns = 2 * rates;
  const auto runs = bench.Map<Churn>(bench.seeds * columns, [&](std::size_t i) {
    ChurnOptions options;
    options.seed = i / columns + 1;
    options.rate = kTable3[i % rates].rate;
    options.in_order = i % columns < rates;
    return LookUpDuringChurn(options);
  });
  std::vector<std::vector<std::string>> rows, rows_of_deaths;
  std::vector<std::vector<double>> curve;
  for (std::size_t column = 0; column < columns; ++column) {
    Sample hops, dead, failed, stale;
    for (std::size_t i = column; i < runs.size(); i += columns) {
      hops.Add(runs[i].hops.Mean());
      dead.Add(runs[i].dead.Mean());
      failed.Add(static_cast<double>(runs[i].failed));
      stale.Add(static_cast<double>(runs[i].stale));
    }
    const Published& published = kTable3[column % rates];
    if (column >= rates) {
      rows_of_deaths.push_back({absl::StrFormat("%.2f", published.rate), MeanAndSpread(hops),
                                MeanAndSpread(dead), MeanAndSpread(failed, 1),
                                MeanAndSpread(stale, 0)});
      continue;
    }
    rows.push_back({absl::StrFormat("%.2f", published.rate), MeanAndSpread(hops), published.hops,
                    MeanAndSpread(dead), published.dead, MeanAndSpread(failed, 1), published.failed,
                    MeanAndSpread(stale, 0)});
    curve.push_back({published.rate, hops.Mean(), dead.Mean()});
  }
  Section section;
  section.text = absl::StrCat(
      "## Members join and leave all the time\n\nToN 2003, table III: about 1,000 members with "
      "lists "
      "of 20; joins and leaves are Poisson processes of the same rate, a second; every member "
      "stabilizes, checks its predecessor and refreshes a finger once in 15 to 45 s. Messages take "
      "50 ms on average, and silence of 500 ms is taken for a failure. ",
      Thousands(ChurnOptions().lookups),
      " lookups, one a second, from random members. Members leave in order, as in the paper. As "
      "there, a lookup succeeds when it reaches the "
      "member that owns the key at that moment: whoever is named is asked; if it is dead, the next "
      "in the list of the member that named it; if it has got a predecessor at or after the key "
      "meanwhile, that one. Failed and stale are of 10,000 lookups; \"stale\" counts those whose "
      "answer, as `Lookup` gives it, named a member that was dead, or no longer the owner.\n\n",
      Table({"rate", "hops", "paper", "dead servers met", "paper's timeouts", "failed", "paper",
             "stale"},
            rows),
      "\nThe same when they die, and tell nobody:\n\n",
      Table({"rate", "hops", "dead servers met", "failed", "stale"}, rows_of_deaths),
      "\n![During churn](paper/churn.svg)\n");
  section.plots = {{"churn.svg", "Lookups in a ring that changes all the time, 1,000 members",
                    absl::StrCat(PlotData("data", curve),
                                 "set xlabel 'joins, and leaves, a second'\nset ylabel 'servers'\n"
                                 "set key left\nset yrange [0:]\n"
                                 "plot $data using 1:2 with linespoints pt 7 title 'hops', $data "
                                 "using 1:3 with linespoints pt 5 title 'dead servers met'\n")}};
  return section;
}

}  // namespace concord::sim
