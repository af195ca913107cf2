// Whether lookups were answered rightly.
#ifndef CONCORD_TESTS_CHAOS_JUDGE_H_
#define CONCORD_TESTS_CHAOS_JUDGE_H_

#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "examples/demo/oracle.h"
#include "sample.h"

namespace concord::chaos {

enum class Verdict {
  kFailed,  // no answer
  kRight,   // in an ideal ring, the owner
  kWrong,   // in an ideal ring, somebody else
  kMoving,  // the ring was not ideal all the while: an answer may be a moment old
};

// A lookup is judged by an ideal ring when it began after a crawl had found the ring ideal, ended
// before another did, and no crawl between them saw it otherwise.
class Judge {
 public:
  // Who is a member from now on, one oracle for each side of a split; none: nobody can say.
  void SetTruth(std::vector<example::Oracle> sides);
  unsigned truth() const { return truth_; }
  const std::vector<example::Oracle>& sides() const { return sides_; }

  // A crawl from `begin` to `end`.
  void Crawled(absl::Time begin, absl::Time end, bool ideal);
  // Since when the ring has been ideal under this truth; nullopt: it is not.
  std::optional<absl::Time> ideal_since() const { return ideal_since_; }

  Verdict Of(const Sample& sample) const;
  // Whether a later crawl may still say more about it.
  bool Waits(const Sample& sample) const;

 private:
  std::vector<example::Oracle> sides_;
  unsigned truth_ = 0;
  std::optional<absl::Time> ideal_since_;
  absl::Time ideal_until_ = absl::InfinitePast();  // the begin of the last ideal crawl
};

}  // namespace concord::chaos

#endif  // CONCORD_TESTS_CHAOS_JUDGE_H_
