#include "examples/demo/demo.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "examples/common/interrupt.h"
#include "examples/demo/moves.h"
#include "examples/demo/picture.h"

namespace concord::example {
namespace {

constexpr absl::Duration kReadyPatience = absl::Seconds(20);
// The ring is ideal, so every range has changed already; what is left is the way through a pipe.
constexpr absl::Duration kRangePatience = absl::Seconds(5);

std::string Seconds(absl::Duration d) {
  return absl::StrFormat("%.2f s", absl::ToDoubleSeconds(d));
}

std::string Milliseconds(absl::Duration d) {
  return absl::StrFormat("%.2f ms", absl::ToDoubleMilliseconds(d));
}

std::string Percent(double part) { return absl::StrFormat("%.1f %%", 100 * part); }

// "node-2, node-5 and node-7"
std::string Enumerate(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool last = i + 1 == names.size();
    absl::StrAppend(&text, i == 0 ? "" : last ? " and " : ", ", names[i]);
  }
  return text;
}

std::vector<std::string> AddressesOf(const std::vector<Server>& members) {
  std::vector<std::string> addresses;
  for (const Server& member : members) addresses.push_back(member.address);
  return addresses;
}

}  // namespace

Demo::Demo(Options options, std::vector<Word> words, Network& network, Screen& screen,
           Checks& checks)
    : options_(std::move(options)),
      words_(std::move(words)),
      random_(options_.seed),
      network_(network),
      screen_(screen),
      checks_(checks),
      cluster_(options_.cluster, network),
      watch_(cluster_, options_.cluster.successors, screen) {}

absl::Status Demo::Run() {
  for (const auto chapter :
       {&Demo::FormRing, &Demo::LookUpEveryWord, &Demo::KillSome, &Demo::JoinOne,
        &Demo::SplitNetwork, &Demo::HealNetwork, &Demo::StopAll}) {
    const bool of_packets = chapter == &Demo::SplitNetwork || chapter == &Demo::HealNetwork;
    if (of_packets && !network_.has_packet_faults()) continue;
    if (absl::Status s = (this->*chapter)(); !s.ok()) return s;
  }
  return absl::OkStatus();
}

// --- The chapters -------------------------------------------------------------------------------

absl::Status Demo::FormRing() {
  screen_.Heading("1  A ring forms",
                  absl::StrCat("One node begins it. ", options_.nodes - 1,
                               " others join at the same time, knowing only the first."));
  const absl::Time start = absl::Now();
  const Cluster::OnOutput teller = Teller(start);
  if (absl::Status s = cluster_.Start(NameOf(1), {}); !s.ok()) return s;
  if (absl::Status s = AwaitReady(teller); !s.ok()) return s;

  const std::vector<std::string> seeds = AddressesOf(cluster_.Members());
  for (std::size_t i = 2; i <= options_.nodes; ++i) {
    if (absl::Status s = cluster_.Start(NameOf(i), seeds); !s.ok()) return s;
  }
  if (absl::Status s = AwaitReady(teller); !s.ok()) return s;
  if (absl::Status s = AwaitIdeal({Truth()}, start, teller); !s.ok()) return s;

  screen_.Print();
  screen_.Print("   Which node owns which part of the identifiers, 0 to 2^64:");
  screen_.Print("   " + Strip(screen_, Truth()));
  return absl::OkStatus();
}

absl::Status Demo::LookUpEveryWord() {
  screen_.Heading("2  Every word finds its owner",
                  "A key belongs to the first node at or after its hash, clockwise. Each word is\n"
                  "   asked of a random node, and each answer compared with what it has to be.");
  return AskEveryWord({Truth()});
}

absl::Status Demo::KillSome() {
  const std::vector<Server> victims = PickVictims();
  std::vector<std::string> names;
  for (const Server& victim : victims) names.push_back(victim.name);
  screen_.Heading(absl::StrCat("3  ", names.size() == 1 ? "A node dies" : "Nodes die"),
                  absl::StrCat("SIGKILL for ", Enumerate(names),
                               " at once. Nobody is told: the others notice, and close the ring."));

  const Oracle before = Truth();
  const absl::Time start = absl::Now();
  cluster_.Kill(names);
  Say(start, absl::StrCat(Enumerate(Painted(screen_, victims)), " killed"));
  if (absl::Status s = AwaitIdeal({Truth()}, start, Teller(start, before)); !s.ok()) return s;

  const Oracle truth = Truth();
  PrintStrips(screen_, before, truth);
  const std::vector<Server> owners_before = owners_;
  if (absl::Status s = AskEveryWord({truth}); !s.ok()) return s;

  std::map<Id, Server> heirs;
  for (const Server& victim : victims) heirs[victim.id] = truth.OwnerOf(victim.id);
  const Moves moves = CountMoves(owners_before, owners_, [&](std::size_t i) {
    const auto heir = heirs.find(owners_before[i].id);
    return heir == heirs.end() ? nullptr : &heir->second;
  });
  CheckMoves(moves, "of the dead moved, each to the next live node",
             "of the living stayed where they were");
  return absl::OkStatus();
}

absl::Status Demo::JoinOne() {
  const std::string name = NameOf(options_.nodes + 1);
  screen_.Heading("4  A node joins",
                  absl::StrCat(name, " enters the running ring, and gets an arc of one node."));

  const Oracle before = Truth();
  const absl::Time start = absl::Now();
  const Cluster::OnOutput teller = Teller(start, before);
  if (absl::Status s = cluster_.Start(name, AddressesOf(cluster_.Members())); !s.ok()) return s;
  if (absl::Status s = AwaitReady(teller); !s.ok()) return s;
  if (absl::Status s = AwaitIdeal({Truth()}, start, teller); !s.ok()) return s;

  const Oracle truth = Truth();
  PrintStrips(screen_, before, truth);
  const std::vector<Server> owners_before = owners_;
  if (absl::Status s = AskEveryWord({truth}); !s.ok()) return s;

  const Server joined = *cluster_.nodes().back()->self;
  const Range arc = truth.RangeOf(joined.id);
  const Moves moves = CountMoves(owners_before, owners_, [&](std::size_t i) {
    return Contains(arc, words_[i].id) ? &joined : nullptr;
  });
  CheckMoves(moves, absl::StrCat("in the arc of ", name, " moved to it"),
             "outside it stayed where they were");
  return absl::OkStatus();
}

absl::Status Demo::SplitNetwork() {
  const Oracle before = Truth();
  std::vector<std::vector<Server>> sides(2);
  std::vector<std::vector<std::size_t>> hosts(2);
  for (std::size_t i = 0; i < before.members().size(); ++i) {
    const Server& member = before.members()[i];
    sides[i % 2].push_back(member);
    for (const auto& node : cluster_.nodes()) {
      if (node->name == member.name) hosts[i % 2].push_back(node->host);
    }
  }
  screen_.Heading("5  The network splits",
                  "Every second node of the ring is cut off from the others. Nobody is told. Each\n"
                  "   side takes the other for dead, and goes on as a ring of its own.");
  const absl::Time start = absl::Now();
  if (absl::Status s = network_.Split(hosts); !s.ok()) return s;
  for (const auto& side : sides) {
    Say(start, absl::StrCat(Enumerate(Painted(screen_, side)), " hear only each other"));
  }
  const std::vector<Oracle> rings(sides.begin(), sides.end());
  if (absl::Status s = AwaitIdeal(rings, start, Teller(start, before)); !s.ok()) return s;

  screen_.Print();
  screen_.Print("   one side    " + Strip(screen_, rings[0]));
  screen_.Print("   the other   " + Strip(screen_, rings[1]));
  screen_.Print();
  owners_of_one_ = owners_;
  return AskEveryWord(rings);
}

absl::Status Demo::HealNetwork() {
  screen_.Heading("6  The network heals",
                  "Each node has asked, once in a while, whom it had met before. Now somebody\n"
                  "   answers, and the two rings become one.");
  const absl::Time start = absl::Now();
  if (absl::Status s = network_.Heal(); !s.ok()) return s;
  Say(start, "everybody can hear everybody");
  const Oracle truth = Truth();
  if (absl::Status s = AwaitIdeal({truth}, start, Teller(start)); !s.ok()) return s;

  screen_.Print();
  screen_.Print("   all         " + Strip(screen_, truth));
  screen_.Print();
  if (absl::Status s = AskEveryWord({truth}); !s.ok()) return s;
  const Moves moves = CountMoves(owners_of_one_, owners_, [](std::size_t) { return nullptr; });
  checks_.Check(moves.stayed == moves.others,
                absl::StrCat(Thousands(moves.stayed), " of ", Thousands(moves.others),
                             " keys have the owner again that they had before the split"));
  return absl::OkStatus();
}

absl::Status Demo::StopAll() {
  const std::size_t nodes = cluster_.nodes().size();
  screen_.Heading(network_.has_packet_faults() ? "7  The ring ends" : "5  The ring ends",
                  "SIGTERM for every node.");
  const absl::Time start = absl::Now();
  const absl::Status stopped = cluster_.Stop(absl::Seconds(10));
  if (Interrupted()) return absl::CancelledError("interrupted");
  checks_.Check(stopped.ok(), stopped.ok()
                                  ? absl::StrCat(Count(nodes, "node"), " stopped with status 0 in ",
                                                 Seconds(absl::Now() - start))
                                  : std::string(stopped.message()));
  return absl::OkStatus();
}

// --- Their parts --------------------------------------------------------------------------------

std::vector<Server> Demo::PickVictims() {
  std::mt19937_64 random(options_.seed);  // of their own: however many words there are, they die
  std::vector<Server> members = Truth().members();
  for (std::size_t i = 0; i < options_.kill; ++i) {
    std::swap(members[i], members[i + random() % (members.size() - i)]);
  }
  members.resize(options_.kill);
  return members;
}

Cluster::OnOutput Demo::Teller(absl::Time start, std::optional<Oracle> before) {
  return [=, this](NodeProcess& node, const Output& output) {
    const std::string name = Painted(screen_, node.name);
    if (output.has_ready()) {
      const bool first = cluster_.nodes().front().get() == &node;
      Say(start, absl::StrCat(name, first ? " begins the ring" : " has joined", " at ",
                              output.ready().self().address()));
    } else if (before && output.range().has_gained()) {
      const Arc& arc = output.range().gained();
      const Range gained{arc.start(), arc.end()};
      Say(start, absl::StrCat(name, " takes over ", Percent(ShareOf(gained)), " of the ring from ",
                              Enumerate(Painted(screen_, before->OwnersWithin(gained)))));
    }
  };
}

absl::Status Demo::AwaitReady(const Cluster::OnOutput& on_output) {
  const absl::Status s =
      cluster_.PumpUntil([this] { return cluster_.AllReady(); }, kReadyPatience, on_output);
  if (!absl::IsDeadlineExceeded(s)) return s;
  return absl::DeadlineExceededError(
      absl::StrCat("not every node was ready within ", absl::FormatDuration(kReadyPatience)));
}

absl::Status Demo::AwaitIdeal(const std::vector<Oracle>& rings, absl::Time start,
                              const Cluster::OnOutput& on_output) {
  absl::Duration took;
  for (const Oracle& ring : rings) {
    const absl::StatusOr<absl::Duration> ideal = watch_.UntilIdeal(ring, start, on_output);
    if (!ideal.ok()) return ideal.status();
    took = *ideal;
  }
  const auto& nodes = cluster_.nodes();
  const auto has_true_range = [&](const auto& node) {
    return node->range == RingOf(node->self->id, rings).RangeOf(node->self->id);
  };
  const absl::Status told =
      cluster_.PumpUntil([&] { return std::all_of(nodes.begin(), nodes.end(), has_true_range); },
                         kRangePatience, on_output);
  if (!told.ok() && !absl::IsDeadlineExceeded(told)) return told;

  screen_.Print();
  for (const Oracle& ring : rings) {
    const std::size_t members = ring.members().size();
    const std::size_t successors =  // fewer than configured in a ring that is too small for them
        ring.NeighboursOf(ring.members()[0].id, options_.cluster.successors).successors.size();
    checks_.Check(true, rings.size() == 1
                            ? absl::StrCat("The ring was ideal after ", Seconds(took), ": all ",
                                           members, " nodes name their true predecessor and ",
                                           Count(successors, "true successor"))
                            : absl::StrCat("A ring of ", Count(members, "node"),
                                           " was ideal after ", Seconds(took),
                                           " at most: each names its neighbours of this side, ",
                                           "and nobody else"));
  }
  const auto right = std::count_if(nodes.begin(), nodes.end(), has_true_range);
  checks_.Check(told.ok(), absl::StrCat(right, " of ", nodes.size(),
                                        " nodes have reported the range that is theirs; together ",
                                        rings.size() == 1 ? "they" : "those of each side",
                                        " are the whole ring, once"));
  return absl::OkStatus();
}

absl::Status Demo::AskEveryWord(const std::vector<Oracle>& rings) {
  absl::StatusOr<LookupReport> report = LookUpAll(words_, cluster_, rings, random_, screen_);
  if (!report.ok()) return report.status();

  if (rings.size() == 1) {
    std::map<Id, std::size_t> keys;
    for (const Server& owner : report->owners) ++keys[owner.id];
    PrintTable(screen_, rings.front(), keys);
    screen_.Print();
  }
  PrintFigures(*report);

  checks_.Check(report->right == words_.size(),
                absl::StrCat(Thousands(report->right), " of ", Thousands(words_.size()),
                             " answers name the true owner",
                             rings.size() == 1 ? "" : " in the ring that was asked"));
  for (const std::string& wrong : report->wrong) screen_.Print("     " + wrong);
  owners_ = std::move(report->owners);
  return absl::OkStatus();
}

void Demo::PrintFigures(const LookupReport& report) {
  const std::size_t nodes = cluster_.nodes().size(), each = options_.cluster.concurrency;
  const double per_second =
      static_cast<double>(words_.size()) / std::max(absl::ToDoubleSeconds(report.took), 1e-6);
  screen_.Print(absl::StrFormat(
      "   mean hops %.2f   %s lookups/s   p50 %s   p99 %s   (%d in flight, %d in each node)",
      report.mean_hops, Thousands(static_cast<std::uint64_t>(per_second)), Milliseconds(report.p50),
      Milliseconds(report.p99), nodes * each, each));
  screen_.Print();
}

void Demo::CheckMoves(const Moves& moves, std::string_view due, std::string_view others) {
  const auto claim = [](std::size_t held, std::size_t all, std::string_view what) {
    return absl::StrCat(Thousands(held), " of ", Thousands(all), " keys ", std::string(what));
  };
  checks_.Check(moves.arrived == moves.due, claim(moves.arrived, moves.due, due));
  checks_.Check(moves.stayed == moves.others, claim(moves.stayed, moves.others, others));
}

void Demo::Say(absl::Time start, std::string_view event) {
  screen_.Print(absl::StrFormat("   %7.3f s  ", absl::ToDoubleSeconds(absl::Now() - start)) +
                std::string(event));
}

}  // namespace concord::example
