#include "crawler.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace concord::chaos {
namespace {

std::string ToText(const example::Neighbours& neighbours) {
  const auto text = [](std::string* out, const Server& server) {
    absl::StrAppend(out, server.name, "@", server.address);
  };
  return absl::StrCat(neighbours.predecessor.name, " < > ",
                      absl::StrJoin(neighbours.successors, " ", text));
}

}  // namespace

std::string WhatIsWrong(const Server& member, const absl::StatusOr<example::Neighbours>& said,
                        const example::Neighbours& truth) {
  if (said.ok() && *said == truth) return {};
  return absl::StrCat(member.name, " says ", said.ok() ? ToText(*said) : said.status().ToString(),
                      ", not ", ToText(truth));
}

bool Crawler::IsIdeal(const std::vector<example::Oracle>& sides, absl::Duration timeout) {
  constexpr std::size_t kMostTold = 4;
  wrong_.clear();
  std::vector<std::string> addresses;
  for (const example::Oracle& side : sides) {
    for (const Server& member : side.members()) addresses.push_back(member.address);
  }
  if (addresses.empty()) return false;
  const auto said = poller_.Ask(addresses, timeout);
  std::size_t i = 0;
  bool ideal = true;
  for (const example::Oracle& side : sides) {
    for (const Server& member : side.members()) {
      std::string wrong = WhatIsWrong(member, said[i++], side.NeighboursOf(member.id, successors_));
      if (wrong.empty()) continue;
      ideal = false;
      if (wrong_.size() < kMostTold) wrong_.push_back(std::move(wrong));
    }
  }
  return ideal;
}

}  // namespace concord::chaos
