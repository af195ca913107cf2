#include "campaign.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "examples/common/interrupt.h"

namespace concord::chaos {
namespace {

constexpr absl::Duration kCallTimeout = absl::Milliseconds(500);
constexpr std::size_t kMostOddities = 200;

// Longer than any bar; what is not ideal by then never becomes so.
absl::Duration Patience(absl::Duration interval) {
  return std::max(60 * interval, absl::Seconds(30));
}
// The same for the subject.
constexpr absl::Duration kLongestSettling = absl::Minutes(2);
constexpr absl::Duration kBetweenLooks = absl::Milliseconds(100);

bool IsSplit(Fault fault) { return fault == Fault::kSplit2 || fault == Fault::kSplit3; }
bool Tears(Fault fault) { return IsSplit(fault) || fault == Fault::kFull; }

}  // namespace

Campaign::Campaign(const Options& options, Subject& subject, example::Network& network)
    : options_(options),
      subject_(subject),
      network_(network),
      schedule_(options.schedule),
      nodes_(options.nodes, subject, network),
      crawler_(options.nodes.successors) {
  report_.seed = options.schedule.seed;
  report_.network = network.name();
  report_.nodes = options.schedule.nodes;
  report_.successors = options.nodes.successors;
  report_.interval = options.nodes.interval;
  report_.memory_to_fill = subject.MemoryToFill();
}

absl::Status Campaign::Run() {
  started_ = absl::Now();
  absl::Status status = Begin();
  while (status.ok() && absl::Now() - started_ < options_.length) {
    const Episode episode = schedule_.Next();
    if (options_.rounds > 0 && schedule_.round() > options_.rounds) break;
    status = RunEpisode(episode);
  }
  clients_.reset();
  TakeSamples(true);
  if (!example::Interrupted()) End();
  report_.took = absl::Now() - started_;
  report_.joins_refused = nodes_.joins_refused();
  report_.leaves_failed = nodes_.leaves_failed();
  return status;
}

absl::Status Campaign::Begin() {
  for (std::size_t i = 0; i < options_.schedule.nodes; ++i) nodes_.Add(absl::StrCat("n", i), i);
  for (std::size_t i = 0; i < Spare(options_.schedule.nodes); ++i) {
    nodes_.Add(absl::StrCat("storm", i), options_.schedule.nodes + i);
  }
  doing_ = "the ring forms";
  clients_ = std::make_unique<Clients>(Clients::Options{.seed = options_.schedule.seed});
  std::vector<std::size_t> all(options_.schedule.nodes);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const absl::Time begin = absl::Now();
  if (absl::Status s = StartAll(all); !s.ok()) return s;
  std::vector<double> periods;
  if (absl::Status s = AwaitIdeal(begin, report_.tallies[std::nullopt], periods, "the start");
      !s.ok()) {
    return s;
  }
  std::vector<std::string> addresses;
  for (const ChaosNode& node : nodes_.all()) addresses.push_back(nodes_.AddressOf(node));
  subject_.Begin(addresses);
  return absl::OkStatus();
}

void Campaign::End() {
  std::vector<Server> members;
  for (const ChaosNode& node : nodes_.all()) {
    if (node.self) members.push_back(*node.self);
  }
  if (members.empty()) return;
  Subject::Findings findings =
      subject_.End(example::Oracle(std::move(members)), [&] { nodes_.KillAll(); });
  report_.notes = std::move(findings.notes);
  report_.wrong = std::move(findings.wrong);
}

absl::Status Campaign::StartAll(const std::vector<std::size_t>& nodes) {
  TruthUnknown();
  const bool begin = std::none_of(nodes_.all().begin(), nodes_.all().end(),
                                  [](const ChaosNode& node) { return node.process != nullptr; });
  for (const std::size_t node : nodes) {
    const absl::Status started = begin ? nodes_.Start(node, nodes) : nodes_.Start(node);
    if (!started.ok()) return started;
  }
  const auto ready = Until([&] { return nodes_.AllReady(); }, absl::Seconds(90));
  if (!ready.ok()) return ready.status();
  if (!*ready) return absl::DeadlineExceededError("a node did not become a member within 90 s");
  TruthKnown();
  return absl::OkStatus();
}

absl::Status Campaign::RunEpisode(const Episode& episode) {
  const auto quiet = Until([] { return false; }, 2 * options_.nodes.interval);
  if (!quiet.ok()) return quiet.status();
  LookAtResources();

  Tally& tally = report_.tallies[episode.fault];
  ++tally.episodes;
  PickVictims(episode);
  doing_ = ToText(episode);
  const auto name = [&](std::string* out, std::size_t node) { *out += nodes_.all()[node].name; };
  std::cerr << absl::StrFormat("%7.1f s  round %d  %s: %s\n",
                               absl::ToDoubleSeconds(absl::Now() - started_), schedule_.round(),
                               doing_, absl::StrJoin(victims_, " ", name));
  during_ = episode.fault;
  const absl::Time strike = struck_ = absl::Now();
  if (Tears(episode.fault)) subject_.SetTorn(true);
  if (absl::Status s = Strike(episode); !s.ok()) return s;
  if (absl::Status s = Outlast(episode, strike, tally); !s.ok()) return s;

  const absl::Time mend = absl::Now();
  if (absl::Status s = Mend(episode); !s.ok()) return s;
  if (absl::Status s =
          AwaitIdeal(mend, tally, tally.mend_periods, absl::StrCat("the end of ", doing_));
      !s.ok()) {
    return s;
  }
  if (absl::Status s =
          AwaitSettled(mend, tally, tally.mend_settled, absl::StrCat("the end of ", doing_));
      !s.ok()) {
    return s;
  }
  if (Tears(episode.fault)) subject_.SetTorn(false);
  during_ = std::nullopt;
  struck_ = absl::InfiniteFuture();
  TellClients();
  doing_ = "quiet";
  return absl::OkStatus();
}

// What lasts is looked at while it lasts; what is done is over when the ring has got over it.
absl::Status Campaign::Outlast(const Episode& episode, absl::Time strike, Tally& tally) {
  if (episode.fault == Fault::kRolling) return absl::OkStatus();  // it was looked at for each
  if (episode.hold == absl::ZeroDuration()) {
    if (absl::Status s = AwaitIdeal(strike, tally, tally.strike_periods, doing_); !s.ok()) return s;
    return AwaitSettled(strike, tally, tally.strike_settled, doing_);
  }
  std::optional<absl::Time> ideal;
  const auto look = [&] {
    if (!ideal) ideal = judge_.ideal_since();
    return false;
  };
  if (auto s = Until(look, strike + episode.hold - absl::Now()); !s.ok()) return s.status();
  if (ideal) {
    tally.strike_periods.push_back(absl::FDivDuration(*ideal - strike, options_.nodes.interval));
  } else {
    ++tally.not_ideal_meanwhile;
  }
  return absl::OkStatus();
}

void Campaign::PickVictims(const Episode& episode) {
  const std::vector<std::size_t> ring = InRingOrder();
  victims_.clear();
  side_of_.clear();
  if (episode.fault == Fault::kStorm) {
    for (std::size_t i = 0; i < episode.count; ++i) victims_.push_back(options_.schedule.nodes + i);
    return;
  }
  if (episode.fault == Fault::kFull) {
    victims_ = ring;
    return;
  }
  if (IsSplit(episode.fault)) return;
  if (episode.fault == Fault::kRolling) {
    victims_ = ring;
    std::erase_if(victims_, [this](std::size_t node) { return !MayEnd(node); });
    return;
  }
  const bool ends = !TraitsOf(episode.fault).needs_network || episode.fault == Fault::kHalfOpen;
  std::vector<bool> may_die;
  for (const std::size_t node : ring) {
    may_die.push_back(!ends || MayEnd(node) || episode.fault == Fault::kStop ||
                      episode.fault == Fault::kSuspicion);
  }
  for (const std::size_t at : PickNeighbours(may_die, episode.count, episode.draw)) {
    victims_.push_back(ring[at]);
  }
}

// A quarter of the nodes is never ended, so that there are processes that grow old.
bool Campaign::MayEnd(std::size_t node) const { return node >= options_.schedule.nodes / 4; }

std::vector<std::size_t> Campaign::InRingOrder() const {
  std::map<Id, std::size_t> ring;
  for (std::size_t i = 0; i < options_.schedule.nodes; ++i) {
    if (nodes_.all()[i].self) ring[nodes_.all()[i].self->id] = i;
  }
  std::vector<std::size_t> order;
  for (const auto& [id, node] : ring) order.push_back(node);
  return order;
}

absl::Status Campaign::Strike(const Episode& episode) {
  std::vector<ChaosNode>& all = nodes_.all();
  switch (episode.fault) {
    case Fault::kKill:
      for (const std::size_t node : victims_) nodes_.Kill(node);
      break;
    case Fault::kLeave:
      nodes_.Leave(victims_);
      break;
    case Fault::kStop:
    case Fault::kSuspicion:
      nodes_.Freeze(victims_[0]);
      break;
    case Fault::kRestart:
    case Fault::kElsewhere:
    case Fault::kFull:
      for (const std::size_t node : victims_) nodes_.Kill(node);
      if (episode.fault == Fault::kElsewhere) {
        std::swap(all[victims_[0]].host, all[options_.schedule.nodes].host);
      }
      return StartAll(victims_);
    case Fault::kStorm:
      return StartAll(victims_);
    case Fault::kRolling:
      return Roll();
    case Fault::kSplit2:
    case Fault::kSplit3: {
      const std::size_t sides = episode.fault == Fault::kSplit2 ? 2 : 3;
      side_of_ = PickSides(options_.schedule.nodes, sides, episode.draw);
      std::vector<std::vector<std::size_t>> hosts(sides);
      for (std::size_t i = 0; i < side_of_.size(); ++i) hosts[side_of_[i]].push_back(all[i].host);
      if (absl::Status s = network_.Split(hosts); !s.ok()) return s;
      break;
    }
    case Fault::kOneWay: {
      const std::vector<std::size_t> ring = InRingOrder();
      const auto at = std::find(ring.begin(), ring.end(), victims_[0]) - ring.begin();
      const std::size_t next = ring[(static_cast<std::size_t>(at) + 1) % ring.size()];
      TruthUnknown();
      return network_.OneWay(all[victims_[0]].host, all[next].host);
    }
    case Fault::kBlackHole:
      all[victims_[0]].silent = true;
      if (absl::Status s = network_.BlackHole(all[victims_[0]].host); !s.ok()) return s;
      break;
    case Fault::kHalfOpen:
      if (absl::Status s = network_.BlackHole(all[victims_[0]].host); !s.ok()) return s;
      nodes_.Kill(victims_[0]);
      break;
    case Fault::kReset:
      if (absl::Status s = network_.Reset(all[victims_[0]].host); !s.ok()) return s;
      break;
  }
  Retell();
  return absl::OkStatus();
}

// One after the other ends in order and starts again, when all have got over the one before.
absl::Status Campaign::Roll() {
  Tally& tally = report_.tallies[Fault::kRolling];
  for (const std::size_t node : victims_) {
    const absl::Time begin = absl::Now();
    nodes_.Leave({node});
    if (absl::Status s = StartAll({node}); !s.ok()) return s;
    if (absl::Status s = AwaitIdeal(begin, tally, tally.strike_periods, doing_); !s.ok()) return s;
    if (absl::Status s = AwaitSettled(begin, tally, tally.strike_settled, doing_); !s.ok()) {
      return s;
    }
  }
  return absl::OkStatus();
}

absl::Status Campaign::Mend(const Episode& episode) {
  switch (episode.fault) {
    case Fault::kKill:
      return StartAll(victims_);
    case Fault::kLeave:
      return StartAll(victims_);
    case Fault::kHalfOpen:
      if (absl::Status s = network_.Heal(); !s.ok()) return s;
      return StartAll(victims_);
    case Fault::kStop:
    case Fault::kSuspicion:
      nodes_.Thaw(victims_[0]);
      break;
    case Fault::kStorm:
      nodes_.Leave(victims_);
      break;
    case Fault::kSplit2:
    case Fault::kSplit3:
    case Fault::kOneWay:
    case Fault::kBlackHole:
    case Fault::kReset:
      if (absl::Status s = network_.Heal(); !s.ok()) return s;
      side_of_.clear();
      for (const std::size_t node : victims_) nodes_.all()[node].silent = false;
      break;
    case Fault::kRestart:
    case Fault::kElsewhere:
    case Fault::kRolling:
      break;
    case Fault::kFull:
      report_.series.clear();  // they are all young again
      break;
  }
  TruthKnown();
  return absl::OkStatus();
}

absl::StatusOr<bool> Campaign::Until(const std::function<bool()>& done, absl::Duration timeout) {
  const absl::Time end = absl::Now() + timeout;
  while (!done()) {
    if (absl::Now() >= end) return false;
    if (absl::Status s = Turn(); !s.ok()) return s;
  }
  return true;
}

absl::Status Campaign::Turn() {
  if (example::Interrupted()) return absl::CancelledError("interrupted");
  if (absl::Status s = nodes_.Pump(absl::Milliseconds(10)); !s.ok()) return s;
  std::size_t members = 0;
  for (const ChaosNode& node : nodes_.all()) members += node.self && !node.silent;
  if (members != entries_.size()) Retell();

  const absl::Time now = absl::Now();
  if (now >= next_crawl_) {
    const bool ideal = crawler_.IsIdeal(judge_.sides(), kCallTimeout);
    judge_.Crawled(now, absl::Now(), ideal);
    next_crawl_ = now + std::clamp(options_.nodes.interval / 20, absl::Milliseconds(20),
                                   absl::Milliseconds(100));
    TakeSamples(false);
  }
  if (now >= next_progress_) {
    next_progress_ = now + absl::Seconds(10);
    const Tally all = report_.Overall();
    std::cerr << absl::StrFormat("%7.1f s  %s; %d lookups, %d failed, %d wrong; %s\n",
                                 absl::ToDoubleSeconds(now - started_), doing_, all.tried,
                                 all.failed, all.wrong,
                                 judge_.ideal_since()       ? "ideal"
                                 : crawler_.wrong().empty() ? "not ideal"
                                                            : crawler_.wrong()[0]);
  }
  return absl::OkStatus();
}

absl::Status Campaign::AwaitIdeal(absl::Time begin, Tally& tally, std::vector<double>& periods,
                                  std::string_view after) {
  const auto ideal =
      Until([&] { return judge_.ideal_since().has_value(); }, Patience(options_.nodes.interval));
  if (!ideal.ok()) return ideal.status();
  if (!*ideal) {
    ++tally.never_ideal;
    Odd(absl::StrCat("not ideal long after ", std::string(after), ": ",
                     absl::StrJoin(crawler_.wrong(), "; ")));
    return absl::OkStatus();
  }
  periods.push_back(absl::FDivDuration(*judge_.ideal_since() - begin, options_.nodes.interval));

  // Answers of the ring that has just become ideal are judged; their times are not the fault's.
  over_ = true;
  TellClients();
  const auto judged = Until([] { return false; }, 2 * options_.nodes.interval);
  over_ = false;
  return judged.ok() ? absl::OkStatus() : judged.status();
}

absl::Status Campaign::AwaitSettled(absl::Time begin, Tally& tally, std::vector<double>& seconds,
                                    std::string_view after) {
  absl::Time next_look;
  std::optional<bool> settled = false;
  const auto look = [&] {
    if (absl::Now() < next_look) return false;
    settled = subject_.IsSettled();
    next_look = absl::Now() + kBetweenLooks;
    return settled.value_or(true);
  };
  const auto done = Until(look, kLongestSettling);
  if (!done.ok()) return done.status();
  if (!*done) {
    ++tally.never_settled;
    Odd(absl::StrCat("not settled long after ", std::string(after)));
  } else if (settled) {
    seconds.push_back(absl::ToDoubleSeconds(absl::Now() - begin));
  }
  return absl::OkStatus();
}

void Campaign::TakeSamples(bool all) {
  if (clients_) {
    for (Sample& sample : clients_->TakeSamples()) waiting_.push_back(std::move(sample));
  }
  std::vector<Sample> later;
  for (Sample& sample : waiting_) {
    if (!sample.during && sample.end > struck_) sample.during = during_;  // it came meanwhile
    if (!all && judge_.Waits(sample)) {
      later.push_back(std::move(sample));
      continue;
    }
    const Verdict verdict = judge_.Of(sample);
    report_.tallies[sample.during].Count(sample, verdict);
    if (verdict == Verdict::kFailed) {
      Odd(absl::StrFormat("%.1f s: no answer for %016x: %s",
                          absl::ToDoubleSeconds(sample.begin - started_), sample.key,
                          sample.error));
    }
    if (verdict == Verdict::kWrong) {
      Odd(absl::StrFormat("%.1f s: wrong answer for %016x: %s",
                          absl::ToDoubleSeconds(sample.begin - started_), sample.key,
                          sample.owner->name));
    }
  }
  waiting_ = std::move(later);
}

void Campaign::LookAtResources() {
  std::vector<Held> held;
  for (std::size_t i = 0; i < std::max<std::size_t>(options_.schedule.nodes / 4, 1); ++i) {
    if (!nodes_.all()[i].process) continue;
    if (const auto now = HeldBy(nodes_.all()[i].process->pid())) held.push_back(*now);
  }
  if (!held.empty()) report_.series.push_back(MedianOf(held));
}

void Campaign::Odd(std::string what) {
  if (report_.oddities.size() < kMostOddities) {
    std::cerr << "  ! " << what << "\n";
    report_.oddities.push_back(std::move(what));
  }
}

void Campaign::Retell() {
  std::map<std::size_t, std::vector<Server>> sides;
  entries_.clear();
  for (std::size_t i = 0; i < nodes_.all().size(); ++i) {
    const ChaosNode& node = nodes_.all()[i];
    if (!node.self || node.silent) continue;
    const std::size_t side = i < side_of_.size() ? side_of_[i] : 0;
    sides[side].push_back(*node.self);
    entries_.push_back({node.self->address, side});
  }
  std::vector<example::Oracle> oracles;
  for (auto& [side, members] : sides) {
    if (!unknown_) oracles.emplace_back(std::move(members));
  }
  TakeSamples(false);
  judge_.SetTruth(std::move(oracles));
  TellClients();
}

void Campaign::TellClients() {
  if (clients_) clients_->SetAim({entries_, during_, over_, judge_.truth()});
}

}  // namespace concord::chaos
