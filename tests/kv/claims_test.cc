// Who may write where, as one would write it down for each identifier.
#include "examples/kv/claims.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"

namespace kv {
namespace {

// Identifiers on both sides of zero.
constexpr int kIds = 32;
concord::Id IdAt(std::uint64_t i) { return i - kIds / 2; }

concord::Server At(std::uint64_t id) {
  return {id, absl::StrCat("s", id), absl::StrCat("h", id, ":1")};
}

struct Claim {
  bool any = false;
  std::optional<concord::Server> owner = std::nullopt;
  std::uint64_t epoch = 0;
  int when = 0;
};

TEST(Claims, AreAsTheyAreForEachIdentifier) {
  std::mt19937_64 random(1);
  const auto below = [&](std::uint64_t limit) { return random() % limit; };
  for (int round = 0; round < 300; ++round) {
    Claims claims;
    std::array<Claim, kIds> model;
    for (int step = 1; step <= 60; ++step) {
      const concord::Range arc{IdAt(below(kIds)), IdAt(below(kIds))};
      if (arc.start == arc.end) continue;
      const concord::Server owner = At(below(3));
      const std::uint64_t epoch = below(6);
      const bool gives_up = below(3) == 0;
      if (gives_up) {
        claims.GiveUp(owner, arc, epoch);
      } else {
        claims.Claim(owner, arc, epoch, absl::FromUnixSeconds(step));
      }
      for (int i = 0; i < kIds; ++i) {
        Claim& claim = model[i];
        if (gives_up != concord::Contains(arc, IdAt(i))) {
          if (!gives_up) {
            claim = {true, owner, epoch, step};
          } else if (claim.owner == owner && claim.epoch < epoch) {
            claim.owner.reset();
          }
        }
        ASSERT_EQ(claims.ClaimantOf(IdAt(i)).any, claim.any) << round << " " << step << " " << i;
        ASSERT_EQ(claims.ClaimantOf(IdAt(i)).owner, claim.owner)
            << round << " " << step << " " << i;
      }
      // What is others', of some arc.
      const concord::Range part{IdAt(below(kIds)), IdAt(below(kIds))};
      if (part.start == part.end) continue;
      const int until = step - static_cast<int>(below(10));
      const auto others = claims.OfOthers(owner, part, absl::FromUnixSeconds(until));
      for (int i = 0; i < kIds; ++i) {
        const Claim& claim = model[i];
        const bool is_others = concord::Contains(part, IdAt(i)) && claim.any &&
                               claim.owner != owner && (!claim.owner || claim.when <= until);
        const bool found = std::any_of(
            others.begin(), others.end(),
            [&](const concord::Range& other) { return concord::Contains(other, IdAt(i)); });
        ASSERT_EQ(found, is_others) << round << " " << step << " " << i;
      }
    }
  }
}

}  // namespace
}  // namespace kv
