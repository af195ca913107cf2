// The life of a ring, told with real processes: it forms, answers, loses members, gains one, falls
// in two and becomes one again.
#ifndef CONCORD_EXAMPLES_DEMO_DEMO_H_
#define CONCORD_EXAMPLES_DEMO_DEMO_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "examples/common/network.h"
#include "examples/demo/checks.h"
#include "examples/demo/cluster.h"
#include "examples/demo/lookup_run.h"
#include "examples/demo/moves.h"
#include "examples/demo/oracle.h"
#include "examples/demo/ring_watch.h"
#include "examples/demo/screen.h"
#include "examples/demo/words.h"

namespace concord::example {

class Demo {
 public:
  struct Options {
    Cluster::Options cluster;
    std::size_t nodes = 8;
    std::size_t kill = 2;
    std::uint64_t seed = 1;
  };

  // How many hosts of the network are used.
  static std::size_t HostsFor(const Options& options) { return options.nodes + 1; }

  Demo(Options options, std::vector<Word> words, Network& network, Screen& screen, Checks& checks);

  // OK: the story was told to its end. Whether all that it claims was so, `checks` knows.
  absl::Status Run();

 private:
  absl::Status FormRing();
  absl::Status LookUpEveryWord();
  absl::Status KillSome();
  absl::Status JoinOne();
  absl::Status SplitNetwork();
  absl::Status HealNetwork();
  absl::Status StopAll();

  // What must be true of those who live now, when they are one ring.
  Oracle Truth() const { return Oracle(cluster_.Members()); }
  std::vector<Server> PickVictims();

  // Tells what nodes say, with the time since `start`: who is ready, and, if it is given who owned
  // what `before`, who takes over what from whom.
  Cluster::OnOutput Teller(absl::Time start, std::optional<Oracle> before = std::nullopt);

  absl::Status AwaitReady(const Cluster::OnOutput& on_output);
  // Until every node has its true neighbours, and has told the range that is truly its own.
  absl::Status AwaitIdeal(const std::vector<Oracle>& rings, absl::Time start,
                          const Cluster::OnOutput& on_output);
  absl::Status AskEveryWord(const std::vector<Oracle>& rings);
  void CheckMoves(const Moves& moves, std::string_view due, std::string_view others);

  void PrintFigures(const LookupReport& report);
  void Say(absl::Time start, std::string_view event);

  const Options options_;
  const std::vector<Word> words_;
  std::mt19937_64 random_;
  Network& network_;
  Screen& screen_;
  Checks& checks_;
  Cluster cluster_;
  RingWatch watch_;
  std::vector<Server> owners_;         // of each word, as the ring last answered
  std::vector<Server> owners_of_one_;  // the same, before the network was split
};

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_DEMO_DEMO_H_
