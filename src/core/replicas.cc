#include "concord/replicas.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace concord {
namespace {

std::string NameOf(const Server& peer) { return absl::StrCat(peer.name, "@", peer.address); }

std::vector<Server> FirstOf(const std::vector<Server>& servers, std::size_t n) {
  return {servers.begin(),
          servers.begin() + static_cast<std::ptrdiff_t>(std::min(n, servers.size()))};
}

// Of a segment that is cut at `at`: what comes after it.
Range After(const Range& arc, Id at) { return {at, arc.end}; }

}  // namespace

Replicas::Replicas(std::size_t copies) : copies_(std::max<std::size_t>(copies, 1)) {}

std::vector<Server> Replicas::holders() const {
  std::vector<Server> stay;
  std::copy_if(successors_.begin(), successors_.end(), std::back_inserter(stay),
               [&](const Server& next) { return leaving_.count(NameOf(next)) == 0; });
  return FirstOf(stay, copies_ - 1);
}

// Who held before us what we gain: a member that joins takes it over from its successor even if
// there is one copy only.
std::vector<Server> Replicas::sources() const {
  return FirstOf(successors_, std::max<std::size_t>(copies_ - 1, 1));
}

// --- What the node tells ------------------------------------------------------------------------

void Replicas::OnRangeChange(const RangeChange& change) {
  owned_ = change.after;
  if (!change.after) {
    segments_.clear();
  } else if (!change.before) {
    segments_ = {{++last_id_, *change.after}};
  } else if (change.gained) {  // what is gained lies before what was owned
    segments_.insert(segments_.begin(), Segment{++last_id_, *change.gained});
  } else if (change.lost) {
    Cut(*change.lost);
  }
  Settle();
}

// A first part of what is owned is lost.
void Replicas::Cut(const Range& lost) {
  while (!segments_.empty() && Contains(lost, segments_.front().arc.end)) {
    segments_.erase(segments_.begin());
  }
  if (!segments_.empty()) segments_.front().arc = After(segments_.front().arc, lost.end);
}

void Replicas::OnSuccessorsChange(const std::vector<Server>& successors) {
  // Who was alone had nobody to fetch from, and may have been cut off from others who owned it all
  // meanwhile.
  if (successors_.empty() && !successors.empty()) {
    for (Segment& segment : segments_) segment = {++last_id_, segment.arc};
  }
  successors_ = successors;
  std::erase_if(leaving_, [&](const std::string& name) {
    return std::none_of(successors.begin(), successors.end(),
                        [&](const Server& next) { return NameOf(next) == name; });
  });
  ForgetOthers();
}

void Replicas::SetLeaving(const Server& member, bool leaving) {
  const bool follows =
      std::find(successors_.begin(), successors_.end(), member) != successors_.end();
  if (leaving && follows) leaving_.insert(NameOf(member));
  if (!leaving) leaving_.erase(NameOf(member));
  ForgetOthers();
}

void Replicas::SetCopies(std::size_t copies) {
  copies_ = std::max<std::size_t>(copies, 1);
  ForgetOthers();
}

// What was done with those that are neither sources nor holders any more.
void Replicas::ForgetOthers() {
  std::set<std::string> near;
  for (const Server& source : sources()) near.insert(NameOf(source));
  for (const Server& holder : holders()) near.insert(NameOf(holder));
  const auto gone = [&](const std::string& peer) { return near.count(peer) == 0; };
  for (Segment& segment : segments_) {
    std::erase_if(segment.fetched, gone);
    std::erase_if(segment.pushed, gone);
  }
  // Should it come back, it is not what it was.
  for (auto& [id, handed] : handed_) {
    if (gone(handed.peer)) handed.segments.clear();
  }
  std::erase_if(failed_, [&](const Handed& failed) { return gone(failed.peer); });
  Settle();
}

// What has been fetched from everybody is settled, and stays it whoever comes after.
void Replicas::Settle() {
  const bool alone = owned_ && owned_->start == owned_->end;
  if (successors_.empty() && !alone) return;  // who has joined is about to be told of them
  const std::vector<Server> all = sources();
  for (Segment& segment : segments_) {
    segment.settled =
        segment.settled || std::all_of(all.begin(), all.end(), [&](const Server& source) {
          return segment.fetched.count(NameOf(source)) != 0;
        });
  }
  Merge();
}

// Neighbours of which the same is to be said become one.
void Replicas::Merge() {
  for (std::size_t i = 1; i < segments_.size();) {
    Segment &first = segments_[i - 1], &second = segments_[i];
    const bool handed_alike = std::all_of(handed_.begin(), handed_.end(), [&](const auto& handed) {
      const std::set<std::uint64_t>& ids = handed.second.segments;
      return ids.count(first.id) == ids.count(second.id);
    });
    if (first.settled != second.settled || first.fetched != second.fetched ||
        first.pushed != second.pushed || !handed_alike) {
      ++i;
      continue;
    }
    for (auto& [id, handed] : handed_) handed.segments.erase(second.id);
    first.arc.end = second.arc.end;
    segments_.erase(segments_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

// --- What is to be done -------------------------------------------------------------------------

std::optional<Transfer> Replicas::Next() {
  std::optional<Transfer> next = NextOf(Transfer::Kind::kFetch);
  return next ? next : NextOf(Transfer::Kind::kPush);
}

std::optional<Transfer> Replicas::NextOf(Transfer::Kind kind) {
  const bool fetch = kind == Transfer::Kind::kFetch;
  const std::vector<Server> peers = fetch ? sources() : holders();
  for (const Segment& segment : segments_) {
    if (segment.settled == fetch) continue;
    for (const Server& peer : peers) {
      const std::string name = NameOf(peer);
      const bool done = (fetch ? segment.fetched : segment.pushed).count(name) != 0;
      if (done || IsTaken(segment, kind, name)) continue;
      handed_[++last_id_] = {kind, name, {segment.id}};
      return Transfer{last_id_, kind, segment.arc, peer};
    }
  }
  return std::nullopt;
}

bool Replicas::IsTaken(const Segment& segment, Transfer::Kind kind, const std::string& peer) const {
  const auto takes = [&](const Handed& handed) {
    return handed.kind == kind && handed.peer == peer && handed.segments.count(segment.id) != 0;
  };
  return std::any_of(failed_.begin(), failed_.end(), takes) ||
         std::any_of(handed_.begin(), handed_.end(),
                     [&](const auto& handed) { return takes(handed.second); });
}

// What is done becomes a segment of its own.
void Replicas::Advance(std::uint64_t transfer, Id upto) {
  const auto found = handed_.find(transfer);
  if (found == handed_.end()) return;
  Handed& advancing = found->second;
  const auto mark = [&](Segment& segment) {
    (advancing.kind == Transfer::Kind::kFetch ? segment.fetched : segment.pushed)
        .insert(advancing.peer);
  };
  const auto at = std::find_if(segments_.begin(), segments_.end(), [&](const Segment& segment) {
    return advancing.segments.count(segment.id) != 0 && Contains(segment.arc, upto);
  });
  if (at == segments_.end()) return;  // it was lost meanwhile
  for (auto before = segments_.begin(); before != at; ++before) {
    if (advancing.segments.erase(before->id) != 0) mark(*before);
  }
  if (at->arc.end == upto) {
    advancing.segments.erase(at->id);
    mark(*at);
    return Settle();
  }
  Segment done = *at;
  done.id = ++last_id_;
  done.arc.end = upto;
  at->arc = After(at->arc, upto);
  for (auto& [id, handed] : handed_) {
    if (id != transfer && handed.segments.count(at->id) != 0) handed.segments.insert(done.id);
  }
  mark(done);
  segments_.insert(at, std::move(done));
  Settle();
}

void Replicas::Done(std::uint64_t transfer) {
  const auto handed = handed_.extract(transfer);
  if (handed.empty()) return;
  const Handed& done = handed.mapped();
  for (Segment& segment : segments_) {
    if (done.segments.count(segment.id) == 0) continue;
    (done.kind == Transfer::Kind::kFetch ? segment.fetched : segment.pushed).insert(done.peer);
  }
  Settle();
}

void Replicas::Failed(std::uint64_t transfer) {
  auto handed = handed_.extract(transfer);
  if (!handed.empty()) failed_.push_back(std::move(handed.mapped()));
}

void Replicas::Missed(const Server& holder, Id id) {
  const std::string name = NameOf(holder);
  for (Segment& segment : segments_) {
    if (!Contains(segment.arc, id)) continue;
    segment.pushed.erase(name);
    // What is under way may have passed it already.
    for (auto& [transfer, handed] : handed_) {
      const bool push = handed.kind == Transfer::Kind::kPush && handed.peer == name;
      if (push) handed.segments.erase(segment.id);
    }
  }
}

void Replicas::Doubt(const Range& arc) {
  for (Segment& segment : segments_) {
    const bool overlaps = Contains(segment.arc, arc.end) || Contains(arc, segment.arc.end);
    if (!overlaps) continue;
    // Under another id: what is under way began before.
    segment = {++last_id_, segment.arc};
  }
}

// --- Who holds what -----------------------------------------------------------------------------

const Replicas::Segment* Replicas::At(Id id) const {
  for (const Segment& segment : segments_) {
    if (Contains(segment.arc, id)) return &segment;
  }
  return nullptr;
}

bool Replicas::IsSettled(Id id) const {
  const Segment* const segment = At(id);
  return segment != nullptr && segment->settled;
}

bool Replicas::HasAll(const Server& holder, Id id) const {
  const Segment* const segment = At(id);
  return segment != nullptr && segment->pushed.count(NameOf(holder)) != 0;
}

bool Replicas::IsComplete() const {
  const std::vector<Server> all = holders();
  return std::all_of(segments_.begin(), segments_.end(), [&](const Segment& segment) {
    return segment.settled && std::all_of(all.begin(), all.end(), [&](const Server& holder) {
             return segment.pushed.count(NameOf(holder)) != 0;
           });
  });
}

// --- What others own and this node holds --------------------------------------------------------

void Replicas::OnHeldFor(const Server& owner, const Range& range, absl::Time now) {
  held_[owner.name] = {owner, range, now};
}

std::vector<Server> Replicas::HeldFor(absl::Time since) const {
  std::vector<Server> owners;
  for (const auto& [name, held] : held_) {
    if (held.heard >= since) owners.push_back(held.owner);
  }
  return owners;
}

std::vector<Range> Replicas::Surplus(absl::Time since) const {
  // From where to where something is kept, both ends included, without passing zero.
  constexpr Id kLast = std::numeric_limits<Id>::max();
  std::vector<std::pair<Id, Id>> kept;
  const auto keep = [&](const Range& range) {
    if (range.start < range.end) {
      kept.emplace_back(range.start + 1, range.end);
    } else {
      kept.emplace_back(0, range.end);
      if (range.start != kLast) kept.emplace_back(range.start + 1, kLast);
    }
  };
  if (owned_) keep(*owned_);
  for (const auto& [owner, held] : held_) {
    if (held.heard >= since) keep(held.range);
  }
  std::sort(kept.begin(), kept.end());

  std::vector<std::pair<Id, Id>> free;
  Id next = 0;
  bool end = false;
  for (const auto& [first, last] : kept) {
    if (!end && first > next) free.emplace_back(next, first - 1);
    end = end || last == kLast;
    if (!end) next = std::max(next, last + 1);
  }
  if (!end) free.emplace_back(next, kLast);

  std::vector<Range> surplus;
  for (const auto& [first, last] : free) surplus.push_back({first - 1, last});
  // The last and the first are one arc that passes zero.
  if (free.size() > 1 && free.front().first == 0 && free.back().second == kLast) {
    surplus.front().start = surplus.back().start;
    surplus.pop_back();
  }
  return surplus;
}

}  // namespace concord
