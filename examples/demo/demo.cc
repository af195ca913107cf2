#include "examples/demo/demo.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "examples/demo/interrupt.h"
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

Demo::Demo(Options options, std::vector<Word> words, Screen& screen, Checks& checks)
    : options_(std::move(options)),
      words_(std::move(words)),
      random_(options_.seed),
      screen_(screen),
      checks_(checks),
      cluster_(options_.cluster),
      watch_(cluster_, options_.cluster.successors, screen) {}

absl::Status Demo::Run() {
  for (const auto chapter :
       {&Demo::FormRing, &Demo::LookUpEveryWord, &Demo::KillSome, &Demo::JoinOne, &Demo::StopAll}) {
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
  if (absl::Status s = AwaitIdeal(start, teller); !s.ok()) return s;

  screen_.Print();
  screen_.Print("   Which node owns which part of the identifiers, 0 to 2^64:");
  screen_.Print("   " + Strip(screen_, Truth()));
  return absl::OkStatus();
}

absl::Status Demo::LookUpEveryWord() {
  screen_.Heading("2  Every word finds its owner",
                  "A key belongs to the first node at or after its hash, clockwise. Each word is\n"
                  "   asked of a random node, and each answer compared with what it has to be.");
  return AskEveryWord();
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
  if (absl::Status s = AwaitIdeal(start, Teller(start, before)); !s.ok()) return s;

  const Oracle truth = Truth();
  PrintStrips(screen_, before, truth);
  const std::vector<Server> owners_before = owners_;
  if (absl::Status s = AskEveryWord(); !s.ok()) return s;

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
  if (absl::Status s = AwaitIdeal(start, teller); !s.ok()) return s;

  const Oracle truth = Truth();
  PrintStrips(screen_, before, truth);
  const std::vector<Server> owners_before = owners_;
  if (absl::Status s = AskEveryWord(); !s.ok()) return s;

  const Server joined = *cluster_.nodes().back()->self;
  const Range arc = truth.RangeOf(joined.id);
  const Moves moves = CountMoves(owners_before, owners_, [&](std::size_t i) {
    return Contains(arc, words_[i].id) ? &joined : nullptr;
  });
  CheckMoves(moves, absl::StrCat("in the arc of ", name, " moved to it"),
             "outside it stayed where they were");
  return absl::OkStatus();
}

absl::Status Demo::StopAll() {
  const std::size_t nodes = cluster_.nodes().size();
  screen_.Heading("5  The end", "SIGTERM for every node.");
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

absl::Status Demo::AwaitIdeal(absl::Time start, const Cluster::OnOutput& on_output) {
  const Oracle truth = Truth();
  const absl::StatusOr<absl::Duration> took = watch_.UntilIdeal(truth, start, on_output);
  if (!took.ok()) return took.status();

  const auto& nodes = cluster_.nodes();
  const auto has_true_range = [&](const auto& node) {
    return node->range == truth.RangeOf(node->self->id);
  };
  const absl::Status told =
      cluster_.PumpUntil([&] { return std::all_of(nodes.begin(), nodes.end(), has_true_range); },
                         kRangePatience, on_output);
  if (!told.ok() && !absl::IsDeadlineExceeded(told)) return told;

  const std::size_t successors =  // fewer than configured in a ring that is too small for them
      truth.NeighboursOf(0, options_.cluster.successors).successors.size();
  screen_.Print();
  checks_.Check(true, absl::StrCat("The ring was ideal after ", Seconds(*took), ": all ",
                                   nodes.size(), " nodes name their true predecessor and ",
                                   Count(successors, "true successor")));
  const auto right = std::count_if(nodes.begin(), nodes.end(), has_true_range);
  checks_.Check(told.ok(), absl::StrCat(right, " of ", nodes.size(),
                                        " nodes have reported the range that is theirs; "
                                        "together they are the whole ring, once"));
  return absl::OkStatus();
}

absl::Status Demo::AskEveryWord() {
  const Oracle truth = Truth();
  absl::StatusOr<LookupReport> report = LookUpAll(words_, cluster_, truth, random_, screen_);
  if (!report.ok()) return report.status();

  std::map<Id, std::size_t> keys;
  for (const Server& owner : report->owners) ++keys[owner.id];
  PrintTable(screen_, truth, keys);
  PrintFigures(*report);

  checks_.Check(report->right == words_.size(),
                absl::StrCat(Thousands(report->right), " of ", Thousands(words_.size()),
                             " answers name the true owner"));
  for (const std::string& wrong : report->wrong) screen_.Print("     " + wrong);
  owners_ = std::move(report->owners);
  return absl::OkStatus();
}

void Demo::PrintFigures(const LookupReport& report) {
  const std::size_t nodes = cluster_.nodes().size(), each = options_.cluster.concurrency;
  const double per_second =
      static_cast<double>(words_.size()) / std::max(absl::ToDoubleSeconds(report.took), 1e-6);
  screen_.Print();
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
