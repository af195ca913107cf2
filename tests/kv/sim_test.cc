// The store in virtual time: clients read and write while processes crash, stand still, part, come
// and go, and disks fail; then nothing may be lost, and every holder has exactly what it is to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "concord/sim/cluster.h"
#include "kv/history.h"
#include "kv/sim_store.h"

namespace kv {
namespace {

using concord::sim::Process;

constexpr int kClients = 8;
constexpr int kKeys = 10;
constexpr absl::Duration kSkew = absl::Milliseconds(500);
constexpr std::size_t kCopies = 3, kQuorum = 2;  // unless a store is told otherwise

class Stores {
 public:
  Stores(std::uint64_t seed, int members)
      : tick_(absl::Milliseconds(seed % 3 == 0   ? 200
                                 : seed % 3 == 1 ? 1000
                                                 : 5000)),
        cluster_(ClusterOptions(seed), [this](Process& process) { return MakeStore(process); }) {
    for (int i = 0; i < members; ++i) Add();
  }

  static concord::sim::ClusterOptions ClusterOptions(std::uint64_t seed) {
    concord::sim::ClusterOptions options;
    options.seed = seed;
    options.latency = absl::Milliseconds(2);
    options.config.call_timeout_floor = absl::Milliseconds(100);
    options.clock_skew = kSkew;
    return options;
  }

  void Add() { cluster_.AddProcess(absl::StrCat("s", cluster_.processes().size())); }

  std::unique_ptr<concord::sim::Application> MakeStore(Process& process) {
    Options options;
    options.digest_levels = 2;
    // What is found by comparing now and then is not to hide what was lost before.
    options.tick = tick_;
    const auto addresses = [this] {
      std::vector<std::string> up;
      for (const Process* process : Up()) up.push_back(process->address());
      return up;
    };
    return std::make_unique<SimStore>(process, addresses, options);
  }

  SimStore* At(const Process& process) const {
    return static_cast<SimStore*>(cluster_.application(process));
  }
  std::vector<Process*> Up() const {
    std::vector<Process*> up;
    for (Process* process : cluster_.processes()) {
      if (cluster_.up(*process) && At(*process) != nullptr) up.push_back(process);
    }
    return up;
  }

  bool IsWhole() const {
    if (!cluster_.IsIdeal()) return false;
    for (const Process* process : Up()) {
      if (!At(*process)->node().range() || !At(*process)->IsComplete()) return false;
    }
    return true;
  }
  void RestartBroken(const Process* but = nullptr) {
    for (Process* process : Up()) {
      if (process == but || !At(*process)->IsBroken()) continue;
      Crash(*process);
      cluster_.Restart(*process);
    }
  }
  void Crash(Process& process, bool silent = false) {
    last_crash_ = cluster_.now();
    cluster_.Crash(process, silent);
  }
  absl::Time last_crash() const { return last_crash_; }
  bool BecomeWhole(absl::Duration limit = absl::Minutes(3)) {
    for (const absl::Time end = cluster_.now() + limit; cluster_.now() < end;) {
      RestartBroken();
      cluster_.RunFor(absl::Milliseconds(100));
      if (IsWhole()) return true;
    }
    return false;
  }

  // From now on looks whether there are two rings, each with stores enough to serve. Lost messages
  // can do that.
  void Watch() {
    was_split_ = was_split_ || IsSplit();
    cluster_.After(absl::Milliseconds(20), [this] { Watch(); });
  }
  bool was_split() const { return was_split_; }

  concord::sim::Cluster& cluster() { return cluster_; }

 private:
  // Whoever is somebody's first successor is in the same ring.
  bool IsSplit() const {
    std::map<std::string, std::string> ring_of;  // of each member; named by one of its own
    for (const Process* process : Up()) {
      const auto& node = At(*process)->node();
      if (node.range()) ring_of[node.name()] = node.name();
    }
    for (const Process* process : Up()) {
      const auto& node = At(*process)->node();
      const auto next = node.successors();
      if (ring_of.count(node.name()) == 0 || next.empty()) continue;
      if (ring_of.count(next[0].name) == 0) continue;
      const std::string from = ring_of[next[0].name], to = ring_of[node.name()];
      for (auto& [name, ring] : ring_of) ring = ring == from ? to : ring;
    }
    std::map<std::string, std::size_t> sizes;
    for (const auto& [name, ring] : ring_of) ++sizes[ring];
    return std::count_if(sizes.begin(), sizes.end(),
                         [](const auto& ring) { return ring.second >= kQuorum; }) > 1;
  }

  const absl::Duration tick_;
  concord::sim::Cluster cluster_;
  absl::Time last_crash_ = absl::InfinitePast();
  bool was_split_ = false;
};

// Clients that read and write from now on, each one thing after the other.
class Clients {
 public:
  explicit Clients(Stores& stores) : stores_(stores) {
    for (int client = 0; client < kClients; ++client) Next(client);
  }
  void Stop() { stopped_ = true; }
  void GoOn() {
    stopped_ = false;
    for (int client = 0; client < kClients; ++client) Next(client);
  }
  // Of every key, once.
  void ReadAll() {
    for (int key = 0; key < kKeys; ++key) {
      stores_.cluster().After(absl::Milliseconds(10 * key),
                              [this, key] { Do(kClients, History::Kind::kGet, Key(key)); });
    }
  }
  const History& history() const { return history_; }
  // The latest that was acknowledged of each key.
  const std::map<std::string, Version>& acknowledged() const { return acknowledged_; }
  // What was told though too few stores had it.
  const std::vector<std::string>& told_too_early() const { return told_too_early_; }

  static std::string Key(int number) { return absl::StrCat("key-", number); }

 private:
  void Next(int client) {
    ++turns_[client];
    if (stopped_) return;
    const std::uint64_t random = stores_.cluster().Random();
    const auto pause = absl::Milliseconds(static_cast<std::int64_t>(5 + random % 50));
    stores_.cluster().After(pause, [this, client] {
      const std::uint64_t dice = stores_.cluster().Random();
      const std::uint64_t kind = dice % 16;
      Do(client,
         kind < 8    ? History::Kind::kGet
         : kind < 15 ? History::Kind::kPut
                     : History::Kind::kDelete,
         Key(static_cast<int>((dice >> 8) % kKeys)));
    });
  }

  void Do(int client, History::Kind kind, const std::string& key) {
    // One thing after the other, also when there is never an answer: its store has crashed.
    const std::uint64_t turn = ++turns_[client];
    const auto next = [this, client, turn] {
      if (turns_[client] == turn) Next(client);
    };
    stores_.cluster().After(absl::Seconds(5), next);
    const std::vector<Process*> up = stores_.Up();
    if (up.empty()) return;
    SimStore* const store = stores_.At(*up[stores_.cluster().Random() % up.size()]);
    const std::string value = absl::StrCat("value-", ++values_);
    const std::size_t operation = history_.Begin(client, kind, key, value, stores_.cluster().now());
    wire::Execute what;
    if (kind == History::Kind::kGet) {
      what.mutable_get()->set_key(key);
      *what.mutable_get()->mutable_not_before() = ToWire(seen_[{client, key}]);
    } else if (kind == History::Kind::kPut) {
      what.mutable_put()->set_key(key);
      what.mutable_put()->set_value(value);
    } else {
      what.mutable_delete_()->set_key(key);
    }
    const absl::Time begun = stores_.cluster().now();
    const auto answered = [=, this](const absl::StatusOr<wire::Executed>& result) {
      stores_.cluster().After(absl::ZeroDuration(), next);
      const absl::Time now = stores_.cluster().now();
      const bool read = kind == History::Kind::kGet;
      if (read && absl::IsNotFound(result.status())) {
        return history_.Read(operation, std::nullopt, {}, now);
      }
      if (!result.ok()) return;  // nobody knows
      const Version version = FromWire(read ? result->get().version() : result->put().version());
      CheckHeld(key, version, begun);
      if (!read) {
        acknowledged_[key] = std::max(acknowledged_[key], version);
        return history_.Wrote(operation, version, now);
      }
      seen_[{client, key}] = std::max(seen_[{client, key}], version);
      history_.Read(operation, result->get().value(), version, now);
    };
    store->Execute(std::move(what), absl::Seconds(4), answered);
  }

  // What is told, a quorum has, unless somebody who had it was lost meanwhile.
  void CheckHeld(const std::string& key, const Version& version, absl::Time begun) {
    if (begun <= stores_.last_crash()) return;
    const std::vector<Process*> up = stores_.Up();
    const auto holders = std::count_if(up.begin(), up.end(), [&](const Process* process) {
      const SimStore& store = *stores_.At(*process);
      const auto entry = store.entries().find({store.node().IdOf(key), key});
      return entry != store.entries().end() && entry->second.version >= version;
    });
    if (holders >= static_cast<std::ptrdiff_t>(kQuorum)) return;
    told_too_early_.push_back(absl::StrCat(key, ", version ", version.time, ", at ",
                                           absl::FormatTime(stores_.cluster().now()), ": ", holders,
                                           " have it"));
  }

  Stores& stores_;
  History history_;
  std::map<std::pair<int, std::string>, Version> seen_;  // by each client of each key
  std::map<int, std::uint64_t> turns_;                   // of each client
  std::map<std::string, Version> acknowledged_;
  std::vector<std::string> told_too_early_;
  bool stopped_ = false;
  int values_ = 0;
};

// Every key that somebody holds is held by its owner and the two after it, alike, and by nobody
// else.
std::string WhoHoldsWrongly(Stores& stores) {
  std::map<concord::Id, Process*> ring;
  for (Process* process : stores.Up()) ring[stores.At(*process)->node().id()] = process;
  std::map<Place, std::map<std::string, Entry>> held;
  for (Process* process : stores.Up()) {
    for (const auto& [place, entry] : stores.At(*process)->entries()) {
      held[place][process->name()] = entry;
    }
  }
  std::vector<std::string> wrong;
  for (const auto& [place, entries] : held) {
    std::map<std::string, Entry> expected;
    auto at = ring.lower_bound(place.hash);
    for (std::size_t i = 0; i < std::min(kCopies, ring.size()); ++i, ++at) {
      if (at == ring.end()) at = ring.begin();
      expected[at->second->name()] = entries.begin()->second;
    }
    if (entries == expected) continue;
    const auto show = [](std::string* out, const auto& holder) {
      absl::StrAppend(out, holder.first, " (", holder.second.version.time, ")");
    };
    wrong.push_back(absl::StrCat(place.key, " is held by ", absl::StrJoin(entries, ", ", show),
                                 ", and is to be by ", absl::StrJoin(expected, ", ", show)));
  }
  return absl::StrJoin(wrong, "\n");
}

// While nobody writes, and all say that they are complete: every key's owner and the two after it
// have what is latest of it, and what was acknowledged. Not so `wiped`, which may have come back
// before anybody noticed that it was gone: what it has lost is found by comparing.
std::string WhoLacks(Stores& stores, const std::map<std::string, Version>& acknowledged,
                     const Process* wiped) {
  std::map<concord::Id, SimStore*> ring;
  for (Process* process : stores.Up()) {
    SimStore* const store = stores.At(*process);
    ring[store->node().id()] = store;
  }
  const SimStore* const but = wiped != nullptr ? stores.At(*wiped) : nullptr;
  std::vector<std::string> lacking;
  for (const auto& [key, version] : acknowledged) {
    const Place place{ring.begin()->second->node().IdOf(key), key};
    auto at = ring.lower_bound(place.hash);
    Version latest = version;
    for (std::size_t i = 0; i < std::min(kCopies, ring.size()); ++i, ++at) {
      if (at == ring.end()) at = ring.begin();
      const auto entry = at->second->entries().find(place);
      const Version has = entry == at->second->entries().end() ? Version{} : entry->second.version;
      if (has < latest && at->second != but) {
        lacking.push_back(absl::StrCat(at->second->node().name(), " has of ", key, " ", has.time,
                                       ", and is to have ", latest.time));
      }
      latest = std::max(latest, has);
    }
  }
  return absl::StrJoin(lacking, "\n");
}

// Faults one after the other, each of which ends, and is repaired, before the next begins.
class Trouble {
 public:
  Trouble(Stores& stores, bool splits)
      : stores_(stores), cluster_(stores.cluster()), splits_(splits) {}

  // By what happened last; null: none.
  const Process* wiped() const { return wiped_; }

  std::string Happen() {
    wiped_ = nullptr;
    const std::vector<Process*> up = stores_.Up();
    Process& one = *up[Below(up.size())];
    switch (Below(10)) {
      case 0:
        return Crash(one, absl::Seconds(20));
      case 1:
        cluster_.Pause(one);
        cluster_.RunFor(Some(absl::Seconds(20)));
        cluster_.Resume(one);
        return absl::StrCat("pause of ", one.name());
      case 2:
      case 3: {
        if (!splits_) return LoseAfterGap(one);
        std::vector<std::vector<const Process*>> sides(2 + Below(2));
        for (Process* process : cluster_.processes()) {
          sides[Below(sides.size())].push_back(process);
        }
        cluster_.Partition(sides, Below(3) == 0);
        cluster_.RunFor(Some(absl::Seconds(20)));
        cluster_.HealNetwork();
        return "partition";
      }
      case 4:
        if (up.size() < 12) {
          stores_.Add();
          return "join";
        }
        [[fallthrough]];
      case 5:
        if (up.size() > 5)
          return Leave(From(one, 1 + Below(std::min<std::size_t>(up.size() - 4, 4))));
        [[fallthrough]];
      case 6:
        for (Process* process : up) stores_.Crash(*process);
        cluster_.RunFor(Some(absl::Seconds(5)));
        for (Process* process : up) cluster_.Restart(*process);
        return "full restart";
      case 7: {
        concord::sim::DiskFaults faults;
        faults.write_error = faults.sync_error = Below(2) == 0 ? 0.1 : 0;
        faults.read_error = faults.write_error == 0 || Below(2) == 0 ? 0.01 : 0;
        one.disk().SetFaults(faults);
        cluster_.RunFor(Some(absl::Seconds(20)));
        one.disk().SetFaults({});
        return absl::StrCat("disk of ", one.name());
      }
      case 8:
        return LoseAfterGap(one);
      default:
        cluster_.SetLoss(0.01 * static_cast<double>(1 + Below(30)));
        cluster_.RunFor(Some(absl::Seconds(10)));
        if (Below(2) == 0) return absl::StrCat("loss, and ", Crash(one, absl::Milliseconds(1)));
        cluster_.HealNetwork();
        return "loss";
    }
  }

 private:
  // Its disk may be gone with it.
  std::string Crash(Process& one, absl::Duration most) {
    stores_.Crash(one, Below(2) == 0);
    const bool wiped = Below(3) != 0;
    if (wiped) Wipe(one);
    cluster_.RunFor(Some(most));
    cluster_.HealNetwork();
    cluster_.Restart(one, Below(2) == 0);
    return absl::StrCat(wiped ? "loss of " : "crash of ", one.name());
  }

  // The store after it misses what is written meanwhile, and then owns its keys. (If it is away for
  // longer, it takes those after it for dead, and may ask others than have those writes.)
  std::string LoseAfterGap(Process& one) {
    std::map<concord::Id, Process*> ring;
    for (Process* process : stores_.Up()) ring[stores_.At(*process)->node().id()] = process;
    auto next = ring.upper_bound(stores_.At(one)->node().id());
    if (next == ring.end()) next = ring.begin();
    std::vector<const Process*> others;
    for (const Process* process : cluster_.processes()) {
      if (process != next->second) others.push_back(process);
    }
    cluster_.Partition({{next->second}, others});
    cluster_.RunFor(Some(absl::Milliseconds(100)));
    cluster_.HealNetwork();
    stores_.Crash(one, Below(2) == 0);
    Wipe(one);
    cluster_.RunFor(Some(absl::Seconds(5)));
    cluster_.Restart(one);
    return absl::StrCat("gap of ", next->second->name(), ", and loss of ", one.name());
  }

  void Wipe(Process& one) {
    wiped_ = &one;
    for (const std::string& file : one.disk().List()) one.disk().Remove(file).IgnoreError();
  }

  // So many of the ring, side by side.
  std::vector<Process*> From(const Process& first, std::size_t count) {
    std::vector<Process*> ring = stores_.Up();
    const auto id = [&](const Process* process) { return stores_.At(*process)->node().id(); };
    std::sort(ring.begin(), ring.end(), [&](auto* a, auto* b) { return id(a) < id(b); });
    std::rotate(ring.begin(), std::find(ring.begin(), ring.end(), &first), ring.end());
    ring.resize(count);
    return ring;
  }

  // All at the same time.
  std::string Leave(const std::vector<Process*>& leavers) {
    std::map<const Process*, std::shared_ptr<bool>> left;
    for (Process* one : leavers) {
      left[one] = std::make_shared<bool>(false);
      stores_.At(*one)->Leave([done = left[one]] { *done = true; });
    }
    const absl::Time end = cluster_.now() + absl::Minutes(2);
    std::string story;
    for (std::vector<Process*> waiting = leavers; !waiting.empty();) {
      std::erase_if(waiting, [&](Process* one) {
        const bool broken = stores_.At(*one) == nullptr || stores_.At(*one)->IsBroken();
        if (cluster_.now() > end) ADD_FAILURE() << one->name() << " cannot leave";
        if (!*left[one] && !broken && cluster_.now() <= end) return false;
        absl::StrAppend(&story, story.empty() ? "" : ", ", *left[one] ? "leave of " : "failure of ",
                        one->name());
        stores_.Crash(*one);
        return true;
      });
      stores_.RestartBroken();
      cluster_.RunFor(absl::Milliseconds(100));
    }
    return story;
  }

  std::size_t Below(std::size_t n) { return cluster_.Random() % n; }
  absl::Duration Some(absl::Duration most) {
    return most * (1 + static_cast<double>(Below(1000))) / 1000;
  }

  Stores& stores_;
  concord::sim::Cluster& cluster_;
  const bool splits_;
  const Process* wiped_ = nullptr;
};

void RunSeed(std::uint64_t seed) {
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  Stores stores(seed, 7);
  ASSERT_TRUE(stores.BecomeWhole()) << stores.cluster().Explain();
  stores.Watch();
  Clients clients(stores);
  Trouble trouble(stores, /*splits=*/seed % 2 == 0);  // with them, much has to be excused
  std::string story;
  bool split = false;
  for (int i = 0; i < 6; ++i) {
    stores.cluster().RunFor(absl::Seconds(3));
    absl::StrAppend(&story, i == 0 ? "" : ", ", trouble.Happen());
    // (A partition can be over before the two sides are two rings.)
    split = stores.was_split() || absl::StrContains(story, "partition");
    ASSERT_TRUE(stores.BecomeWhole()) << story << "\n" << stores.cluster().Explain();
    clients.Stop();
    stores.cluster().RunFor(absl::Milliseconds(1500));  // what was asked is answered, or given up
    ASSERT_TRUE(stores.BecomeWhole()) << story << "\n" << stores.cluster().Explain();
    // (After a split what one side has acknowledged may be with neither.)
    if (!split) {
      ASSERT_EQ(WhoLacks(stores, clients.acknowledged(), trouble.wiped()), "") << story;
    }
    clients.GoOn();
  }
  clients.Stop();
  stores.cluster().RunFor(absl::Seconds(5));
  ASSERT_TRUE(stores.BecomeWhole());
  const absl::Time whole = stores.cluster().now();
  clients.ReadAll();
  split = split || stores.was_split();
  stores.cluster().RunFor(absl::Minutes(2));  // what is held too much goes
  // Owners of one ring write after each other, whatever their clocks say.
  const History::Verdict verdict = clients.history().Judge(
      {{absl::InfinitePast(), whole}}, split ? 2 * kSkew : absl::ZeroDuration());
  EXPECT_THAT(verdict.wrong, ::testing::IsEmpty()) << story;
  if (!split) {
    EXPECT_THAT(verdict.stale, ::testing::IsEmpty()) << story;
  }
  EXPECT_THAT(clients.told_too_early(), ::testing::IsEmpty()) << story;
  EXPECT_GT(verdict.acknowledged, 100u);
  EXPECT_GT(verdict.reads, 100u);
  EXPECT_EQ(WhoHoldsWrongly(stores), "") << story;
}

// From CONCORD_KV_SEED, and as many as CONCORD_KV_SEEDS says: for campaigns, and to repeat one.
TEST(SimulatedStores, LoseNothing) {
  const auto number = [](const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
  };
  const std::uint64_t first = number("CONCORD_KV_SEED", 1);
  const std::uint64_t seeds = number("CONCORD_KV_SEEDS", 20);
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    RunSeed(seed);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace kv
