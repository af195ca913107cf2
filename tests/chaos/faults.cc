#include "faults.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace concord::chaos {

const std::vector<FaultTraits>& AllFaults() {
  static const auto* const faults = new std::vector<FaultTraits>{
      {Fault::kKill, "kill", "SIGKILL of 1 to r-1 neighbours", false, true, 5, std::nullopt},
      {Fault::kStop, "stop", "SIGSTOP for 1 to 60 s, then SIGCONT", false, true, std::nullopt, 15},
      {Fault::kSuspicion, "suspicion", "SIGSTOP for 0.3 to 2 s, then SIGCONT", false, true,
       std::nullopt, 5},
      {Fault::kRestart, "restart", "SIGKILL, and at once the same name at the same address", false,
       true, std::nullopt, std::nullopt},
      {Fault::kElsewhere, "elsewhere", "SIGKILL, and at once the same name at another address",
       false, true, std::nullopt, std::nullopt},
      {Fault::kLeave, "leave", "SIGTERM to 1 to r-1 neighbours", false, true, 5, std::nullopt},
      {Fault::kStorm, "storm", "a quarter more nodes join at once, and leave at once", false, true,
       std::nullopt, std::nullopt},
      {Fault::kSplit2, "split2", "two sides that do not hear each other", true, false, std::nullopt,
       15},
      {Fault::kSplit3, "split3", "three sides that do not hear each other", true, false,
       std::nullopt, 15},
      {Fault::kOneWay, "oneway", "a node's packets to its successor are dropped, not those back",
       true, true, std::nullopt, 15},
      {Fault::kBlackHole, "blackhole", "all packets from and to a node are dropped", true, true,
       std::nullopt, 15},
      {Fault::kHalfOpen, "halfopen",
       "a node dies without a word, and a new life does not know its connections", true, true,
       std::nullopt, std::nullopt},
      {Fault::kReset, "reset", "every connection of a node is reset", true, true, 5, 5},
      {Fault::kRolling, "rolling", "one after the other leaves and is started again", false, true,
       std::nullopt, std::nullopt},
      {Fault::kFull, "full", "SIGKILL of everybody, and a start of everybody", false, false,
       std::nullopt, std::nullopt},
  };
  return *faults;
}

const FaultTraits& TraitsOf(Fault fault) { return AllFaults()[static_cast<std::size_t>(fault)]; }

absl::StatusOr<std::vector<Fault>> ParseFaults(std::string_view names, bool network) {
  std::vector<Fault> chosen;
  if (names.empty()) {
    for (const FaultTraits& traits : AllFaults()) {
      if (network || !traits.needs_network) chosen.push_back(traits.fault);
    }
    return chosen;
  }
  const auto name_of = [](std::string* out, const FaultTraits& t) {
    absl::StrAppend(out, std::string(t.name));
  };
  const std::vector<std::string> wanted = absl::StrSplit(std::string(names), ',');
  for (const std::string& name : wanted) {
    const FaultTraits* found = nullptr;
    for (const FaultTraits& traits : AllFaults()) {
      if (traits.name == name) found = &traits;
    }
    if (found == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("--only: '", name,
                                                     "' is no class of fault; there are ",
                                                     absl::StrJoin(AllFaults(), ", ", name_of)));
    }
    if (network || !found->needs_network) chosen.push_back(found->fault);
  }
  if (chosen.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--only: all of ", std::string(names), " need network namespaces"));
  }
  return chosen;
}

}  // namespace concord::chaos
