#include "judge.h"

#include <utility>

namespace concord::chaos {

void Judge::SetTruth(std::vector<example::Oracle> sides) {
  sides_ = std::move(sides);
  ++truth_;
  ideal_since_.reset();
  ideal_until_ = absl::InfinitePast();
}

void Judge::Crawled(absl::Time begin, absl::Time end, bool ideal) {
  if (!ideal || sides_.empty()) {
    ideal_since_.reset();
    ideal_until_ = absl::InfinitePast();
    return;
  }
  if (!ideal_since_) ideal_since_ = end;
  ideal_until_ = begin;
}

Verdict Judge::Of(const Sample& sample) const {
  if (!sample.owner) return Verdict::kFailed;
  const bool in_ideal = sample.truth == truth_ && sample.side < sides_.size() && ideal_since_ &&
                        *ideal_since_ <= sample.begin && sample.end <= ideal_until_;
  if (!in_ideal) return Verdict::kMoving;
  return *sample.owner == sides_[sample.side].OwnerOf(sample.key) ? Verdict::kRight
                                                                  : Verdict::kWrong;
}

bool Judge::Waits(const Sample& sample) const {
  return sample.owner && sample.truth == truth_ && ideal_since_ && *ideal_since_ <= sample.begin &&
         sample.end > ideal_until_;
}

}  // namespace concord::chaos
