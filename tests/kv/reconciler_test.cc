// Two stores, and what one brings the other.
#include "examples/kv/reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "examples/kv/environment.h"
#include "examples/kv/replica.h"
#include "kv/map_storage.h"

namespace kv {
namespace {

// Keys are numbers, and their own hashes.
class Side final : private Environment {
 public:
  Side(concord::Id id, const Options& options)
      : self_{id, absl::StrCat("s", id), absl::StrCat("h", id, ":1")},
        holding_(*this, storage_, options),
        replica_(*this, storage_, options) {}

  // Before Load.
  void Put(int key, std::uint64_t version) {
    const auto hash = static_cast<concord::Id>(key);
    ASSERT_TRUE(
        storage_.Put({{hash, {absl::StrCat(key), {version, 1}, false, absl::StrCat(version)}}})
            .ok());
  }
  void Load() {
    ASSERT_TRUE(holding_.shelf.Load().ok());
    ASSERT_TRUE(replica_.Load().ok());
  }
  const concord::Server& server() const { return self_; }
  const MapStorage& storage() const { return storage_; }

  // It has just come to own all up to itself, and has not fetched what others have of that.
  void Own(concord::Id start) {
    concord::RangeChange change;
    change.after = change.gained = concord::Range{start, self_.id};
    replica_.OnRangeChange(change);
  }

  // Makes `other`, who answers, equal to this over all of the ring.
  absl::Status Reconcile(Side& other, bool fetch = false) {
    other_ = &other;
    std::optional<absl::Status> ended;
    Reconciler::Run(holding_, {.peer = other.self_,
                               .arc = {self_.id, self_.id},
                               .fetch = fetch,
                               .done = [&](const absl::Status& status) { ended = status; }});
    while (!ended && !(calls_.empty() && storage_.syncs.empty())) {
      storage_.EndSyncs();
      if (calls_.empty()) continue;
      const auto call = std::move(calls_.front());
      calls_.pop_front();
      call();
    }
    return ended.value_or(absl::UnknownError("it stands still"));
  }

 private:
  absl::Time Now() override { return absl::FromUnixSeconds(1000); }
  void After(absl::Duration, std::function<void()>) override {}
  const concord::Server& self() override { return self_; }
  std::optional<concord::Server> predecessor() override { return std::nullopt; }
  concord::Id HashOf(const std::string& key) override { return std::stoull(key); }
  void FindOwner(const std::string&, absl::Duration,
                 std::function<void(absl::StatusOr<concord::Server>)>) override {}
  void Call(const concord::Server&, const wire::PeerRequest& request, absl::Duration,
            std::function<void(absl::StatusOr<wire::PeerResponse>)> done) override {
    calls_.push_back([this, request, done = std::move(done)] {
      other_->replica_.Serve(request, Now() + absl::Seconds(1), done);
      other_->storage_.EndSyncs();
    });
  }

  const concord::Server self_;
  MapStorage storage_;
  Holding holding_;  // of who asks
  Replica replica_;  // of who answers
  Side* other_ = nullptr;
  std::deque<std::function<void()>> calls_;
};

Options OneLeaf() {
  Options options;
  options.digest_levels = 1;  // small numbers are all in one leaf
  return options;
}

TEST(Reconciler, ComparesPartsThatCannotBeDividedToTheirEnd) {
  Side a(50000, OneLeaf()), b(60000, OneLeaf());
  for (int key = 1; key <= 3500; ++key) {
    if (key % 3 != 0) a.Put(key, key % 5 == 0 ? 9 : 5);
    if (key % 3 != 1) b.Put(key, key % 7 == 0 ? 8 : 5);
  }
  a.Load();
  b.Load();
  EXPECT_EQ(a.Reconcile(b), absl::OkStatus());
  EXPECT_EQ(a.storage().entries.size(), 3500u);
  EXPECT_EQ(a.storage().entries, b.storage().entries);
}

TEST(Reconciler, BringsAllOfOneSideToTheOther) {
  for (const bool ours : {false, true}) {
    Side a(50000, OneLeaf()), b(60000, OneLeaf());
    for (int key = 1; key <= 2500; ++key) (ours ? a : b).Put(key, 5);
    a.Load();
    b.Load();
    EXPECT_EQ(a.Reconcile(b), absl::OkStatus());
    EXPECT_EQ(a.storage().entries.size(), 2500u);
    EXPECT_EQ(a.storage().entries, b.storage().entries);
  }
}

// One list goes on, the other ends before.
TEST(Reconciler, ComparesAListThatGoesOnWithOneThatDoesNot) {
  for (const bool ours : {false, true}) {
    Side a(50000, OneLeaf()), b(60000, OneLeaf());
    for (int key = 1; key <= 2500; ++key) (ours ? a : b).Put(key, 5);
    for (const int key : {3, 700, 1500, 3000}) (ours ? b : a).Put(key, 6);
    a.Load();
    b.Load();
    EXPECT_EQ(a.Reconcile(b), absl::OkStatus());
    EXPECT_EQ(a.storage().entries.size(), 2501u);
    EXPECT_EQ(a.storage().entries, b.storage().entries);
  }
}

TEST(Reconciler, TakesWhatIsThereOfWhoHasNotAllItselfAndIsNotDoneWithIt) {
  Side a(50000, OneLeaf()), b(60000, OneLeaf());
  for (int key = 1; key <= 2500; ++key) b.Put(key, 5);
  a.Load();
  b.Load();
  b.Own(50000);
  EXPECT_TRUE(absl::IsFailedPrecondition(a.Reconcile(b, /*fetch=*/true)));
  EXPECT_EQ(a.storage().entries, b.storage().entries);
  EXPECT_EQ(a.Reconcile(b), absl::OkStatus()) << "whoever does not rely on it needs no more";
}

}  // namespace
}  // namespace kv
