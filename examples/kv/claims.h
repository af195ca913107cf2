// Who may write what here. An owner that takes over an arc first asks its holders for what they
// have of it, and by that claims it: from then on they take writes of it from nobody else, until
// somebody else claims it. So who owned it before, and does not know yet, finds no quorum any more,
// and what it had been acknowledged is among what the new owner was given. (What is brought from
// store to store is no new write, and is taken from everybody.)
#ifndef CONCORD_EXAMPLES_KV_CLAIMS_H_
#define CONCORD_EXAMPLES_KV_CLAIMS_H_

#include <algorithm>
#include <map>
#include <vector>

#include "absl/time/time.h"
#include "concord/types.h"
#include "examples/kv/storage.h"

namespace kv {

// Not thread-safe.
class Claims {
 public:
  void Claim(const concord::Server& owner, const concord::Range& arc, absl::Time now) {
    for (const Span& span : SpansOf(arc)) Assign(span, {span.first, owner, now});
  }
  // Null: nobody has claimed it.
  const concord::Server* OwnerOf(concord::Id id) const {
    const auto at = spans_.lower_bound(id);
    return at != spans_.end() && at->second.first <= id ? &at->second.owner : nullptr;
  }
  // Of `arc`, what others than `owner` have claimed, and not later than `until`.
  std::vector<concord::Range> OfOthers(const concord::Server& owner, const concord::Range& arc,
                                       absl::Time until) const {
    std::vector<concord::Range> parts;
    for (const Span& span : SpansOf(arc)) {
      for (auto at = spans_.lower_bound(span.first);
           at != spans_.end() && at->second.first <= span.last; ++at) {
        if (at->second.owner == owner || at->second.when > until) continue;
        parts.push_back(
            {std::max(at->second.first, span.first) - 1, std::min(at->first, span.last)});
      }
    }
    return parts;
  }

 private:
  struct Part {
    concord::Id first;
    concord::Server owner;
    absl::Time when;
  };

  void Assign(const Span& span, const Part& part) {
    auto at = spans_.lower_bound(span.first);
    while (at != spans_.end() && at->second.first <= span.last) {
      const Part old = at->second;
      const concord::Id last = at->first;
      at = spans_.erase(at);
      if (old.first < span.first) spans_.emplace(span.first - 1, old);
      if (last > span.last)
        at = spans_.emplace(last, Part{span.last + 1, old.owner, old.when}).first;
    }
    spans_.emplace(span.last, part);
  }

  std::map<concord::Id, Part> spans_;  // by their last identifier
};

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_CLAIMS_H_
