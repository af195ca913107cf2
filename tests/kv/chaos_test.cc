// Stores as processes under faults, and clients whose histories are judged afterwards. Short here;
// CONCORD_KV_CHAOS_SECONDS makes it long, and CONCORD_KV_SEED another one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "examples/kv/client.h"
#include "examples/kv/wire.h"
#include "kv/history.h"
#include "kv/store_process.h"
#include "support/eventually.h"

namespace kv {
namespace {

using concord::testing::Eventually;

constexpr int kStores = 5;
constexpr int kClients = 6;
constexpr int kKeys = 12;

std::uint64_t Number(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// Five of them, at addresses that stay theirs.
class Ring {
 public:
  Ring() {
    for (int i = 0; i < kStores; ++i) {
      addresses_.push_back(absl::StrCat("127.0.0.1:", FreePort()));
      founders_ += (i == 0 ? "" : ",") + addresses_.back();
    }
    stores_.resize(kStores);
    StartAll();
  }

  // (Each waits until all are there.)
  void StartAll() {
    for (int i = 0; i < kStores; ++i) Spawn(i);
    for (int i = 0; i < kStores; ++i) stores_[i]->Wait();
  }
  void Start(int i) {
    Spawn(i);
    stores_[i]->Wait();
  }
  Store& store(int i) { return *stores_[i]; }
  const std::vector<std::string>& addresses() const { return addresses_; }

  bool IsWhole(std::string* why = nullptr) {
    Client client(addresses_, absl::Seconds(2));
    const auto ring = client.Ring();
    const bool whole =
        ring.ok() && ring->size() == kStores &&
        std::all_of(ring->begin(), ring->end(), [](const auto& store) { return store.complete(); });
    if (why != nullptr) *why = ring.ok() ? absl::StrCat(ring->size()) : ring.status().ToString();
    return whole;
  }

 private:
  void Spawn(int i) {
    const std::string name = absl::StrCat("s", i);
    stores_[i] = std::make_unique<Store>(
        name, folder_.At(name),
        std::vector<std::string>{"--bind=" + addresses_[i], "--bootstrap=" + founders_});
  }

  Folder folder_;
  std::vector<std::string> addresses_;
  std::string founders_;
  std::vector<std::unique_ptr<Store>> stores_;
};

// Clients that read and write, each one thing after the other, and ask no second time.
class Clients {
 public:
  explicit Clients(const std::vector<std::string>& stores) : stores_(stores) {
    for (int i = 0; i < kClients; ++i) threads_.emplace_back([this, i] { Run(i); });
  }
  void Stop() {
    stopped_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  void ReadAll() {
    Client client(stores_, absl::Seconds(10));
    for (int key = 0; key < kKeys; ++key) {
      Do(client, kClients, History::Kind::kGet, absl::StrCat("key-", key));
    }
  }
  const History& history() const { return history_; }

 private:
  void Run(int number) {
    std::minstd_rand random(static_cast<unsigned>(number + 1));
    Client client(stores_, absl::Seconds(4));
    while (!stopped_) {
      const unsigned kind = static_cast<unsigned>(random() % 16);
      Do(client, number,
         kind < 8    ? History::Kind::kGet
         : kind < 15 ? History::Kind::kPut
                     : History::Kind::kDelete,
         absl::StrCat("key-", random() % kKeys));
    }
  }

  void Do(Client& client, int number, History::Kind kind, const std::string& key) {
    std::unique_lock lock(mutex_);
    const std::string value = absl::StrCat("value-", ++values_);
    const std::size_t operation = history_.Begin(number, kind, key, value, absl::Now());
    const Version seen = seen_[{number, key}];
    lock.unlock();
    if (kind == History::Kind::kGet) {
      wire::GetRequest request;
      request.set_key(key);
      *request.mutable_not_before() = ToWire(seen);
      const auto got = client.Get(request);
      lock.lock();
      if (got.ok()) {
        seen_[{number, key}] = std::max(seen, FromWire(got->version()));
        history_.Read(operation, got->value(), FromWire(got->version()), absl::Now());
      } else if (absl::IsNotFound(got.status())) {
        history_.Read(operation, std::nullopt, {}, absl::Now());
      }
      return;
    }
    absl::StatusOr<wire::PutResponse> put;
    if (kind == History::Kind::kPut) {
      wire::PutRequest request;
      request.set_key(key);
      request.set_value(value);
      put = client.Put(request);
    } else {
      wire::DeleteRequest request;
      request.set_key(key);
      put = client.Delete(request);
    }
    lock.lock();
    if (put.ok()) history_.Wrote(operation, FromWire(put->version()), absl::Now());
  }

  const std::vector<std::string> stores_;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  History history_;
  std::map<std::pair<int, std::string>, Version> seen_;
  int values_ = 0;
  std::vector<std::thread> threads_;
};

std::string Happen(Ring& ring, std::minstd_rand& random) {
  const int one = static_cast<int>(random() % kStores);
  const auto some = [&] { absl::SleepFor(absl::Milliseconds(random() % 4000)); };
  switch (random() % 6) {
    case 0:
    case 1:
      ring.store(one).Kill();
      some();
      ring.Start(one);
      return absl::StrCat("kill of s", one);
    case 2:
    case 3:
      ring.store(one).Signal(SIGSTOP);
      some();
      some();
      ring.store(one).Signal(SIGCONT);
      return absl::StrCat("pause of s", one);
    case 4:
      EXPECT_EQ(ring.store(one).Leave(), 0);
      some();
      ring.Start(one);
      return absl::StrCat("leave of s", one);
    default:
      for (int i = 0; i < kStores; ++i) ring.store(i).Signal(SIGKILL);
      for (int i = 0; i < kStores; ++i) ring.store(i).WaitForEnd();
      ring.StartAll();
      return "full restart";
  }
}

TEST(Chaos, LosesNothing) {
  const std::uint64_t seed = Number("CONCORD_KV_SEED", 1);
  const auto seconds = static_cast<std::int64_t>(Number("CONCORD_KV_CHAOS_SECONDS", 15));
  std::minstd_rand random(static_cast<unsigned>(seed));
  Ring ring;
  ASSERT_TRUE(Eventually([&] { return ring.IsWhole(); }));
  Clients clients(ring.addresses());
  const absl::Time end = absl::Now() + absl::Seconds(seconds);
  std::string story;
  while (absl::Now() < end) {
    const std::string what = Happen(ring, random);
    absl::StrAppend(&story, story.empty() ? "" : ", ", what);
    std::string why;
    ASSERT_TRUE(Eventually([&] { return ring.IsWhole(&why); })) << story << ": " << why;
    std::printf("%s: whole again\n", what.c_str());
    std::fflush(stdout);
    absl::SleepFor(absl::Seconds(1));
  }
  clients.Stop();
  ASSERT_TRUE(Eventually([&] { return ring.IsWhole(); }));
  const absl::Time whole = absl::Now();
  clients.ReadAll();
  const History::Verdict verdict = clients.history().Judge(whole);
  EXPECT_THAT(verdict.wrong, ::testing::IsEmpty()) << story;
  EXPECT_THAT(verdict.stale, ::testing::IsEmpty()) << story;
  EXPECT_GT(verdict.acknowledged, 100u);
  EXPECT_GT(verdict.reads, 100u);
  std::printf("%zu writes acknowledged, %zu reads, %zu without an answer: %s\n",
              verdict.acknowledged, verdict.reads, verdict.unknown, story.c_str());
}

}  // namespace
}  // namespace kv
