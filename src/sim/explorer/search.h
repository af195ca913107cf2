// Breadth-first search over all states of a small ring.
#ifndef CONCORD_SIM_EXPLORER_SEARCH_H_
#define CONCORD_SIM_EXPLORER_SEARCH_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/explorer/frontier.h"
#include "sim/explorer/model.h"
#include "sim/explorer/progress.h"
#include "sim/explorer/visited.h"

namespace concord::sim {

struct Tally {
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::uint64_t depth = 0;      // of the states that are being looked at
  std::uint64_t frontier = 0;   // states found and not looked at yet
  std::uint64_t quiescent = 0;  // states in which nobody waits for anything
  std::uint64_t bytes = 0;      // of the tables, as counted
};

// How a ring came to break: what happened, in order, from the ideal ring of `layout`.
struct Schedule {
  std::string layout;
  Ring root;
  std::vector<Successor> steps;
  std::string broken;  // "Name: what is wrong"
};

struct SearchOptions {
  std::uint64_t max_states = ~std::uint64_t{0};
  // Go on after a violation; the shortest schedule to each invariant's first violation is kept.
  bool keep_going = false;
  // Called for every state, when it is found.
  std::function<void(const Ring&)> on_state = nullptr;
  // Called every few thousand states; the search ends when it says false.
  std::function<bool(const Tally&)> go_on = [](const Tally&) { return true; };
  // Whether the search may take so many bytes more. Asked before the table of states grows.
  std::function<bool(std::uint64_t bytes)> may_take = [](std::uint64_t) { return true; };
};

enum class SearchEnd {
  kFinished,  // there is no other state
  kViolation,
  kLimit,
};

class Search {
 public:
  Search(Model& model, SearchOptions options);

  // From the ideal rings of `layouts`.
  SearchEnd Run(const std::vector<std::string>& layouts);

  const Tally& tally() const { return tally_; }
  const std::vector<Schedule>& violations() const { return violations_; }

 private:
  void AddRoot(const std::string& layout);
  void Look(const Ring& ring);
  bool MakeRoom();
  bool SkipsPrincipal(const Successor& successor, unsigned principals) const;
  void CheckState(const Ring& ring, const Ring* parent, const Step& step);
  void Violation(std::string broken, const Ring* parent, const Step& step, const Ring& ring);
  Schedule ScheduleTo(std::uint64_t fingerprint);
  void UpdateTally();

  Model& model_;
  SearchOptions options_;
  Visited visited_;
  Frontier frontier_;
  Progress progress_;
  Tally tally_;
  std::vector<Schedule> violations_;
  std::vector<std::string> layouts_;
  std::vector<Successor> successors_;
  std::vector<Ring> turned_;  // successors_, canonical
  std::vector<std::uint64_t> fingerprints_;
  Picture picture_;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_EXPLORER_SEARCH_H_
