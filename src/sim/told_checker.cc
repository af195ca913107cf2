#include "sim/told_checker.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/member.h"

namespace concord::sim {
namespace {

// What is wrong with the peer that is named.
const char* WrongPeer(const core::Member& member, const RangeChange& change) {
  const std::optional<Server>& peer = change.peer;
  if (peer == member.self()) return "a change of its range names itself as peer";
  if (!change.before) return "";  // nobody, of a ring that begins
  if (!change.after) {
    const bool given_way = peer && peer->id == member.self().id;  // to a later life of its own
    return peer && !given_way && !member.leaving()
               ? "somebody takes over from one that does not leave"
               : "";
  }
  if (!peer) return "a change of its range names nobody";
  // Who is our predecessor now has what we lost, who was it had what we gained.
  if (change.lost && peer->id != change.after->start) return "it lost keys to another than it says";
  if (change.gained && peer->id != change.before->start) {
    return "it gained keys of another than it says";
  }
  return "";
}

}  // namespace

ToldChecker::Told& ToldChecker::told(HostId host) {
  if (told_.size() <= host) told_.resize(host + 1);
  return told_[host];
}

void ToldChecker::Begin(HostId host) {
  const core::Member& member = world_.member(host);
  told(host) = {member.range(), member.epoch(), member.successors().servers()};
  Add(member.range(), 1);
}

std::string ToldChecker::OnRangeChange(HostId host, const RangeChange& change) {
  Told& last = told(host);
  const bool follows = change.before == last.range && change.epoch == last.epoch + 1;
  last.range = change.after;
  last.epoch = change.epoch;
  Add(change.gained, 1);
  Add(change.lost, -1);
  if (!follows) return Broken(host, "a change of its range does not follow the last");
  if (const char* wrong = WrongPeer(world_.member(host), change); *wrong != '\0') {
    return Broken(host, wrong);
  }
  return "";
}

void ToldChecker::OnSuccessorsChange(HostId host, const std::vector<Server>& successors) {
  told(host).successors = successors;
}

void ToldChecker::OnCrash(HostId host) {
  Told& last = told(host);
  Add(last.range, -1);
  last.range = std::nullopt;
  last.successors.clear();
}

std::string ToldChecker::Check(HostId host) const {
  const core::Member& member = world_.member(host);
  const Told last = host < told_.size() ? told_[host] : Told{};
  if (last.range != member.range()) return Broken(host, "a change of its range was not told");
  if (last.successors != member.successors().servers()) {
    return Broken(host, "a change of its successors was not told");
  }
  return "";
}

std::string ToldChecker::CheckBalance() const {
  const bool somebody = std::any_of(told_.begin(), told_.end(),
                                    [](const Told& told) { return told.range.has_value(); });
  if (owners_ == (somebody ? 1 : 0) && steps_.empty()) return "";
  std::string counts = absl::StrCat("from 0 on ", owners_);
  std::int64_t owners = owners_;
  for (const auto& [id, step] : steps_) {
    absl::StrAppend(&counts, ", from ", id, " on ", owners += step);
  }
  return absl::StrCat("the gained and lost arcs do not balance: owners of a key are ", counts);
}

void ToldChecker::Add(const std::optional<Range>& arc, std::int64_t owners) {
  if (!arc) return;
  const core::IdSpace& space = world_.space();
  const auto step_after = [&](Id id, std::int64_t step) {
    const Id next = space.Mask(id + 1);
    if (next == 0) return;  // the circle is over
    if ((steps_[next] += step) == 0) steps_.erase(next);
  };
  if (Contains(*arc, 0)) owners_ += owners;
  if (arc->start == arc->end) return;
  step_after(arc->start, owners);
  step_after(arc->end, -owners);
}

std::string ToldChecker::Broken(HostId host, const char* what) const {
  return absl::StrCat(world_.server(host).name, ": ", what);
}

}  // namespace concord::sim
