#include "concord/replicas.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace concord {
namespace {

// So often fetching what is lost may fail, which is for whoever owns it now. Two that wait for each
// other go on then.
constexpr int kMostFailures = 100;

std::string NameOf(const Server& peer) { return absl::StrCat(peer.name, "@", peer.address); }

std::vector<Server> FirstOf(const std::vector<Server>& servers, std::size_t n) {
  return {servers.begin(),
          servers.begin() + static_cast<std::ptrdiff_t>(std::min(n, servers.size()))};
}

std::set<std::string> NamesOf(const std::vector<Server>& servers) {
  std::set<std::string> names;
  for (const Server& server : servers) names.insert(NameOf(server));
  return names;
}

bool Overlap(const Range& a, const Range& b) { return Contains(a, b.end) || Contains(b, a.end); }

}  // namespace

Replicas::Replicas(std::size_t copies) : copies_(std::max<std::size_t>(copies, 1)) {}

std::vector<Server> Replicas::holders() const {
  std::vector<Server> stay;
  std::copy_if(successors_.begin(), successors_.end(), std::back_inserter(stay),
               [&](const Server& next) { return leaving_.count(NameOf(next)) == 0; });
  return FirstOf(stay, copies_ - 1);
}

// One more than hold for us: one of them may have come since what we gain was written, and have
// nothing of it yet.
std::vector<Server> Replicas::NextSources() const { return FirstOf(successors_, copies_); }

// --- What the node tells ------------------------------------------------------------------------

void Replicas::OnRangeChange(const RangeChange& change) {
  owned_ = change.after;
  epoch_ = change.epoch;
  given_ = change.after ? change.lost : std::nullopt;
  if (!change.after) {
    segments_.clear();
  } else if (!change.before) {
    segments_ = {{.id = ++last_id_, .arc = *change.after}};
  } else if (change.gained) {  // what is gained lies before what was owned
    segments_.insert(segments_.begin(), Segment{.id = ++last_id_, .arc = *change.gained});
  } else if (change.lost) {
    Cut(*change.lost, change.peer);
  }
  Settle();
}

// A first part of what is owned is lost. Whoever has it now fetches it from us, and has nothing of
// it that would be fetched for it: the two would wait for each other.
void Replicas::Cut(const Range& lost, const std::optional<Server>& heir) {
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (segments_[i].lost) continue;
    const bool whole = Contains(lost, segments_[i].arc.end);
    if (!whole && !Contains(segments_[i].arc, lost.end)) continue;
    if (!whole) Divide(i, lost.end);
    segments_[i].lost = true;
    if (heir) segments_[i].sources.erase(NameOf(*heir));
  }
  ForgetLost();
}

// The part of a segment up to `at` becomes one of its own, before it, and is in the same hands.
void Replicas::Divide(std::size_t segment, Id at) {
  Segment& rest = segments_[segment];
  Segment first = rest;
  first.id = ++last_id_;
  first.arc.end = at;
  rest.arc.start = at;
  for (auto& [id, handed] : handed_) {
    if (handed.segments.count(rest.id) != 0) handed.segments.insert(first.id);
  }
  segments_.insert(segments_.begin() + static_cast<std::ptrdiff_t>(segment), std::move(first));
}

void Replicas::OnSuccessorsChange(const std::vector<Server>& successors) {
  // Who was alone had nobody to fetch from, and may have been cut off from others who owned it all
  // meanwhile.
  if (successors_.empty() && !successors.empty()) {
    for (Segment& segment : segments_) {
      if (segment.settled) FetchAgain(segment);
    }
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

// What was done with those that are not sources, or holders, any more.
void Replicas::ForgetOthers() {
  // A source stays one as long as it is there, whoever comes between.
  const std::set<std::string> from = NamesOf(successors_), to = NamesOf(holders());
  for (Segment& segment : segments_) {
    std::erase_if(segment.fetched, [&](const std::string& peer) { return from.count(peer) == 0; });
    std::erase_if(segment.pushed, [&](const std::string& peer) { return to.count(peer) == 0; });
  }
  // Should it come back, it is not what it was.
  const auto is_gone = [&](const Handed& handed) {
    return (handed.kind == Transfer::Kind::kFetch ? from : to).count(handed.peer) == 0;
  };
  for (auto& [id, handed] : handed_) {
    if (is_gone(handed)) handed.segments.clear();
  }
  std::erase_if(failed_, is_gone);
  Settle();
}

std::vector<Server> Replicas::SourcesOf(const Segment& segment) const {
  std::vector<Server> all;
  std::copy_if(successors_.begin(), successors_.end(), std::back_inserter(all),
               [&](const Server& next) { return segment.sources.count(NameOf(next)) != 0; });
  return all;
}

// What has been fetched from everybody is settled, and stays it whoever comes after.
void Replicas::Settle() {
  const bool alone = owned_ && owned_->start == owned_->end;
  if (successors_.empty() && !alone) return;  // who has joined is about to be told of them
  for (Segment& segment : segments_) {
    if (!segment.settled && !segment.lost) segment.sources.merge(NamesOf(NextSources()));
    const std::vector<Server> all = SourcesOf(segment);
    segment.settled =
        segment.settled || std::all_of(all.begin(), all.end(), [&](const Server& source) {
          return segment.fetched.count(NameOf(source)) != 0;
        });
  }
  ForgetLost();
  Merge();
}

// What is lost need not be fetched, if that was done before, or took too long.
void Replicas::ForgetLost() {
  std::erase_if(segments_, [](const Segment& segment) {
    return segment.lost && (segment.settled || segment.had || segment.failures > kMostFailures);
  });
}

// Neighbours of which the same is to be said become one.
void Replicas::Merge() {
  for (std::size_t i = 1; i < segments_.size();) {
    Segment &first = segments_[i - 1], &second = segments_[i];
    const bool handed_alike = std::all_of(handed_.begin(), handed_.end(), [&](const auto& handed) {
      const std::set<std::uint64_t>& ids = handed.second.segments;
      return ids.count(first.id) == ids.count(second.id);
    });
    if (first.arc.end != second.arc.start || first.lost != second.lost ||
        (!first.settled && first.sources != second.sources) || first.had != second.had ||
        first.settled != second.settled || first.fetched != second.fetched ||
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
  std::optional<Transfer> next = Next(Transfer::Kind::kFetch);
  return next ? next : Next(Transfer::Kind::kPush);
}

std::optional<Transfer> Replicas::Next(Transfer::Kind kind) {
  const bool fetch = kind == Transfer::Kind::kFetch;
  const std::vector<Server> holding = holders();
  for (const Segment& segment : segments_) {
    if (segment.settled == fetch || (segment.lost && !fetch)) continue;
    for (const Server& peer : fetch ? SourcesOf(segment) : holding) {
      const std::string name = NameOf(peer);
      const bool done = (fetch ? segment.fetched : segment.pushed).count(name) != 0;
      if (done || IsTaken(segment, kind, name)) continue;
      handed_[++last_id_] = {kind, name, {segment.id}};
      return Transfer{last_id_, kind, segment.arc, peer, segment.lost};
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
  const auto i = static_cast<std::size_t>(at - segments_.begin());
  Divide(i, upto);
  advancing.segments.erase(segments_[i].id);
  mark(segments_[i]);
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
  if (handed.empty()) return;
  for (Segment& segment : segments_) {
    if (segment.lost && handed.mapped().segments.count(segment.id) != 0) ++segment.failures;
  }
  failed_.push_back(std::move(handed.mapped()));
  Settle();
}

void Replicas::Missed(const Server& holder, Id id) {
  const std::string name = NameOf(holder);
  for (Segment& segment : segments_) {
    if (segment.lost || !Contains(segment.arc, id)) continue;
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
    if (!segment.lost && Overlap(segment.arc, arc)) FetchAgain(segment);
  }
  Settle();
}

// Under another id: what is under way began before.
void Replicas::FetchAgain(Segment& segment) {
  segment = {.id = ++last_id_, .arc = segment.arc, .had = segment.had || segment.settled};
}

// --- Who holds what -----------------------------------------------------------------------------

const Replicas::Segment* Replicas::At(Id id) const {
  for (const Segment& segment : segments_) {
    if (!segment.lost && Contains(segment.arc, id)) return &segment;
  }
  return nullptr;
}

std::vector<Server> Replicas::sources(Id id) const {
  const Segment* const segment = At(id);
  return segment == nullptr ? std::vector<Server>() : SourcesOf(*segment);
}

bool Replicas::IsSettled(Id id) const {
  const Segment* const segment = At(id);
  return segment != nullptr && segment->settled;
}

bool Replicas::IsSettled() const {
  return std::all_of(segments_.begin(), segments_.end(),
                     [](const Segment& segment) { return segment.lost || segment.settled; });
}

bool Replicas::Owes(const Range& arc) const {
  return std::any_of(segments_.begin(), segments_.end(), [&](const Segment& segment) {
    return !segment.settled && !segment.had && Overlap(segment.arc, arc);
  });
}

bool Replicas::HasAll(const Server& holder) const {
  const std::string name = NameOf(holder);
  return std::all_of(segments_.begin(), segments_.end(), [&](const Segment& segment) {
    return segment.lost || segment.pushed.count(name) != 0;
  });
}

bool Replicas::HasAll(const Server& holder, Id id) const {
  const Segment* const segment = At(id);
  return segment != nullptr && segment->pushed.count(NameOf(holder)) != 0;
}

bool Replicas::IsComplete() const {
  const std::vector<Server> all = holders();
  return IsSettled() &&
         std::all_of(all.begin(), all.end(), [&](const Server& holder) { return HasAll(holder); });
}

// --- What others own and this node holds --------------------------------------------------------

void Replicas::OnHeldFor(const Server& owner, const Range& range, absl::Time now) {
  std::erase_if(held_, [&](const auto& held) { return held.second.heard < now - absl::Hours(1); });
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
