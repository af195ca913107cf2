#include "core/invariants.h"

#include "absl/strings/str_cat.h"

namespace concord::core {
namespace {

std::string BrokenListInvariant(const Member& member) {
  const IdSpace& space = member.options().space;
  const Id self = member.self().id;
  const std::vector<Server>& list = member.successors().servers();
  if (list.size() > member.options().successor_count) {
    return absl::StrCat("the successor list has ", list.size(), " servers, the limit is ",
                        member.options().successor_count);
  }
  Id last_distance = 0;
  for (const Server& server : list) {
    if (!space.Has(server.id)) return absl::StrCat("successor ", server.id, " is off the circle");
    const Id distance = space.Distance(self, server.id);
    if (distance == 0) return "the successor list holds its owner";
    if (distance <= last_distance) {
      return absl::StrCat("successor ", server.id, " is out of order");
    }
    last_distance = distance;
  }
  return "";
}

std::string BrokenFingerInvariant(const Member& member) {
  const IdSpace& space = member.options().space;
  Id last_distance = 0;
  for (const FingerTable::Finger& finger : member.fingers().fingers()) {
    if (finger.step >= space.bits()) return absl::StrCat("finger ", finger.step, " does not exist");
    const Id distance = space.Distance(member.self().id, finger.server.id);
    if (distance == 0) return "a finger points to its owner";
    if (distance <= last_distance) {
      return absl::StrCat("finger ", finger.server.id, " is out of order");
    }
    last_distance = distance;
  }
  return "";
}

}  // namespace

std::string BrokenInvariant(const Member& member) {
  if (member.leaving()) {  // it routes by what it knew as a member
    return member.joining() ? "who leaves is joining" : BrokenListInvariant(member);
  }
  if (!member.joined()) {
    return member.successors().empty() ? "" : "a node outside of any ring has successors";
  }
  if (member.state().bootstrap) return "a member begins a ring";
  if (member.joining() && member.state().join->command) return "a member is joining";
  if (!member.options().space.Has(member.predecessor().id)) {
    return absl::StrCat("predecessor ", member.predecessor().id, " is off the circle");
  }
  const bool own_predecessor = member.predecessor().id == member.self().id;
  if (own_predecessor && member.predecessor() != member.self()) {
    return "the predecessor has our identifier and is not us";
  }
  if (own_predecessor && member.predecessor_dead()) return "we believe ourselves dead";
  if (own_predecessor && !member.successors().empty()) {
    return "a member that is its own predecessor has successors";
  }
  if (std::string broken = BrokenListInvariant(member); !broken.empty()) return broken;
  return BrokenFingerInvariant(member);
}

}  // namespace concord::core
