#include "system/test_ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "support/eventually.h"

namespace concord::testing {

Config TestConfig(const std::string& name) {
  Config config;
  config.name = name;
  config.stabilize_interval = absl::Milliseconds(50);
  return config;
}

void PutBehind(Gate& gate, Config& config) {
  {
    Node earlier(config);
    EXPECT_TRUE(earlier.Start().ok());
    config.bind_addr = earlier.address();
  }
  config.adv_addr = gate.address();
  gate.StandBefore(config.bind_addr);
}

void Recorder::operator()(const RangeChange& change) {
  const std::lock_guard<std::mutex> lock(mutex_);
  changes_.push_back(change);
}

std::vector<RangeChange> Recorder::changes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return changes_;
}

std::optional<Range> Recorder::Replay() const {
  std::optional<Range> owned;
  std::uint64_t epoch = 0;
  for (const RangeChange& change : changes()) {
    EXPECT_EQ(change.epoch, ++epoch);
    EXPECT_EQ(change.before, owned);
    EXPECT_NE(change.before, change.after);
    EXPECT_FALSE(change.gained && change.lost);
    if (owned && change.after && change.gained) {
      EXPECT_EQ(change.gained->start, change.after->start);
      EXPECT_EQ(change.gained->end, owned->start);
    }
    if (owned && change.after && change.lost) {
      EXPECT_EQ(change.lost->start, owned->start);
      EXPECT_EQ(change.lost->end, change.after->start);
    }
    if (!change.before) {
      EXPECT_EQ(change.gained, change.after);
    }
    if (!change.after) {
      EXPECT_EQ(change.lost, change.before);
    }
    owned = change.after;
  }
  return owned;
}

TestRing::~TestRing() {
  for (const auto& member : all_) member->node->Stop();
}

TestRing::Member& TestRing::Start(Config config) {
  auto member = std::make_unique<Member>();
  member->recorder = std::make_shared<Recorder>();
  member->successor_count = config.successor_count;
  config.on_range_change = [recorder = member->recorder,
                            next = config.on_range_change](const RangeChange& change) {
    (*recorder)(change);
    if (next) next(change);
  };
  member->node = std::make_unique<Node>(std::move(config));
  const absl::Status started = member->node->Start();
  EXPECT_TRUE(started.ok()) << started;
  const std::lock_guard<std::mutex> lock(mutex_);
  return *all_.emplace_back(std::move(member));
}

Node& TestRing::Add(const std::string& name) { return Add(TestConfig(name)); }

Node& TestRing::Add(Config config) {
  const std::vector<Node*> others = members();
  Member& member = Start(std::move(config));
  const absl::Status in =
      others.empty() ? member.node->Create() : member.node->Join({others.front()->address()});
  EXPECT_TRUE(in.ok()) << in;
  member.alive = in.ok();
  return *member.node;
}

absl::Status TestRing::AddThrough(const std::string& name, const std::vector<std::string>& seeds) {
  Member& member = Start(TestConfig(name));
  absl::Status joined = member.node->Join(seeds);
  const std::lock_guard<std::mutex> lock(mutex_);
  member.alive = joined.ok();
  return joined;
}

void TestRing::Kill(const std::string& name) {
  Member& member = Live(name);
  member.node->Stop();
  const std::lock_guard<std::mutex> lock(mutex_);
  member.alive = false;
}

absl::Status TestRing::Leave(const std::string& name) {
  Member& member = Live(name);
  const absl::Status left = member.node->Leave();
  const std::lock_guard<std::mutex> lock(mutex_);
  member.alive = false;
  return left;
}

TestRing::Member& TestRing::Live(const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = std::find_if(
      all_.begin(), all_.end(), [&](const auto& m) { return m->alive && m->node->name() == name; });
  EXPECT_NE(found, all_.end()) << "no live node is called " << name;
  return **found;
}

void TestRing::KillAtOnce(const std::vector<std::string>& names) {
  std::vector<std::thread> killers;
  for (const std::string& name : names) killers.emplace_back([this, name] { Kill(name); });
  for (std::thread& killer : killers) killer.join();
}

Node& TestRing::node(const std::string& name) {
  const auto found = std::find_if(all_.rbegin(), all_.rend(),
                                  [&](const auto& m) { return m->node->name() == name; });
  return *(*found)->node;
}

const Recorder& TestRing::recorder(const std::string& name) const {
  const auto found = std::find_if(all_.rbegin(), all_.rend(),
                                  [&](const auto& m) { return m->node->name() == name; });
  return *(*found)->recorder;
}

std::vector<Node*> TestRing::members() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Node*> members;
  for (const auto& member : all_) {
    if (member->alive) members.push_back(member->node.get());
  }
  std::sort(members.begin(), members.end(),
            [](const Node* a, const Node* b) { return a->id() < b->id(); });
  return members;
}

bool TestRing::IsIdeal(std::string* why) const {
  const std::vector<Node*> ring = members();
  const std::size_t n = ring.size();
  const std::size_t listed = std::min<std::size_t>(n - 1, all_.front()->successor_count);
  for (std::size_t i = 0; i < n; ++i) {
    const Node& before = *ring[(i + n - 1) % n];
    const std::optional<Server> predecessor = ring[i]->predecessor();
    std::vector<std::string> expected, actual;
    for (std::size_t k = 1; k <= listed; ++k) expected.push_back(ring[(i + k) % n]->address());
    for (const Server& s : ring[i]->successors()) actual.push_back(s.address);
    if (!predecessor || predecessor->address != before.address() || actual != expected) {
      if (why != nullptr) {
        *why = absl::StrCat(ring[i]->name(), " has predecessor ",
                            predecessor ? predecessor->name : "none", " (", before.name(),
                            " is right) and ", actual.size(), " successors, ", listed,
                            " are expected");
      }
      return false;
    }
    if (ring[i]->range() != Range{before.id(), ring[i]->id()}) return false;
  }
  return true;
}

void TestRing::WaitUntilIdeal() const {
  std::string why;
  EXPECT_TRUE(Eventually([&] { return IsIdeal(&why); }, absl::Seconds(60))) << why;
}

Server TestRing::Owner(const std::string& key) const {
  const std::vector<Node*> ring = members();
  const Id id = ring.front()->IdOf(key);
  const auto found =
      std::find_if(ring.begin(), ring.end(), [&](const Node* node) { return node->id() >= id; });
  const Node& owner = found == ring.end() ? *ring.front() : **found;
  return {owner.id(), owner.name(), owner.address()};
}

void TestRing::ExpectAllAgree(int keys) const {
  for (int i = 0; i < keys; ++i) {
    const std::string key = absl::StrCat("key-", i);
    const Server owner = Owner(key);
    int owners = 0;
    for (Node* node : members()) {
      const absl::StatusOr<Server> found = node->Lookup(key);
      ASSERT_TRUE(found.ok()) << key << " asked of " << node->name() << ": " << found.status();
      ASSERT_EQ(found->name, owner.name) << key << " asked of " << node->name();
      ASSERT_EQ(*found, owner);
      owners += node->Owns(key) ? 1 : 0;
    }
    ASSERT_EQ(owners, 1) << key;
  }
}

void TestRing::ExpectRangesReplay() const {
  for (const auto& member : all_) {
    SCOPED_TRACE(member->node->name());
    // The last change may still be on its way to the callback.
    EXPECT_TRUE(Eventually([&] {
      const std::vector<RangeChange> changes = member->recorder->changes();
      return (changes.empty() ? std::nullopt : changes.back().after) == member->node->range();
    }));
    EXPECT_EQ(member->recorder->Replay(), member->node->range());
  }
}

}  // namespace concord::testing
