#include "examples/kv/reconciler.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace kv {

void Reconciler::Run(Holding& holding, Task task) {
  const std::shared_ptr<Reconciler> run(new Reconciler(holding, std::move(task)));
  run->parts_ = {{run->task_.arc}};
  run->Compare();
}

void Reconciler::Step() {
  if (parts_.empty()) {
    return End(lacking_.empty() ? absl::OkStatus() : absl::FailedPreconditionError(lacking_));
  }
  if (!parts_.front().differs) return Compare();
  Exchange(parts_.front().arc);
}

void Reconciler::PartIsDone() {
  if (rest_after_) return Exchange(parts_.front().arc, std::exchange(rest_after_, std::nullopt));
  const concord::Id upto = parts_.front().arc.end;
  parts_.pop_front();
  Advance(upto);
  Step();
}

void Reconciler::Advance(concord::Id upto) {
  if (task_.advanced && lacking_.empty()) task_.advanced(upto);
}

// The first parts of which nobody knows yet whether they differ.
void Reconciler::Compare() {
  std::vector<concord::Range> arcs;
  wire::PeerRequest request;
  request.mutable_compare()->set_claim(task_.take_over && !std::exchange(claimed_, true));
  for (const Part& part : parts_) {
    if (part.differs || arcs.size() == kMostArcs) break;
    arcs.push_back(part.arc);
    *request.mutable_compare()->add_arcs() = ToWire(part.arc);
  }
  Ask(std::move(request),
      [this, arcs](const wire::PeerResponse& response) { OnCompared(arcs, response); });
}

void Reconciler::OnCompared(const std::vector<concord::Range>& arcs,
                            const wire::PeerResponse& response) {
  const wire::Compared& theirs = response.compared();
  if (static_cast<std::size_t>(theirs.digests_size()) != arcs.size()) {
    return End(absl::InternalError("a digest is missing in an answer"));
  }
  if (task_.fetch && theirs.owes()) lacking_ = "it has not fetched all of it yet itself";
  if (task_.take_over && (!holding_.IsInPlace() || !holding_.IsNext(task_.peer, response))) {
    lacking_ = "it is not where it is to be in the ring";
  }
  parts_.erase(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(arcs.size()));
  std::vector<Part> rest;
  concord::Id equal_to = task_.arc.start;
  for (std::size_t i = 0; i < arcs.size(); ++i) {
    const Digest their = FromWire(theirs.digests(static_cast<int>(i)));
    const absl::StatusOr<Digest> our = holding_.shelf.DigestOf(arcs[i]);
    if (!our.ok()) return End(our.status());
    if (*our == their) {
      if (rest.empty()) equal_to = arcs[i].end;
      continue;
    }
    const bool few = our->entries + their.entries <= kFewEntries;
    const bool one_sided = our->entries == 0 || their.entries == 0;
    const std::vector<concord::Range> divided =
        few || one_sided ? std::vector{arcs[i]} : holding_.shelf.Split(arcs[i]);
    for (const concord::Range& arc : divided) rest.push_back({arc, divided.size() == 1});
  }
  parts_.insert(parts_.begin(), rest.begin(), rest.end());
  if (equal_to != task_.arc.start && !parts_.empty()) Advance(equal_to);
  Step();
}

// A part in which both have few entries, or one has none, or that cannot be divided: from the entry
// after `after` on.
void Reconciler::Exchange(const concord::Range& arc, std::optional<std::string> after) {
  const absl::StatusOr<Digest> ours = holding_.shelf.DigestOf(arc);
  if (!ours.ok()) return End(ours.status());
  if (ours->entries == 0) return Pull(arc, std::move(after));
  wire::PeerRequest request;
  *request.mutable_list()->mutable_arc() = ToWire(arc);
  if (after) request.mutable_list()->set_after(*after);
  Ask(std::move(request), [this, arc, after](wire::PeerResponse response) {
    if (response.listed().entries_size() == 0) return Push(arc, after);
    auto ours = holding_.shelf.List(arc, after, /*values=*/false, kMostEntries, ~0ul);
    if (!ours.ok()) return End(ours.status());
    std::vector<Entry> listed;
    for (wire::Entry& entry : *response.mutable_listed()->mutable_entries()) {
      listed.push_back(FromWire(std::move(entry)));
    }
    // Of a list that goes on only what is up to its end can be compared.
    const auto cut = [&](std::vector<Entry>& entries, const Entry& last) {
      std::erase_if(entries, [&](const Entry& entry) { return PlaceOf(last) < PlaceOf(entry); });
      rest_after_ = last.key;
    };
    if (response.listed().more()) cut(ours->entries, Entry(listed.back()));
    if (ours->more && !ours->entries.empty()) cut(listed, Entry(ours->entries.back()));
    std::map<std::string, Entry> theirs;
    for (Entry& entry : listed) theirs.emplace(entry.key, entry);
    std::vector<std::string> to_get;
    to_give_.clear();
    for (const Entry& entry : ours->entries) {
      const auto their = theirs.extract(entry.key);
      const Version version = their.empty() ? Version{} : their.mapped().version;
      if (entry.version > version && (!their.empty() || !holding_.IsOver(entry))) {
        to_give_.push_back(entry.key);
      }
      if (entry.version < version) to_get.push_back(entry.key);
    }
    for (const auto& [key, entry] : theirs) {
      if (!holding_.IsOver(entry)) to_get.push_back(key);
    }
    Get(std::move(to_get));
  });
}

Place Reconciler::PlaceOf(const Entry& entry) const {
  return {holding_.shelf.HashOf(entry.key), entry.key};
}

// All of theirs.
void Reconciler::Pull(const concord::Range& arc, std::optional<std::string> after) {
  wire::PeerRequest request;
  *request.mutable_list()->mutable_arc() = ToWire(arc);
  request.mutable_list()->set_with_values(true);
  if (after) request.mutable_list()->set_after(*after);
  Ask(std::move(request), [this, arc](wire::PeerResponse response) {
    std::vector<Entry> entries;
    for (wire::Entry& entry : *response.mutable_listed()->mutable_entries()) {
      entries.push_back(FromWire(std::move(entry)));
    }
    if (entries.empty()) return PartIsDone();
    const std::string last = entries.back().key;
    const bool more = response.listed().more();
    std::erase_if(entries, [this](const Entry& entry) { return holding_.IsOver(entry); });
    Keep(std::move(entries), [this, arc, last, more] {
      if (!more) return PartIsDone();
      // (The last key's hash may be another's, too, that has not come yet.)
      const concord::Id upto = holding_.shelf.HashOf(last) - 1;
      if (upto != arc.start && concord::Contains(arc, upto)) Advance(upto);
      Pull(arc, last);
    });
  });
}

// All of ours.
void Reconciler::Push(const concord::Range& arc, std::optional<std::string> after) {
  auto page = holding_.shelf.List(arc, after, /*values=*/true, kMostEntries, kMostBytes);
  if (!page.ok()) return End(page.status());
  if (page->entries.empty()) return PartIsDone();
  const std::string last = page->entries.back().key;
  std::erase_if(page->entries, [this](const Entry& entry) { return holding_.IsOver(entry); });
  Store(page->entries, [this, arc, last, more = page->more] {
    if (!more) return PartIsDone();
    const concord::Id upto = holding_.shelf.HashOf(last) - 1;
    if (upto != arc.start && concord::Contains(arc, upto)) Advance(upto);
    Push(arc, last);
  });
}

// These of theirs; then they get those of ours.
void Reconciler::Get(std::vector<std::string> keys) {
  if (keys.empty()) return Give(std::exchange(to_give_, {}));
  wire::PeerRequest request;
  for (const std::string& key : keys) request.mutable_read()->add_keys(key);
  Ask(std::move(request), [this, keys = std::move(keys)](wire::PeerResponse response) mutable {
    const auto count = static_cast<std::size_t>(response.found().entries_size());
    if (count == 0 || count > keys.size()) {
      return End(absl::InternalError("an answer has not the entries that were asked for"));
    }
    std::vector<Entry> entries;
    for (wire::Entry& entry : *response.mutable_found()->mutable_entries()) {
      if (entry.version().time() != 0) entries.push_back(FromWire(std::move(entry)));
    }
    keys.erase(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(count));
    Keep(std::move(entries), [this, keys = std::move(keys)] { Get(keys); });
  });
}

void Reconciler::Give(std::vector<std::string> keys) {
  if (keys.empty()) return PartIsDone();
  std::vector<Entry> entries;
  std::size_t bytes = 0;
  while (!keys.empty() && (entries.empty() || bytes < kMostBytes)) {
    absl::StatusOr<std::optional<Entry>> entry = holding_.shelf.Get(keys.back());
    if (!entry.ok()) return End(entry.status());
    keys.pop_back();
    if (!*entry) continue;
    bytes += (*entry)->value.size();
    entries.push_back(**std::move(entry));
  }
  Store(entries, [this, keys = std::move(keys)] { Give(keys); });
}

void Reconciler::Keep(std::vector<Entry> entries, std::function<void()> then) {
  for (const Entry& entry : entries) {
    holding_.moved_bytes += entry.bytes();
    holding_.clock.See(entry.version.time);
  }
  holding_.shelf.Keep(std::move(entries),
                      [run = shared_from_this(), then = std::move(then)](const auto& kept) {
                        kept.ok() ? then() : run->End(kept.status());
                      });
}

void Reconciler::Store(const std::vector<Entry>& entries, std::function<void()> then) {
  if (entries.empty()) return then();
  wire::PeerRequest request;
  request.mutable_store()->set_moved(true);
  for (const Entry& entry : entries) *request.mutable_store()->add_entries() = ToWire(entry);
  Ask(std::move(request), [then = std::move(then)](const wire::PeerResponse&) { then(); });
}

void Reconciler::Ask(wire::PeerRequest request, Then then) {
  const auto expected = request.what_case();
  holding_.Ask(
      task_.peer, std::move(request),
      [run = shared_from_this(), then = std::move(then),
       expected](absl::StatusOr<wire::PeerResponse> response) {
        if (!response.ok()) return run->End(response.status());
        const auto what = response->what_case();
        const bool fits =
            (expected == wire::PeerRequest::kCompare && what == wire::PeerResponse::kCompared) ||
            (expected == wire::PeerRequest::kList && what == wire::PeerResponse::kListed) ||
            (expected == wire::PeerRequest::kRead && what == wire::PeerResponse::kFound) ||
            (expected == wire::PeerRequest::kStore && what == wire::PeerResponse::kStored);
        if (!fits) return run->End(absl::UnavailableError("it has another owner"));
        then(*std::move(response));
      });
}

void Reconciler::End(const absl::Status& status) {
  if (const auto done = std::exchange(task_.done, nullptr)) done(status);
}

}  // namespace kv
