// Who may write what here. An owner that takes over an arc first asks its holders for what they
// have of it, and by that claims it: from then on they take writes of it from nobody else, until
// somebody else claims it. So who owned it before, and does not know yet, finds no quorum any more,
// and what it had been acknowledged is among what the new owner was given. Who owns less again
// gives up the rest, which is nobody's then: whoever owned it before has to claim it anew, since it
// has not what was written meanwhile. (What is brought from store to store is no new write, and is
// taken from everybody.)
#ifndef CONCORD_EXAMPLES_KV_CLAIMS_H_
#define CONCORD_EXAMPLES_KV_CLAIMS_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "concord/types.h"
#include "examples/kv/storage.h"

namespace kv {

// Not thread-safe.
class Claims {
 public:
  // `epoch`: of what `owner` owns then.
  void Claim(const concord::Server& owner, const concord::Range& arc, std::uint64_t epoch,
             absl::Time now) {
    for (const Span& span : SpansOf(arc)) Assign(span, {span.first, owner, epoch, now});
  }
  // In this epoch `owner` owns `owned`, and so no more of what it claimed before.
  void GiveUp(const concord::Server& owner, const concord::Range& owned, std::uint64_t epoch) {
    if (owned.start == owned.end) return;
    for (const Span& span : SpansOf({owned.end, owned.start})) {
      auto at = spans_.lower_bound(span.first);
      while (at != spans_.end() && at->second.first <= span.last) {
        Part part = at->second;
        if (part.owner != owner || part.epoch >= epoch) {
          ++at;
          continue;
        }
        const concord::Id last = std::min(at->first, span.last);
        part.first = std::max(part.first, span.first);
        part.owner.reset();
        at = Cut(at, span);
        spans_.emplace(last, std::move(part));
      }
    }
  }

  struct Claimant {
    bool any = false;                           // somebody has claimed it
    std::optional<concord::Server> owner = {};  // who; nullopt: who did has given it up
    // Whether `server` may write there.
    bool IsOrNobody(const concord::Server& server) const { return !any || owner == server; }
  };
  Claimant ClaimantOf(concord::Id id) const {
    const auto at = spans_.lower_bound(id);
    if (at == spans_.end() || at->second.first > id) return {};
    return {true, at->second.owner};
  }
  // Of `arc`, what others than `owner` have claimed, and not later than `until`, or have given up.
  std::vector<concord::Range> OfOthers(const concord::Server& owner, const concord::Range& arc,
                                       absl::Time until) const {
    std::vector<concord::Range> parts;
    for (const Span& span : SpansOf(arc)) {
      for (auto at = spans_.lower_bound(span.first);
           at != spans_.end() && at->second.first <= span.last; ++at) {
        const bool fresh = at->second.owner && at->second.when > until;
        if (at->second.owner == owner || fresh) continue;
        parts.push_back(
            {std::max(at->second.first, span.first) - 1, std::min(at->first, span.last)});
      }
    }
    return parts;
  }

 private:
  struct Part {
    concord::Id first;
    std::optional<concord::Server> owner;  // nullopt: given up
    std::uint64_t epoch;
    absl::Time when;
  };
  using Parts = std::map<concord::Id, Part>;  // by their last identifier

  void Assign(const Span& span, const Part& part) {
    auto at = spans_.lower_bound(span.first);
    while (at != spans_.end() && at->second.first <= span.last) at = Cut(at, span);
    spans_.emplace(span.last, part);
  }
  // Leaves of it what is not in `span`. What comes after that is returned.
  Parts::iterator Cut(Parts::iterator at, const Span& span) {
    const Part old = at->second;
    const concord::Id last = at->first;
    at = spans_.erase(at);
    if (old.first < span.first) spans_.emplace(span.first - 1, old);
    if (last <= span.last) return at;
    Part rest = old;
    rest.first = span.last + 1;
    return spans_.emplace(last, rest).first;
  }

  Parts spans_;
};

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_CLAIMS_H_
