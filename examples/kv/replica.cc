#include "examples/kv/replica.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "examples/kv/reconciler.h"

namespace kv {
namespace {

constexpr int kMostPushes = 2;  // at once
constexpr std::size_t kMostSwept = 1000;

// For so many ticks an owner may be silent before what is held for it is surplus.
constexpr int kPatience = 10;
// And for so many the ring may take to tell us that what another has claimed is ours no more.
constexpr int kDispute = 3;
// For so many a store that wants to leave may be silent before it is taken for one that stays.
constexpr int kSecondThoughts = 3;
// So often it asks whether it may.
constexpr absl::Duration kWithdrawAgain = absl::Milliseconds(100);
// After so long whoever was not ready is asked again: the ring is mostly what it is to be by then.
constexpr absl::Duration kSoon = absl::Milliseconds(100);

// What of `arc` is in these, which are apart, in its order.
std::vector<concord::Range> Common(const concord::Range& arc,
                                   const std::vector<concord::Range>& others) {
  std::vector<concord::Range> common;
  for (const Span& span : SpansOf(arc)) {
    std::vector<Span> parts;
    for (const concord::Range& other : others) {
      for (const Span& part : SpansOf(other)) {
        const Span both{std::max(span.first, part.first), std::min(span.last, part.last)};
        if (both.first <= both.last) parts.push_back(both);
      }
    }
    std::sort(parts.begin(), parts.end(),
              [](const Span& a, const Span& b) { return a.first < b.first; });
    for (const Span& part : parts) common.push_back({part.first - 1, part.last});
  }
  return common;
}

// Whether `outer` has all of `arc`.
bool IsWithin(const concord::Range& arc, const concord::Range& outer) {
  if (outer.start == outer.end) return true;
  return concord::Contains(outer, arc.end) &&
         concord::Contains({outer.start, arc.end}, arc.start + 1);
}

}  // namespace

Replica::Replica(Environment& environment, Storage& storage, const Options& options)
    : holding_(environment, storage, options) {}

absl::Status Replica::Load() {
  absl::Status status = holding_.shelf.Load();
  holding_.clock.See(holding_.shelf.latest());
  return status;
}

void Replica::Start() {
  started_ = holding_.environment.Now();
  Tick();
}

// --- The ring changes ---------------------------------------------------------------------------

void Replica::OnRangeChange(const concord::RangeChange& change) {
  holding_.replicas.OnRangeChange(change);
  if (change.lost && change.after) {
    holding_.claims.GiveUp(holding_.environment.self(), *change.after, change.epoch);
    lost_.push_back({*change.lost, holding_.environment.Now()});
  }
  FindPlace();
  Move();
}

// Until that is known, nothing is claimed from others.
void Replica::FindPlace() {
  if (!holding_.replicas.owned() || holding_.IsInPlace()) return;
  const std::optional<concord::Server> predecessor = holding_.environment.predecessor();
  std::vector<concord::Server> asked;
  if (predecessor && *predecessor != holding_.environment.self()) asked.push_back(*predecessor);
  if (const auto& next = holding_.replicas.successors(); !next.empty()) {
    if (asked.empty() || asked.front() != next.front()) asked.push_back(next.front());
  }
  for (const concord::Server& peer : asked) {
    wire::PeerRequest request;
    request.mutable_compare();  // nothing
    holding_.Ask(peer, std::move(request), [this](const auto&) {
      if (holding_.IsInPlace()) Move();
    });
  }
  if (std::exchange(finding_place_, true)) return;
  holding_.environment.After(kSoon, [this] {
    finding_place_ = false;
    FindPlace();
  });
}

void Replica::OnSuccessorsChange(const std::vector<concord::Server>& successors) {
  holding_.replicas.OnSuccessorsChange(successors);
  Move();
}

// Whatever is gained is claimed from everybody at once, since nobody serves it before that, and
// fetched from one after the other: what the first has brought the next need not. What is to be
// brought to others goes a few arcs at a time.
void Replica::Move() {
  using Kind = concord::Transfer::Kind;
  while (holding_.IsInPlace()) {
    const auto fetch = holding_.replicas.Next(Kind::kFetch);
    if (!fetch) break;
    Fetch(*fetch);
  }
  while (pushes_ < kMostPushes) {
    const auto push = holding_.replicas.Next(Kind::kPush);
    if (!push) return;
    ++pushes_;
    Carry(*push, [this] { --pushes_; });
  }
}

void Replica::Fetch(const concord::Transfer& transfer) {
  if (!transfer.lost) {
    holding_.claims.Claim(holding_.environment.self(), transfer.arc, holding_.replicas.epoch(),
                          holding_.environment.Now());
  }
  fetches_.push_back(transfer);
  if (fetches_.size() == 1) {
    FetchFirst();
  } else if (!transfer.lost) {
    Claim(transfer.arc, transfer.peer);
  }
  // Of holders that it is not fetched from, since others before them are leaving, it is claimed,
  // too.
  const std::vector<concord::Server> sources = holding_.replicas.sources(transfer.arc.end);
  if (transfer.lost || sources.empty() || transfer.peer != sources.front()) return;
  for (const concord::Server& holder : holding_.replicas.holders()) {
    if (std::find(sources.begin(), sources.end(), holder) == sources.end()) {
      Claim(transfer.arc, holder);
    }
  }
}

void Replica::Claim(const concord::Range& arc, const concord::Server& of) {
  wire::PeerRequest request;
  *request.mutable_compare()->add_arcs() = ToWire(arc);
  request.mutable_compare()->set_claim(true);
  holding_.Ask(of, std::move(request), [](const auto&) {});
}

void Replica::FetchFirst() {
  const auto next = [this] {
    fetches_.pop_front();
    if (!fetches_.empty()) FetchFirst();
  };
  const concord::Transfer& fetch = fetches_.front();
  // While it waited, some of it may have been lost: that is not to be claimed.
  const auto& owned = holding_.replicas.owned();
  if (fetch.lost || (owned && IsWithin(fetch.arc, *owned))) return Carry(fetch, next);
  holding_.replicas.Failed(fetch.id);
  RetrySoon();
  next();
}

void Replica::Carry(const concord::Transfer& transfer, std::function<void()> ended) {
  const bool fetch = transfer.kind == concord::Transfer::Kind::kFetch;
  Reconciler::Run(
      holding_,
      {.peer = transfer.peer,
       .arc = transfer.arc,
       .fetch = fetch,
       .take_over = fetch && !transfer.lost,
       .advanced = [this,
                    id = transfer.id](concord::Id upto) { holding_.replicas.Advance(id, upto); },
       .done =
           [this, id = transfer.id, ended = std::move(ended)](const absl::Status& status) {
             status.ok() ? holding_.replicas.Done(id) : holding_.replicas.Failed(id);
             ended();
             Move();
             if (absl::IsFailedPrecondition(status)) RetrySoon();
           }});
}

// What could not be fetched from a store that was not ready for it.
void Replica::RetrySoon() {
  if (std::exchange(retries_soon_, true)) return;
  holding_.environment.After(kSoon, [this] {
    retries_soon_ = false;
    holding_.replicas.Retry();
    Move();
  });
}

// --- Leaving ------------------------------------------------------------------------------------

void Replica::PrepareToLeave() {
  leaving_ = true;
  holding_.replicas.SetCopies(holding_.options.copies + 1);
  Move();
  Withdraw();
}

// Asks those that it holds for whether it may go, again and again, since things may change. Whoever
// has been asked does not take it for a holder any more, and says so no more.
void Replica::Withdraw() {
  holding_.environment.After(kWithdrawAgain, [this] { Withdraw(); });
  const absl::Time now = holding_.environment.Now();
  const absl::Time since = now - kDispute * holding_.options.tick;
  for (const concord::Server& owner : holding_.replicas.HeldFor(since)) {
    owners_.try_emplace(owner.name, HeldOwner{owner, now});
  }
  std::erase_if(owners_, [&](const auto& owner) { return owner.second.heard < since; });
  for (const auto& [name, owner] : owners_) {
    wire::PeerRequest request;
    request.mutable_withdraw();
    holding_.Ask(owner.server, std::move(request),
                 [this, name = name](const absl::StatusOr<wire::PeerResponse>& response) {
                   const auto asked = owners_.find(name);
                   if (asked == owners_.end()) return;
                   asked->second.granted = response.ok() && response->withdrawn().granted();
                   if (response.ok()) asked->second.heard = holding_.environment.Now();
                 });
  }
}

bool Replica::MayLeave() {
  if (!leaving_ || !IsComplete() || !HasEnoughHolders()) return false;
  const bool granted = std::all_of(owners_.begin(), owners_.end(),
                                   [](const auto& owner) { return owner.second.granted; });
  if (!granted) return false;
  coordinator_.Stop();
  return coordinator_.IsIdle();
}

// Without those that leave there may be too few for now: when they have gone, the ring names
// others.
bool Replica::HasEnoughHolders(const std::string& without) const {
  const std::vector<concord::Server>& next = holding_.replicas.successors();
  const auto stay = std::count_if(next.begin(), next.end(), [&](const concord::Server& server) {
    return server.name != without && leavers_.count(server.name) == 0;
  });
  const std::size_t enough = std::max<std::size_t>(holding_.options.write_quorum, 2) - 1;
  return static_cast<std::size_t>(stay) >= enough || next.size() < holding_.options.successors;
}

// A holder is about to leave. If too few would stay it has to wait for others to go first: then the
// ring names those behind them.
wire::PeerResponse Replica::LetLeave(const wire::PeerRequest& request) {
  const concord::Server from = FromWire(request.from());
  const bool enough = HasEnoughHolders(from.name);
  if (enough) {
    leavers_[from.name] = holding_.environment.Now();
    holding_.replicas.SetLeaving(from, true);
    Move();
  }
  wire::PeerResponse response;
  response.mutable_withdrawn()->set_granted(enough && holding_.replicas.IsComplete());
  return response;
}

// --- From time to time --------------------------------------------------------------------------

void Replica::Tick() {
  holding_.environment.After(holding_.options.tick, [this] { Tick(); });
  holding_.replicas.Retry();
  ForgetLeavers();
  TakeOver();
  Move();
  CompareHolders();
  BringBack();
  LetGo();
  DropTombstones();
}

// Who wanted to leave and has not asked for a while stays, or is gone.
void Replica::ForgetLeavers() {
  const absl::Time until = holding_.environment.Now() - kSecondThoughts * holding_.options.tick;
  for (const concord::Server& next : std::vector(holding_.replicas.successors())) {
    const auto leaver = leavers_.find(next.name);
    if (leaver != leavers_.end() && leaver->second < until) {
      holding_.replicas.SetLeaving(next, false);
    }
  }
  std::erase_if(leavers_, [&](const auto& leaver) { return leaver.second < until; });
}

// Somebody has claimed what is ours, here or at a holder, and the ring has not told us since that
// it is not: others must have taken us for dead for a while, or have been cut off.
void Replica::TakeOver() {
  const absl::Time until = holding_.environment.Now() - kDispute * holding_.options.tick;
  if (const auto& owned = holding_.replicas.owned()) {
    for (const concord::Range& arc :
         holding_.claims.OfOthers(holding_.environment.self(), *owned, until)) {
      holding_.replicas.Doubt(arc);
    }
  }
  for (const auto& [hash, since] : holding_.disputed) {
    if (since <= until) holding_.replicas.Doubt({hash - 1, hash});
  }
  std::erase_if(holding_.disputed, [&](const auto& dispute) { return dispute.second <= until; });
}

// Whatever was lost on the way to a holder that is said to have all is found here. It also tells
// holders that they are.
void Replica::CompareHolders() {
  if (!holding_.replicas.owned()) return;
  for (const concord::Server& holder : holding_.replicas.holders()) {
    if (!holding_.replicas.HasAll(holder)) {
      wire::PeerRequest request;
      request.mutable_compare();  // nothing
      holding_.Ask(holder, std::move(request), [](const auto&) {});
    } else if (compared_.insert(holder.name).second) {
      Reconciler::Run(holding_, {.peer = holder,
                                 .arc = *holding_.replicas.owned(),
                                 .done = [this, name = holder.name](const absl::Status&) {
                                   compared_.erase(name);
                                 }});
    }
  }
}

// What this store owned and lost is fetched from it by whoever it holds for now. Others may own
// some of it, too, after a split, who do not know that it has something: to them it is brought.
void Replica::BringBack() {
  while (!bringing_back_ && !lost_.empty()) {
    Lost& lost = lost_.front();
    std::optional<concord::Range> next;
    std::string first, last;
    for (const concord::Range& part : Common(lost.arc, holding_.replicas.Surplus(lost.since))) {
      const auto page = holding_.shelf.List(part, std::nullopt, /*values=*/false,
                                            Reconciler::kMostEntries, ~std::size_t{0});
      if (!page.ok()) return;
      if (page->entries.empty()) continue;
      next = part;
      first = page->entries.front().key;
      last = page->entries.back().key;
      break;
    }
    if (!next) {
      lost_.pop_front();
      continue;
    }
    // Those that it holds for may not have said so yet.
    if (holding_.environment.Now() < lost.since + holding_.options.tick) return;
    bringing_back_ = true;
    lost.arc.start = next->start;  // what is before that is done
    holding_.environment.FindOwner(
        first, holding_.options.call_timeout,
        [this, start = next->start, last](const absl::StatusOr<concord::Server>& owner) {
          if (!owner.ok() || *owner == holding_.environment.self()) {
            bringing_back_ = false;  // until the next tick
            return;
          }
          concord::Range arc{start, holding_.shelf.HashOf(last)};
          if (concord::Contains(arc, owner->id)) arc.end = owner->id;
          Bring(*owner, arc);
        });
  }
}

// To its owner the first part of what was lost.
void Replica::Bring(const concord::Server& owner, const concord::Range& arc) {
  Reconciler::Run(holding_, {.peer = owner, .arc = arc, .done = [this, arc](const auto& status) {
                               bringing_back_ = false;
                               if (!status.ok()) return;  // until the next tick
                               Lost& lost = lost_.front();
                               const bool all = arc.end == lost.arc.end;
                               lost.arc.start = arc.end;
                               if (all) lost_.pop_front();
                               BringBack();
                             }});
}

// What this store holds and is not to hold any more goes, a page at a time, once its owner and all
// holders of that have it.
void Replica::LetGo() {
  const absl::Time since = holding_.environment.Now() - kPatience * holding_.options.tick;
  if (letting_go_ || since < started_) return;  // who it is held for may not have said so yet
  for (const concord::Range& arc : holding_.replicas.Surplus(since)) {
    auto page = holding_.shelf.List(arc, std::nullopt, /*values=*/false, Reconciler::kMostEntries,
                                    ~std::size_t{0});
    if (!page.ok() || page->entries.empty()) continue;
    letting_go_ = true;
    const std::string key = page->entries.front().key;
    holding_.environment.FindOwner(
        key, holding_.options.call_timeout,
        [this, arc, page = *std::move(page)](const absl::StatusOr<concord::Server>& owner) {
          if (!owner.ok() || *owner == holding_.environment.self()) {
            letting_go_ = false;
            return;
          }
          std::vector<Entry> entries = page.entries;
          std::erase_if(entries, [&](const Entry& entry) {  // those that are another's
            const concord::Id hash = holding_.shelf.HashOf(entry.key);
            return !concord::Contains({arc.start, owner->id}, hash);
          });
          if (entries.empty()) {
            letting_go_ = false;
            return;
          }
          const concord::Range part{holding_.shelf.HashOf(entries.front().key) - 1,
                                    holding_.shelf.HashOf(entries.back().key)};
          Offer(*owner, part, std::move(entries));
        });
    return;
  }
}

bool Replica::IsSurplus(const concord::Range& arc) const {
  const absl::Time since = holding_.environment.Now() - kPatience * holding_.options.tick;
  const std::vector<concord::Range> surplus = holding_.replicas.Surplus(since);
  return std::any_of(surplus.begin(), surplus.end(),
                     [&](const concord::Range& part) { return IsWithin(arc, part); });
}

void Replica::Offer(const concord::Server& owner, const concord::Range& arc,
                    std::vector<Entry> entries) {
  Reconciler::Run(
      holding_,
      {.peer = owner,
       .arc = arc,
       .done = [this, owner, arc, entries = std::move(entries)](const absl::Status& status) {
         if (!status.ok()) {
           letting_go_ = false;
           return;
         }
         wire::PeerRequest request;
         *request.mutable_release()->mutable_arc() = ToWire(arc);
         holding_.Ask(owner, std::move(request),
                      [this, arc, entries](absl::StatusOr<wire::PeerResponse> response) {
                        letting_go_ = false;
                        if (!response.ok() || !response->released().granted()) return;
                        // (It may be ours to hold again meanwhile.)
                        if (IsSurplus(arc) && holding_.shelf.Remove(entries).ok()) LetGo();
                      });
       }});
}

// Each store for itself: by then the value is long gone everywhere.
void Replica::DropTombstones() {
  const concord::Range all{~concord::Id{0}, ~concord::Id{0}};
  const auto page = holding_.shelf.List(all, swept_, /*values=*/false, kMostSwept, ~std::size_t{0});
  if (!page.ok()) return;
  std::vector<Entry> old;
  for (const Entry& entry : page->entries) {
    if (holding_.IsOver(entry)) old.push_back(entry);
  }
  swept_ = page->more ? std::optional(page->entries.back().key) : std::nullopt;
  holding_.shelf.Remove(old).IgnoreError();  // whatever is wrong with the disk is told to clients
}

// --- Questions of clients -----------------------------------------------------------------------

absl::StatusOr<wire::ScanResponse> Replica::Scan(const wire::ScanRequest& request) {
  wire::ScanResponse response;
  if (!holding_.replicas.owned()) return response;
  if (!holding_.replicas.IsSettled()) {
    return absl::UnavailableError("this store has not fetched yet what others have of its arc");
  }
  const std::optional<std::string> after =
      request.cursor().empty() ? std::nullopt : std::optional(request.cursor());
  const auto page = holding_.shelf.List(*holding_.replicas.owned(), after, request.with_values(),
                                        Reconciler::kMostEntries, Reconciler::kMostBytes);
  if (!page.ok()) return page.status();
  for (const Entry& entry : page->entries) {
    if (!entry.deleted) *response.add_entries() = ToWire(entry);
  }
  if (page->more) response.set_next_cursor(page->entries.back().key);
  return response;
}

wire::StatsResponse Replica::Stats() {
  wire::StatsResponse stats;
  *stats.mutable_self() = ToWire(holding_.environment.self());
  stats.set_entries(holding_.shelf.entries());
  stats.set_complete(IsComplete());
  stats.set_moved_bytes(holding_.moved_bytes);
  stats.set_copies(static_cast<std::uint32_t>(holding_.replicas.copies()));
  for (const concord::Server& next : holding_.replicas.successors()) {
    *stats.add_successors() = ToWire(next);
  }
  if (const auto& owned = holding_.replicas.owned()) {
    *stats.mutable_owned() = ToWire(*owned);
    if (const auto digest = holding_.shelf.DigestOf(*owned); digest.ok()) {
      stats.set_owned_entries(digest->entries);
    }
  }
  return stats;
}

// --- Questions of other stores ------------------------------------------------------------------

void Replica::Serve(wire::PeerRequest request, absl::Time deadline, Answer done) {
  Answer answer = [this, done = std::move(done)](absl::StatusOr<wire::PeerResponse> response) {
    const auto& owned = holding_.replicas.owned();
    if (response.ok() && owned) {
      *response->mutable_owned() = ToWire(*owned);
      if (const auto& given = holding_.replicas.given()) {
        *response->mutable_given() = ToWire(*given);
      }
      if (const auto& next = holding_.replicas.successors(); !next.empty()) {
        *response->mutable_next() = ToWire(next.front());
      }
    }
    done(std::move(response));
  };
  if (request.has_owned()) {
    const concord::Server from = FromWire(request.from());
    const concord::Range owned = FromWire(request.owned());
    holding_.replicas.OnHeldFor(from, owned, holding_.environment.Now());
    holding_.claims.GiveUp(from, owned, request.epoch());
    BringBack();
  }
  switch (request.what_case()) {
    case wire::PeerRequest::kExecute: {
      if (absl::Status status = Check(request.execute()); !status.ok()) {
        return answer(Refusal(status));
      }
      const std::uint64_t until = request.execute().until();
      if (until != 0) {
        deadline = std::min(deadline, absl::FromUnixMillis(static_cast<std::int64_t>(until)));
      }
      return coordinator_.Execute(request.execute(), deadline, std::move(answer));
    }
    case wire::PeerRequest::kStore:
      return Keep(std::move(request), std::move(answer));
    case wire::PeerRequest::kRead:
      if (request.read().serving()) return FindDurable(request, std::move(answer));
      return answer(Find(request));
    case wire::PeerRequest::kCompare:
      return answer(Compare(request));
    case wire::PeerRequest::kList:
      return answer(List(request));
    case wire::PeerRequest::kRelease:
      return answer(Release(request));
    case wire::PeerRequest::kWithdraw:
      return answer(LetLeave(request));
    case wire::PeerRequest::WHAT_NOT_SET:
      return answer(absl::InvalidArgumentError("nothing is asked"));
  }
}

// Who owns the key, if it is not who asks.
std::optional<wire::PeerResponse> Replica::CheckOwner(const wire::PeerRequest& request,
                                                      const std::string& key) const {
  const concord::Id hash = holding_.shelf.HashOf(key);
  const Claims::Claimant claimant = holding_.claims.ClaimantOf(hash);
  if (!claimant.IsOrNobody(FromWire(request.from()))) return NotOwner(claimant.owner);
  if (!claimant.any && holding_.Serves(hash)) return NotOwner(holding_.environment.self());
  return std::nullopt;
}

void Replica::Keep(wire::PeerRequest request, Answer answer) {
  std::vector<Entry> entries;
  for (wire::Entry& entry : *request.mutable_store()->mutable_entries()) {
    if (!request.store().moved()) {
      if (auto other = CheckOwner(request, entry.key())) return answer(*std::move(other));
    } else if (holding_.Serves(holding_.shelf.HashOf(entry.key()))) {
      // What comes back to its owner is to go on to its holders.
      for (const concord::Server& holder : holding_.replicas.holders()) {
        holding_.replicas.Missed(holder, holding_.shelf.HashOf(entry.key()));
      }
    }
    holding_.clock.See(entry.version().time());
    entries.push_back(FromWire(std::move(entry)));
    if (request.store().moved()) holding_.moved_bytes += entries.back().bytes();
  }
  holding_.shelf.Keep(std::move(entries), [answer = std::move(answer)](const auto& kept) {
    if (!kept.ok()) return answer(kept.status());
    wire::PeerResponse response;
    response.mutable_stored();
    for (const Version& version : *kept) {
      *response.mutable_stored()->add_versions() = ToWire(version);
    }
    answer(std::move(response));
  });
}

// For a client of the owner that asks: what it is told must not be gone after a crash.
void Replica::FindDurable(const wire::PeerRequest& request, Answer answer) {
  if (request.read().keys_size() != 1) {
    return answer(absl::InvalidArgumentError(
        absl::StrCat("a client reads one key, and not ", request.read().keys_size())));
  }
  const std::string& key = request.read().keys(0);
  if (request.read().claim()) {
    const concord::Id hash = holding_.shelf.HashOf(key);
    holding_.claims.Claim(FromWire(request.from()), {hash - 1, hash}, request.epoch(),
                          holding_.environment.Now());
  }
  if (auto other = CheckOwner(request, key)) return answer(*std::move(other));
  holding_.shelf.GetDurable(
      key, [answer = std::move(answer)](const absl::StatusOr<std::optional<Entry>>& entry) {
        if (!entry.ok()) return answer(entry.status());
        wire::PeerResponse response;
        *response.mutable_found()->add_entries() = *entry ? ToWire(**entry) : wire::Entry();
        answer(std::move(response));
      });
}

absl::StatusOr<wire::PeerResponse> Replica::Find(const wire::PeerRequest& request) {
  wire::PeerResponse response;
  std::size_t bytes = 0;
  for (const std::string& key : request.read().keys()) {
    if (bytes > Reconciler::kMostBytes) break;
    const absl::StatusOr<std::optional<Entry>> entry = holding_.shelf.Get(key);
    if (!entry.ok()) return entry.status();
    *response.mutable_found()->add_entries() = *entry ? ToWire(**entry) : wire::Entry();
    if (*entry) bytes += (*entry)->value.size();
  }
  return response;
}

absl::StatusOr<wire::PeerResponse> Replica::Compare(const wire::PeerRequest& request) {
  wire::PeerResponse response;
  response.mutable_compared();
  for (const wire::Arc& arc : request.compare().arcs()) {
    if (request.compare().claim()) {
      holding_.claims.Claim(FromWire(request.from()), FromWire(arc), request.epoch(),
                            holding_.environment.Now());
    }
    const absl::StatusOr<Digest> digest = holding_.shelf.DigestOf(FromWire(arc));
    if (!digest.ok()) return digest.status();
    *response.mutable_compared()->add_digests() = ToWire(*digest);
    if (holding_.replicas.Owes(FromWire(arc))) response.mutable_compared()->set_owes(true);
  }
  return response;
}

absl::StatusOr<wire::PeerResponse> Replica::List(const wire::PeerRequest& request) {
  const wire::List& list = request.list();
  const auto page = holding_.shelf.List(
      FromWire(list.arc()), list.has_after() ? std::optional(list.after()) : std::nullopt,
      list.with_values(), Reconciler::kMostEntries, Reconciler::kMostBytes);
  if (!page.ok()) return page.status();
  wire::PeerResponse response;
  response.mutable_listed()->set_more(page->more);
  for (const Entry& entry : page->entries)
    *response.mutable_listed()->add_entries() = ToWire(entry);
  return response;
}

wire::PeerResponse Replica::Release(const wire::PeerRequest& request) const {
  const concord::Range arc = FromWire(request.release().arc());
  const auto& owned = holding_.replicas.owned();
  const std::vector<concord::Server> holders = holding_.replicas.holders();
  const bool holds =  // and has not heard so for a while
      std::find(holders.begin(), holders.end(), FromWire(request.from())) != holders.end();
  wire::PeerResponse response;
  response.mutable_released()->set_granted(!holds && owned && IsWithin(arc, *owned) &&
                                           holding_.replicas.IsComplete());
  return response;
}

}  // namespace kv
