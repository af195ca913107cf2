#include "compat/mixed_ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "support/eventually.h"

namespace concord::testing {
namespace {

constexpr unsigned kSuccessors = 3;

// Both kinds hash alike.
Id IdOf(const std::string& name) {
  static const Node hashing(Config{});
  return hashing.IdOf(name);
}

}  // namespace

MixedRing::Member& MixedRing::Find(const std::string& name) {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const Member& member) { return member.name == name; });
  if (found == members_.end()) throw std::runtime_error("no member is called " + name);
  return *found;
}

Node& MixedRing::concord(const std::string& name) { return *Find(name).concord; }
GoPeer& MixedRing::go(const std::string& name) { return *Find(name).go; }

std::string MixedRing::SeedAddress() {
  if (members_.empty()) return "";
  return seed_.empty() ? members_.front().address() : Find(seed_).address();
}

Node& MixedRing::AddConcord(const std::string& name) {
  Config config;
  config.name = name;
  config.stabilize_interval = absl::Milliseconds(50);
  config.successor_count = kSuccessors;
  config.logger = log_.logger();
  config.on_range_change = [this](const RangeChange& change) {
    if (!change.after && change.peer) heir_ = change.peer->name;
  };
  auto node = std::make_unique<Node>(std::move(config));
  EXPECT_EQ(node->Start(), absl::OkStatus());
  const std::string seed = SeedAddress();
  EXPECT_EQ(seed.empty() ? node->Create() : node->Join({seed}), absl::OkStatus());
  members_.push_back({name, std::move(node), nullptr});
  return *members_.back().concord;
}

GoPeer& MixedRing::AddGo(const std::string& name) {
  members_.push_back({name, nullptr, std::make_unique<GoPeer>(name, SeedAddress())});
  return *members_.back().go;
}

void MixedRing::Kill(const std::string& name) {
  Member& member = Find(name);
  if (member.go) member.go->Kill();
  if (member.concord) member.concord->Stop();
  somebody_died_ = true;
  members_.erase(members_.begin() + (&member - members_.data()));
}

std::string MixedRing::Leave(const std::string& name) {
  Member& member = Find(name);
  EXPECT_EQ(member.concord->Leave(), absl::OkStatus());
  somebody_died_ = true;  // to a Go node
  members_.erase(members_.begin() + (&member - members_.data()));
  return heir_;
}

std::string MixedRing::NameAfter(const std::string& name) const {
  const std::vector<std::string> order = Order();
  const auto at = std::find(order.begin(), order.end(), name);
  return at + 1 == order.end() ? order.front() : *(at + 1);
}

std::vector<std::string> MixedRing::Order() const {
  std::vector<std::string> names;
  for (const Member& member : members_) names.push_back(member.name);
  std::sort(names.begin(), names.end(),
            [](const auto& a, const auto& b) { return IdOf(a) < IdOf(b); });
  return names;
}

std::string MixedRing::WhyNotIdeal() {
  const std::vector<std::string> ring = Order();
  const std::size_t n = ring.size(), listed = std::min<std::size_t>(n - 1, kSuccessors);
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<std::string> expected, actual;
    for (std::size_t k = 1; k <= listed; ++k) expected.push_back(ring[(i + k) % n]);
    const Member& member = Find(ring[i]);
    std::string predecessor;
    if (member.go) {
      predecessor = member.go->predecessor();
      actual = member.go->successors();
    } else {
      const std::optional<Server> known = member.concord->predecessor();
      predecessor = known ? known->name : "none";
      for (const Server& s : member.concord->successors()) actual.push_back(s.name);
    }
    if (predecessor != ring[(i + n - 1) % n] || actual != expected) {
      return absl::StrCat(ring[i], " has predecessor ", predecessor, " and successors ",
                          absl::StrJoin(actual, " "), "; the ring is ", absl::StrJoin(ring, " "));
    }
  }
  return "";
}

void MixedRing::WaitUntilIdeal() {
  std::string why;
  EXPECT_TRUE(Eventually([&] { return (why = WhyNotIdeal()).empty(); }, absl::Seconds(60)))
      << why << "\n"
      << log_.text();
}

void MixedRing::ExpectAllAgree(int keys) {
  const std::vector<std::string> ring = Order();
  for (int i = 0; i < keys; ++i) {
    const std::string key = absl::StrCat("key-", i);
    const auto at = std::find_if(ring.begin(), ring.end(),
                                 [&](const std::string& name) { return IdOf(name) >= IdOf(key); });
    const std::string owner = at == ring.end() ? ring.front() : *at;
    for (Member& member : members_) {
      if (member.go) {
        const std::string found = member.go->Lookup(key);
        if (somebody_died_ && found == "UNAVAILABLE") continue;
        EXPECT_EQ(found, owner) << key << " asked of " << member.name;
        continue;
      }
      const absl::StatusOr<Server> found = member.concord->Lookup(key);
      ASSERT_TRUE(found.ok()) << key << " asked of " << member.name << ": " << found.status();
      EXPECT_EQ(found->name, owner) << key << " asked of " << member.name;
      EXPECT_EQ(found->address, Find(owner).address()) << key << " asked of " << member.name;
    }
  }
}

void MixedRing::ExpectNamesOwnThemselves() {
  for (Member& asked : members_) {
    if (!asked.concord) continue;
    for (const Member& member : members_) {
      const absl::StatusOr<Server> found = asked.concord->Lookup(member.name);
      ASSERT_TRUE(found.ok()) << member.name << " asked of " << asked.name << ": "
                              << found.status();
      EXPECT_EQ(found->name, member.name) << "asked of " << asked.name;
    }
  }
}

}  // namespace concord::testing
