// Whether what the applications of a world are told of ranges and successors adds up.
#ifndef CONCORD_SIM_TOLD_CHECKER_H_
#define CONCORD_SIM_TOLD_CHECKER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "concord/types.h"
#include "sim/network.h"
#include "sim/world.h"

namespace concord::sim {

// Of every host the last that its application was told; and of every key how many applications have
// been told that they own it: the arcs that were gained and lost, and nothing else, are summed up.
//
// Each check returns what is wrong, or nothing.
class ToldChecker {
 public:
  explicit ToldChecker(const World& world) : world_(world) {}

  // It is a member from the beginning on, and its application knows.
  void Begin(HostId host);
  std::string OnRangeChange(HostId host, const RangeChange& change);
  void OnSuccessorsChange(HostId host, const std::vector<Server>& successors);
  // Its process has ended, and its application heard nothing of that.
  void OnCrash(HostId host);

  // Between events: it was told all that there is to tell.
  std::string Check(HostId host) const;
  // In an ideal ring: each key has one application that was told that it owns it, if there is any.
  std::string CheckBalance() const;

 private:
  struct Told {
    std::optional<Range> range;
    std::uint64_t epoch = 0;
    std::vector<Server> successors;
  };

  Told& told(HostId host);
  void Add(const std::optional<Range>& arc, std::int64_t owners);
  std::string Broken(HostId host, const char* what) const;

  const World& world_;
  std::vector<Told> told_;
  // How many own the identifier 0, and how that changes where others begin.
  std::int64_t owners_ = 0;
  std::map<Id, std::int64_t> steps_;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_TOLD_CHECKER_H_
