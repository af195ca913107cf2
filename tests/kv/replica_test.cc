// What one store answers the others: who may write, who is told of another, what may go.
#include "examples/kv/replica.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "examples/kv/wire.h"
#include "kv/map_storage.h"

namespace kv {
namespace {

concord::Server At(concord::Id id) {
  return {id, absl::StrCat("s", id), absl::StrCat("h", id, ":1")};
}

// Store 50. Keys are numbers, and their own hashes; a test answers its questions.
class ReplicaTest : public ::testing::Test, private Environment {
 protected:
  struct Question {
    concord::Server to;
    wire::PeerRequest request;
    std::function<void(absl::StatusOr<wire::PeerResponse>)> done;
  };

  ReplicaTest() : replica_(static_cast<Environment&>(*this), storage_, Made()) {
    EXPECT_TRUE(replica_.Load().ok());
    replica_.Start();
  }
  Environment& environment() { return *this; }
  static Options Made() {
    Options options;
    options.digest_levels = 1;
    return options;
  }

  void Follow(const std::vector<concord::Server>& successors) {
    successors_ = successors;
    replica_.OnSuccessorsChange(successors);
    HearPredecessor();
  }
  void Own(concord::Id start, const std::vector<concord::Server>& successors) {
    concord::RangeChange change;
    change.epoch = 1;
    change.after = change.gained = concord::Range{start, 50};
    Hear(change);
    Follow(successors);
  }
  // Of who owns from `before` on: the one before it is gone.
  void Gain(concord::Id start, concord::Id before) {
    concord::RangeChange change = ChangeFrom(before, start, /*epoch=*/2);
    change.gained = concord::Range{start, before};
    Hear(change);
  }
  // The same, and nobody else was there.
  void BeAlone(concord::Id before) {
    Follow({});
    Gain(50, before);
  }
  // To a member that has come between.
  void Lose(concord::Id start, concord::Id before) {
    concord::RangeChange change = ChangeFrom(before, start, /*epoch=*/3);
    change.lost = concord::Range{before, start};
    change.peer = At(start);
    Hear(change);
  }
  // Whoever is asked to compare has the same as we; until nothing is asked any more.
  void BeEqual() {
    while (!questions_.empty()) {
      for (Question& question : std::exchange(questions_, {})) {
        ASSERT_TRUE(question.request.has_compare());
        question.done(Nothing(question.request));
      }
    }
  }
  // What one says that has nothing of what it is to compare.
  static wire::PeerResponse Nothing(const wire::PeerRequest& request) {
    wire::PeerResponse response;
    response.mutable_compared();
    for (int i = 0; i < request.compare().arcs_size(); ++i) {
      response.mutable_compared()->add_digests();
    }
    return response;
  }

  // Of whom something is claimed by what is asked now.
  std::vector<concord::Server> Claimed() const {
    std::vector<concord::Server> claimed;
    for (const Question& question : questions_) {
      if (question.request.compare().claim()) claimed.push_back(question.to);
    }
    return claimed;
  }

  void Tick() {
    now_ += Options().tick;
    for (const auto& then : std::exchange(later_, {})) then();
    HearPredecessor();
  }

  wire::PeerResponse Ask(const concord::Server& from, wire::PeerRequest request) {
    *request.mutable_from() = ToWire(from);
    wire::PeerResponse answer;
    replica_.Serve(std::move(request), now_ + absl::Seconds(1),
                   [&](const absl::StatusOr<wire::PeerResponse>& response) {
                     EXPECT_TRUE(response.ok()) << response.status();
                     if (response.ok()) answer = *response;
                   });
    storage_.EndSyncs();
    return answer;
  }
  void Claim(const concord::Server& from, concord::Id start, concord::Id end,
             std::uint64_t epoch = 1) {
    wire::PeerRequest request;
    request.set_epoch(epoch);
    *request.mutable_compare()->add_arcs() = ToWire(concord::Range{start, end});
    request.mutable_compare()->set_claim(true);
    EXPECT_TRUE(Ask(from, std::move(request)).has_compared());
  }
  wire::PeerResponse Store(const concord::Server& from, const std::string& key, bool moved) {
    wire::PeerRequest request;
    *request.mutable_store()->add_entries() = ToWire(Entry{key, {++time_, 1}, false, "value"});
    request.mutable_store()->set_moved(moved);
    return Ask(from, std::move(request));
  }
  wire::PeerResponse Read(const concord::Server& from, const std::string& key) {
    wire::PeerRequest request;
    request.mutable_read()->add_keys(key);
    request.mutable_read()->set_serving(true);
    return Ask(from, std::move(request));
  }
  // We are a holder of that.
  void BeHeld(const concord::Server& owner, const concord::Range& owned, std::uint64_t epoch = 1) {
    wire::PeerRequest request;
    request.mutable_compare();
    request.set_epoch(epoch);
    *request.mutable_owned() = ToWire(owned);
    EXPECT_TRUE(Ask(owner, std::move(request)).has_compared());
  }
  bool Release(const concord::Server& from, concord::Id start, concord::Id end) {
    wire::PeerRequest request;
    *request.mutable_release()->mutable_arc() = ToWire(concord::Range{start, end});
    return Ask(from, std::move(request)).released().granted();
  }
  wire::PeerResponse Put(const concord::Server& from, const std::string& key,
                         absl::Time until = absl::FromUnixSeconds(1'000'000)) {
    wire::PeerRequest request;
    request.mutable_execute()->mutable_put()->set_key(key);
    request.mutable_execute()->set_until(static_cast<std::uint64_t>(absl::ToUnixMillis(until)));
    return Ask(from, std::move(request));
  }

  // What one says that has these of our entries; without any, all.
  wire::PeerResponse Equal(const std::vector<std::string>& keys = {}) const {
    Digest digest;
    for (const auto& [place, entry] : storage_.entries) {
      if (keys.empty() || std::find(keys.begin(), keys.end(), entry.key) != keys.end()) {
        digest += DigestOf(entry);
      }
    }
    wire::PeerResponse response;
    *response.mutable_compared()->add_digests() = ToWire(digest);
    return response;
  }

  // What it is told, if it has been by then, is in `answers`.
  void Get(const std::string& key, std::vector<wire::PeerResponse>& answers) {
    wire::PeerRequest request;
    request.mutable_execute()->mutable_get()->set_key(key);
    request.mutable_execute()->set_until(2'000'000);
    replica_.Serve(request, now_ + absl::Seconds(1),
                   [&](const auto& answer) { answers.push_back(*answer); });
  }
  // As a holder that has `entry`, or nothing.
  static wire::PeerResponse Found(const Entry& entry = {}) {
    wire::PeerResponse response;
    *response.mutable_found()->add_entries() = ToWire(entry);
    return response;
  }
  static wire::PeerResponse Stored(const Version& version) {
    wire::PeerResponse response;
    *response.mutable_stored()->add_versions() = ToWire(version);
    return response;
  }

  // Whose key the store wants to know, and what is to be done then.
  std::vector<std::pair<std::string, std::function<void(absl::StatusOr<concord::Server>)>>> sought_;
  absl::Time now_ = absl::FromUnixSeconds(1000);
  MapStorage storage_;
  std::vector<Question> questions_;

 private:
  absl::Time Now() override { return now_; }
  void After(absl::Duration, std::function<void()> then) override {
    later_.push_back(std::move(then));  // time stands still
  }
  const concord::Server& self() override { return self_; }
  std::optional<concord::Server> predecessor() override { return predecessor_; }
  concord::Id HashOf(const std::string& key) override { return std::stoull(key); }
  void FindOwner(const std::string& key, absl::Duration,
                 std::function<void(absl::StatusOr<concord::Server>)> done) override {
    sought_.emplace_back(key, std::move(done));
  }
  void Call(const concord::Server& to, const wire::PeerRequest& request, absl::Duration,
            std::function<void(absl::StatusOr<wire::PeerResponse>)> done) override {
    if (to == predecessor_ && request.has_compare()) {  // do we come after you?
      from_predecessor_.push_back([this, done = std::move(done)] {
        wire::PeerResponse response;
        response.mutable_compared();
        if (in_place_) *response.mutable_next() = ToWire(self_);
        done(response);
      });
      return;
    }
    // Whoever answers is where the ring has it, unless it says otherwise.
    const auto at = std::find(successors_.begin(), successors_.end(), to);
    const concord::Id before = at == successors_.begin() ? self_.id
                               : at == successors_.end() ? to.id
                                                         : std::prev(at)->id;
    questions_.push_back(
        {to, request, [before, to, self = self_, done = std::move(done)](auto response) {
           if (response.ok() && !response->has_owned()) {
             *response->mutable_owned() = ToWire(concord::Range{before, to.id});
             *response->mutable_next() = ToWire(self);
           }
           done(std::move(response));
         }});
  }

  static concord::RangeChange ChangeFrom(concord::Id before, concord::Id start,
                                         std::uint64_t epoch) {
    concord::RangeChange change;
    change.epoch = epoch;
    change.before = concord::Range{before, 50};
    change.after = concord::Range{start, 50};
    return change;
  }
  void Hear(const concord::RangeChange& change) {
    predecessor_ = At(change.after->start);
    replica_.OnRangeChange(change);
    HearPredecessor();
  }

  // Its answers come when whatever asked has ended.
  void HearPredecessor() {
    while (!from_predecessor_.empty()) {
      for (const auto& answer : std::exchange(from_predecessor_, {})) answer();
    }
  }

  const concord::Server self_ = At(50);
  std::vector<concord::Server> successors_;
  std::optional<concord::Server> predecessor_;
  std::vector<std::function<void()>> from_predecessor_;

 protected:
  bool in_place_ = true;

 private:
  std::uint64_t time_ = 0;
  std::vector<std::function<void()>> later_;

 protected:
  Replica replica_;
};

TEST_F(ReplicaTest, AHolderTakesWritesOfWhoClaimedLast) {
  EXPECT_TRUE(Store(At(30), "25", false).has_stored()) << "nobody has claimed it";
  Claim(At(30), 20, 30);
  EXPECT_TRUE(Store(At(30), "25", false).has_stored());
  EXPECT_EQ(Store(At(40), "25", false).not_owner().name(), "s30");
  EXPECT_EQ(Read(At(40), "25").not_owner().name(), "s30");
  Claim(At(40), 10, 40);
  EXPECT_EQ(Store(At(30), "25", false).not_owner().name(), "s40");
  EXPECT_EQ(Read(At(30), "25").not_owner().name(), "s40");
  EXPECT_TRUE(Read(At(40), "25").has_found());
  EXPECT_TRUE(Store(At(30), "25", true).has_stored()) << "brought, not written";
}

// In the order of its epochs, whatever comes first.
TEST_F(ReplicaTest, WhatWhoeverOwnsLessNowHadClaimedIsNobodysUntilItIsClaimedAgain) {
  Claim(At(40), 10, 40, /*epoch=*/3);
  BeHeld(At(40), {30, 40}, /*epoch=*/2);
  BeHeld(At(40), {10, 40}, /*epoch=*/3);
  EXPECT_EQ(Store(At(30), "25", false).not_owner().name(), "s40");
  BeHeld(At(40), {30, 40}, /*epoch=*/4);
  const wire::PeerResponse nobody = Store(At(30), "25", false);
  EXPECT_TRUE(nobody.has_not_owner());
  EXPECT_EQ(nobody.not_owner().address(), "") << "it may not have what was written meanwhile";
  EXPECT_EQ(Store(At(30), "31", false).not_owner().name(), "s40");
  Claim(At(30), 20, 30);
  EXPECT_TRUE(Store(At(30), "25", false).has_stored());
  EXPECT_TRUE(Store(At(30), "30", false).has_stored());
}

TEST_F(ReplicaTest, WhatIsGainedIsClaimedAtOnceWhateverElseIsMoved) {
  Own(30, {At(60), At(70)});
  BeEqual();
  Follow({At(65), At(68), At(70)});
  ASSERT_EQ(questions_.size(), 2u) << "65 and 68 are brought all, and do not answer";
  questions_.clear();
  Claim(At(30), 20, 30);  // its own, of when it still was
  Gain(20, 30);
  const auto claims =
      std::count_if(questions_.begin(), questions_.end(),
                    [](const Question& question) { return question.request.compare().claim(); });
  EXPECT_EQ(claims, 3) << "65, 68, 70";
  EXPECT_FALSE(Put(At(65), "25").has_not_owner());
}

TEST_F(ReplicaTest, AHolderThatIsBroughtAllIsNotComparedWithMeanwhile) {
  Own(30, {At(60), At(70)});
  BeEqual();
  Follow({At(65), At(70)});
  ASSERT_EQ(questions_.size(), 1u);
  const Question push = std::exchange(questions_, {})[0];
  EXPECT_EQ(push.to, At(65));
  Tick();
  std::size_t told = 0;
  for (const Question& question : std::exchange(questions_, {})) {
    if (question.to != At(65)) continue;
    EXPECT_EQ(question.request.compare().arcs_size(), 0);
    EXPECT_EQ(FromWire(question.request.owned()), (concord::Range{30, 50}));
    ++told;
  }
  EXPECT_EQ(told, 1u) << "that it is a holder";
}

TEST_F(ReplicaTest, IsNotListedBeforeItHasWhatOthersHave) {
  Own(20, {At(60), At(70)});
  EXPECT_EQ(replica_.Scan({}).status().code(), absl::StatusCode::kUnavailable);
  BeEqual();
  EXPECT_TRUE(replica_.Scan({}).ok());
}

TEST_F(ReplicaTest, AHolderThatTakesWhatItHoldsForSurplusMayNotLetItGo) {
  Own(20, {At(60), At(70)});
  BeEqual();
  EXPECT_TRUE(Release(At(80), 25, 30));
  EXPECT_FALSE(Release(At(60), 25, 30));
}

TEST_F(ReplicaTest, AnOwnerTakesNoWritesOfOthers) {
  Own(20, {At(60), At(70)});
  EXPECT_EQ(Store(At(60), "25", false).not_owner().name(), "s50");
  EXPECT_TRUE(Store(At(60), "15", false).has_stored());
}

TEST_F(ReplicaTest, WhatIsBroughtCountsAsMovedAndWhatIsWrittenDoesNot) {
  EXPECT_TRUE(Store(At(30), "25", false).has_stored());
  EXPECT_EQ(replica_.Stats().moved_bytes(), 0u);
  EXPECT_TRUE(Store(At(30), "26", true).has_stored());
  EXPECT_EQ(replica_.Stats().moved_bytes(), std::string("26value").size());
}

TEST_F(ReplicaTest, AnOwnerServesNoMoreWhatAnotherHasClaimed) {
  Own(20, {At(60), At(70)});
  BeEqual();
  Claim(At(40), 20, 40);
  EXPECT_EQ(Put(At(60), "25").not_owner().name(), "s40");
  EXPECT_FALSE(Put(At(60), "45").has_not_owner());
  EXPECT_EQ(Put(At(60), "55").not_owner().name(), "") << "it is nobody's that we know";
}

TEST_F(ReplicaTest, ARequestThatComesTooLateIsNotDone) {
  Own(20, {At(60), At(70)});
  BeEqual();
  const wire::PeerResponse late = Put(At(60), "25", now_ - absl::Milliseconds(1));
  EXPECT_EQ(late.executed().failure().code(),
            static_cast<int>(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(storage_.entries.empty());
}

TEST_F(ReplicaTest, WhatOthersHoldMayGoWhenAllHoldersHaveIt) {
  Own(20, {At(60), At(70)});
  EXPECT_FALSE(Release(At(80), 25, 30)) << "nothing is fetched, nor brought";
  BeEqual();
  EXPECT_TRUE(replica_.IsComplete());
  EXPECT_TRUE(Release(At(80), 25, 30));
  EXPECT_FALSE(Release(At(80), 15, 30)) << "a part is another's";
  EXPECT_FALSE(Release(At(80), 45, 55));
  // What one of those brings is to come to the holders first.
  EXPECT_TRUE(Store(At(80), "27", true).has_stored());
  EXPECT_FALSE(Release(At(80), 25, 30));
}

TEST_F(ReplicaTest, WritesAreSentToTheHoldersAndAcknowledgedByTwo) {
  Own(20, {At(60), At(70), At(80)});
  BeEqual();
  std::vector<wire::PeerResponse> answers;
  wire::PeerRequest request;
  request.mutable_execute()->mutable_put()->set_key("25");
  request.mutable_execute()->mutable_put()->set_value("value");
  request.mutable_execute()->set_until(2'000'000);
  replica_.Serve(request, now_ + absl::Seconds(1),
                 [&](const auto& answer) { answers.push_back(*answer); });
  ASSERT_EQ(questions_.size(), 2u);
  EXPECT_EQ(questions_[0].to, At(60));
  EXPECT_EQ(questions_[1].to, At(70));
  storage_.EndSyncs();
  EXPECT_TRUE(answers.empty()) << "it is on one disk";
  wire::PeerResponse stored;
  *stored.mutable_stored()->add_versions() = questions_[0].request.store().entries(0).version();
  questions_[1].done(stored);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_TRUE(answers[0].executed().has_put());
  questions_[0].done(absl::UnavailableError("gone"));
  EXPECT_FALSE(replica_.IsComplete()) << "60 is to be brought it";
}

TEST_F(ReplicaTest, AWriteIsLaterThanWhatAHolderHas) {
  Own(20, {At(60), At(70)});
  BeEqual();
  std::optional<Version> written;
  wire::PeerRequest request;
  request.mutable_execute()->mutable_put()->set_key("25");
  request.mutable_execute()->set_until(2'000'000);
  replica_.Serve(request, now_ + absl::Seconds(1), [&](const auto& answer) {
    written = FromWire(answer->executed().put().version());
  });
  storage_.EndSyncs();
  const Version later{std::uint64_t{1} << 60, 7};
  wire::PeerResponse stored;
  *stored.mutable_stored()->add_versions() = ToWire(later);
  std::exchange(questions_, {})[0].done(stored);
  ASSERT_EQ(questions_.size(), 2u) << "it is written again";
  storage_.EndSyncs();
  *stored.mutable_stored()->mutable_versions(0) =
      questions_[0].request.store().entries(0).version();
  questions_[0].done(stored);
  ASSERT_TRUE(written.has_value());
  EXPECT_GT(*written, later);
}

// --- Writes on a condition -----------------------------------------------------------------------

class ConditionalWrite : public ReplicaTest {
 protected:
  // Of a key that is not there, when that has been read.
  void Begin() {
    Own(20, {At(60), At(70)});
    BeEqual();
    wire::PeerRequest request;
    request.mutable_execute()->mutable_put()->set_key("25");
    request.mutable_execute()->mutable_put()->mutable_expected_version();
    request.mutable_execute()->set_until(2'000'000);
    replica_.Serve(request, now_ + absl::Seconds(1),
                   [&](const auto& answer) { answers_.push_back(*answer); });
    for (Question& question : std::exchange(questions_, {})) question.done(Found());
    storage_.EndSyncs();
    ASSERT_EQ(questions_.size(), 2u);
    ASSERT_TRUE(questions_[0].request.has_store());
  }
  int Code() const { return answers_.at(0).executed().failure().code(); }

  std::vector<wire::PeerResponse> answers_;
};

TEST_F(ConditionalWrite, ThatTooFewHaveIsLeftOpen) {
  Begin();
  for (Question& question : std::exchange(questions_, {})) {
    question.done(absl::UnavailableError("gone"));
  }
  EXPECT_EQ(Code(), static_cast<int>(absl::StatusCode::kDeadlineExceeded))
      << "tried again it would meet itself";
}

TEST_F(ConditionalWrite, OfWhichTheOwnerChangesIsLeftOpen) {
  Begin();
  wire::PeerResponse other;
  *other.mutable_not_owner() = ToWire(At(40));
  std::exchange(questions_, {})[0].done(other);
  EXPECT_EQ(Code(), static_cast<int>(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(ConditionalWrite, DoesNotOverwriteWhatSomebodyElseHasWrittenMeanwhile) {
  Begin();
  const Entry theirs{"25", {std::uint64_t{1} << 60, 7}, false, "theirs"};
  std::exchange(questions_, {})[0].done(Stored(theirs.version));
  ASSERT_TRUE(answers_.empty());
  for (Question& question : std::exchange(questions_, {})) {  // it is read again
    ASSERT_TRUE(question.request.has_read());
    question.done(Found(theirs));
  }
  EXPECT_EQ(Code(), static_cast<int>(absl::StatusCode::kDeadlineExceeded))
      << "before that some may have read ours";
}

TEST_F(ConditionalWrite, ThatMeetsItselfIsLeftOpen) {
  Begin();
  const wire::Entry ours = questions_[0].request.store().entries(0);
  std::exchange(questions_, {})[0].done(Stored({std::uint64_t{1} << 60, 7}));
  for (Question& question : std::exchange(questions_, {})) {  // whoever has the later is silent
    wire::PeerResponse found;
    *found.mutable_found()->add_entries() = ours;
    question.done(found);
  }
  storage_.EndSyncs();
  EXPECT_EQ(Code(), static_cast<int>(absl::StatusCode::kDeadlineExceeded))
      << "some may have read it";
}

// --- Leaving -------------------------------------------------------------------------------------

class Leaving : public ReplicaTest {
 protected:
  bool MayGo(const concord::Server& holder) {
    wire::PeerRequest request;
    request.mutable_withdraw();
    return Ask(holder, std::move(request)).withdrawn().granted();
  }
  // Taken from what is asked.
  std::vector<Question> Withdrawals() {
    std::vector<Question> withdrawals;
    for (Question& question : std::exchange(questions_, {})) {
      (question.request.has_withdraw() ? withdrawals : questions_).push_back(std::move(question));
    }
    return withdrawals;
  }
  static wire::PeerResponse Granted(bool granted) {
    wire::PeerResponse response;
    response.mutable_withdrawn()->set_granted(granted);
    return response;
  }
};

TEST_F(Leaving, AHolderMayGoWhenTheOneAfterItHasEverything) {
  Own(20, {At(60), At(70), At(80)});
  BeEqual();
  EXPECT_FALSE(MayGo(At(60)));
  ASSERT_EQ(questions_.size(), 1u) << "to 80 it is to be brought";
  EXPECT_EQ(questions_[0].to, At(80));
  BeEqual();
  EXPECT_TRUE(MayGo(At(60)));
  Put(At(90), "25");
  ASSERT_EQ(questions_.size(), 2u);
  EXPECT_EQ(questions_[0].to, At(70));
  EXPECT_EQ(questions_[1].to, At(80));
}

// The successors that it knows all want to go.
TEST_F(Leaving, WhoWouldLeaveTooFewWaitsUntilOthersHaveGone) {
  Own(20, {At(60), At(70), At(80)});
  BeEqual();
  for (const concord::Id id : {60, 70}) {
    MayGo(At(id));
    BeEqual();
  }
  EXPECT_FALSE(MayGo(At(80)));
  EXPECT_TRUE(MayGo(At(60))) << "80 has everything, and stays for now";
  EXPECT_TRUE(MayGo(At(70)));
  Follow({At(80), At(90), At(95)});
  BeEqual();
  EXPECT_FALSE(MayGo(At(80))) << "95 is to be brought all first";
  BeEqual();
  EXPECT_TRUE(MayGo(At(80)));
}

TEST_F(Leaving, WhoKnowsOnlyStoresThatLeaveStaysUntilItKnowsAnother) {
  Own(20, {At(60), At(70), At(80)});
  BeEqual();
  for (const concord::Id id : {60, 70, 90}) MayGo(At(id));  // 90 has held for it before
  replica_.PrepareToLeave();
  Follow({At(60), At(70), At(90)});
  BeEqual();
  EXPECT_FALSE(replica_.MayLeave());
  Follow({At(70), At(90), At(95)});
  EXPECT_FALSE(replica_.MayLeave()) << "95 is to be brought all first";
  BeEqual();
  EXPECT_TRUE(replica_.MayLeave());
}

TEST_F(Leaving, WhoGoesAsksThoseItHoldsFor) {
  Own(20, {At(60), At(70), At(80)});
  BeEqual();
  BeHeld(At(20), {10, 20});
  EXPECT_FALSE(replica_.MayLeave()) << "it does not want to";

  replica_.PrepareToLeave();
  const std::vector<Question> withdrawals = Withdrawals();
  ASSERT_EQ(withdrawals.size(), 1u);
  EXPECT_EQ(withdrawals[0].to, At(20));
  BeEqual();  // 80 is brought the copy that will be missing
  EXPECT_FALSE(replica_.MayLeave());
  withdrawals[0].done(Granted(true));
  EXPECT_TRUE(replica_.MayLeave());
  EXPECT_EQ(Put(At(60), "25").executed().failure().code(),
            static_cast<int>(absl::StatusCode::kUnavailable))
      << "nothing new is begun";
}

// Whoever is asked does not say any more that we hold for it.
TEST_F(Leaving, WaitsForAnOwnerThatTakesLongAndNotForOneThatIsGone) {
  Own(20, {At(60), At(70), At(80)});
  BeEqual();
  BeHeld(At(20), {10, 20});
  BeHeld(At(10), {200, 10});
  replica_.PrepareToLeave();
  for (int tick = 0; tick < 10; ++tick) {
    for (const Question& withdrawal : Withdrawals()) {
      if (withdrawal.to == At(20)) withdrawal.done(Granted(false));
    }
    BeEqual();
    EXPECT_FALSE(replica_.MayLeave()) << tick;
    Tick();
  }
  const std::vector<Question> withdrawals = Withdrawals();
  ASSERT_EQ(withdrawals.size(), 1u) << "10 is silent";
  withdrawals[0].done(Granted(true));
  BeEqual();
  EXPECT_TRUE(replica_.MayLeave());
}

TEST_F(Leaving, WaitsForWhatIsUnderWay) {
  Own(20, {At(60), At(70), At(80)});
  BeEqual();
  replica_.PrepareToLeave();
  BeEqual();
  Put(At(60), "25");
  EXPECT_FALSE(replica_.MayLeave()) << "two of three have not answered";
  for (Question& question : std::exchange(questions_, {})) {
    question.done(Stored(FromWire(question.request.store().entries(0).version())));
  }
  EXPECT_TRUE(replica_.MayLeave());
}

// --- Tombstones ----------------------------------------------------------------------------------

class Tombstones : public ReplicaTest {
 protected:
  // A holder has one, of that time, and we have nothing.
  void Meet(absl::Time deleted) {
    Own(20, {At(60)});
    wire::PeerResponse one_entry, listed;
    one_entry.mutable_compared()->add_digests()->set_entries(1);
    *listed.mutable_listed()->add_entries() =
        ToWire(Entry{"25", {HybridClock::FromWall(deleted), 1}, true, ""});
    std::exchange(questions_, {})[0].done(one_entry);
    std::exchange(questions_, {})[0].done(listed);
  }
};

TEST_F(Tombstones, AreFetched) {
  now_ += absl::Hours(24 * 30);
  Meet(now_ - absl::Hours(24));
  EXPECT_EQ(storage_.entries.size(), 1u);
}

TEST_F(Tombstones, ThatAreOverAreNotFetchedAgain) {
  now_ += absl::Hours(24 * 30);
  Meet(now_ - absl::Hours(24 * 8));
  EXPECT_TRUE(storage_.entries.empty());
}

TEST_F(Tombstones, ThatAreOverGo) {
  Store(At(30), "25", true);
  const Version version{HybridClock::FromWall(now_), 1};
  wire::PeerRequest request;
  *request.mutable_store()->add_entries() = ToWire(Entry{"25", version, true, ""});
  request.mutable_store()->set_moved(true);
  Ask(At(30), std::move(request));
  Tick();
  EXPECT_EQ(storage_.entries.size(), 1u);
  now_ += absl::Hours(24 * 8);
  Tick();
  EXPECT_TRUE(storage_.entries.empty());
}

TEST_F(ReplicaTest, ANewOwnerFetchesWhatEachHolderHas) {
  Own(20, {At(60), At(70)});
  std::vector<Question> claims = std::exchange(questions_, {});
  ASSERT_EQ(claims.size(), 2u);
  EXPECT_EQ(claims[0].to, At(60));
  EXPECT_EQ(claims[1].to, At(70));
  wire::PeerResponse one_entry, nothing;
  one_entry.mutable_compared()->add_digests()->set_entries(1);
  nothing.mutable_compared()->add_digests();
  for (const Question& claim : claims) {
    EXPECT_TRUE(claim.request.compare().claim());
    EXPECT_EQ(FromWire(claim.request.compare().arcs(0)), (concord::Range{20, 50}));
  }
  // From one after the other.
  claims[1].done(one_entry);
  EXPECT_TRUE(questions_.empty());
  claims[0].done(nothing);
  ASSERT_EQ(questions_.size(), 1u);
  EXPECT_EQ(questions_[0].to, At(70));
  std::exchange(questions_, {})[0].done(one_entry);
  ASSERT_EQ(questions_.size(), 1u);
  EXPECT_TRUE(questions_[0].request.list().with_values());
  wire::PeerResponse listed;
  const Entry entry{"25", {9, 1}, false, "value"};
  *listed.mutable_listed()->add_entries() = ToWire(entry);
  std::exchange(questions_, {})[0].done(listed);
  EXPECT_EQ(storage_.entries[(Place{25, "25"})], entry);
  EXPECT_TRUE(questions_.empty()) << "nothing is brought to others before it is durable";
  storage_.EndSyncs();
  EXPECT_EQ(questions_.size(), 2u);
  EXPECT_FALSE(replica_.IsComplete());
}

TEST_F(ReplicaTest, ANewOwnerAsksAllHoldersUntilItHasWhatTheyHave) {
  Own(20, {At(60), At(70)});
  questions_.clear();  // of what is to be fetched
  std::vector<wire::PeerResponse> answers;
  Get("25", answers);
  ASSERT_EQ(questions_.size(), 2u);
  const std::vector<Question> reads = std::exchange(questions_, {});
  reads[0].done(Found());
  EXPECT_TRUE(answers.empty() && questions_.empty()) << "70 may be the one that has it";
  const Entry entry{"25", {9, 1}, false, "value"};
  reads[1].done(Found(entry));
  ASSERT_EQ(questions_.size(), 2u) << "one has it, and two are to";
  storage_.EndSyncs();
  questions_[1].done(Stored(entry.version));
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].executed().get().value(), "value");
}

TEST_F(ReplicaTest, AReadBringsWhatTooFewHaveToTheHoldersFirst) {
  Own(20, {At(60), At(70)});
  BeEqual();
  const Entry entry{"25", {9, 1}, false, "value"};
  storage_.entries[{25, "25"}] = entry;  // of a write that came no further
  std::vector<wire::PeerResponse> answers;
  Get("25", answers);
  const std::vector<Question> reads = std::exchange(questions_, {});
  ASSERT_EQ(reads.size(), 2u);
  reads[0].done(Found());
  EXPECT_TRUE(answers.empty()) << "it could be lost with this store";
  ASSERT_EQ(questions_.size(), 2u);
  EXPECT_EQ(FromWire(wire::Entry(questions_[0].request.store().entries(0))), entry);
  storage_.EndSyncs();
  EXPECT_TRUE(answers.empty());
  questions_[0].done(Stored(entry.version));
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].executed().get().value(), "value");
}

// On the smaller side of a split, say.
TEST_F(ReplicaTest, WhoIsAloneTellsNothing) {
  EXPECT_TRUE(Store(At(60), "25", true).has_stored());
  Own(20, {At(60)});
  Follow({});  // before it has fetched anything
  std::vector<wire::PeerResponse> answers;
  Get("25", answers);
  storage_.EndSyncs();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].executed().failure().code(),
            static_cast<int>(absl::StatusCode::kUnavailable));
}

// One that was cut off, and meets the others again: whom it hears of first may be anybody.
class OutOfPlace : public ReplicaTest {
 protected:
  static wire::PeerResponse From(const wire::PeerResponse& answer, concord::Id start,
                                 concord::Id end) {
    wire::PeerResponse response = answer;
    *response.mutable_owned() = ToWire(concord::Range{start, end});
    return response;
  }
};

TEST_F(OutOfPlace, IsNotReliedOnWhatWhoeverIsThereHas) {
  Own(20, {At(80)});
  std::vector<wire::PeerResponse> answers;
  questions_.clear();
  Get("25", answers);
  std::exchange(questions_, {})[0].done(From(Found(), 70, 80));  // 70 is nearer to us
  storage_.EndSyncs();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].executed().failure().code(),
            static_cast<int>(absl::StatusCode::kUnavailable));
  Get("25", answers);
  std::exchange(questions_, {})[0].done(From(Found(), 50, 80));
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[1].executed().failure().code(), static_cast<int>(absl::StatusCode::kNotFound));
}

// Between whom it takes for its predecessor and itself others own what it believes to own.
TEST_F(OutOfPlace, NothingIsToldOrClaimedBeforeItsPredecessorKnowsIt) {
  in_place_ = false;
  Own(20, {At(60), At(70)});
  std::vector<Question> asked = std::exchange(questions_, {});
  for (const Question& question : asked) EXPECT_FALSE(question.request.compare().claim());
  std::vector<wire::PeerResponse> answers;
  Get("25", answers);
  for (Question& question : std::exchange(questions_, {})) question.done(Found());
  storage_.EndSyncs();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].executed().failure().code(),
            static_cast<int>(absl::StatusCode::kUnavailable));
  in_place_ = true;
  Tick();
  BeEqual();
  EXPECT_TRUE(replica_.IsComplete());
}

TEST_F(OutOfPlace, IsInItsPlaceWhenItsSuccessorHasGivenItWhatItOwns) {
  in_place_ = false;
  Own(20, {At(60), At(70)});
  Tick();  // the successor is asked, too
  const auto given = [&](concord::Id start, concord::Id owns_from) {
    for (Question& question : std::exchange(questions_, {})) {
      wire::PeerResponse response;
      response.mutable_compared();
      *response.mutable_given() = ToWire(concord::Range{start, 50});
      *response.mutable_owned() = ToWire(concord::Range{owns_from, question.to.id});
      question.done(response);
    }
    return std::any_of(questions_.begin(), questions_.end(),
                       [](const Question& question) { return question.request.compare().claim(); });
  };
  EXPECT_FALSE(given(40, 50)) << "somebody is between";
  Tick();
  EXPECT_FALSE(given(20, 20)) << "it has taken it back";
  Tick();
  EXPECT_TRUE(given(20, 50));
}

TEST_F(OutOfPlace, NothingIsSettledByIt) {
  Own(20, {At(80)});
  wire::PeerResponse nothing;
  nothing.mutable_compared()->add_digests();
  ASSERT_EQ(questions_.size(), 1u);
  std::exchange(questions_, {})[0].done(From(nothing, 70, 80));
  EXPECT_FALSE(replica_.IsComplete());
  Tick();
  std::erase_if(questions_, [](const Question& question) {
    return question.request.compare().arcs_size() == 0;
  });
  ASSERT_EQ(questions_.size(), 1u);
  EXPECT_TRUE(questions_[0].request.compare().claim()) << "it is fetched again";
  std::exchange(questions_, {})[0].done(From(nothing, 50, 80));
  BeEqual();
  EXPECT_TRUE(replica_.IsComplete());
}

TEST_F(OutOfPlace, NothingIsSettledByWhatWasAskedBefore) {
  Own(20, {At(60), At(70)});
  ASSERT_TRUE(questions_[0].request.compare().claim());
  const std::vector<Question> asked = std::exchange(questions_, {});
  in_place_ = false;
  Gain(10, 20);
  wire::PeerResponse nothing;
  nothing.mutable_compared()->add_digests();
  asked[0].done(nothing);
  in_place_ = true;
  Tick();
  const auto asks_again = [&](const Question& question) {
    const wire::Compare& compare = question.request.compare();
    return question.to == asked[0].to && compare.claim() && compare.arcs(0).end() == 50;
  };
  EXPECT_TRUE(std::any_of(questions_.begin(), questions_.end(), asks_again));
}

TEST_F(ReplicaTest, AReadOfWhatTwoHaveAsksNoMore) {
  Own(20, {At(60), At(70)});
  BeEqual();
  const Entry entry{"25", {9, 1}, false, "value"};
  storage_.entries[{25, "25"}] = entry;
  std::vector<wire::PeerResponse> answers;
  Get("25", answers);
  std::exchange(questions_, {})[1].done(Found(entry));
  EXPECT_EQ(answers.size(), 1u);
  EXPECT_TRUE(questions_.empty());
}

TEST_F(ReplicaTest, WhatAnotherHasClaimedAndTheRingSaysIsOursIsTakenOverAgain) {
  Own(20, {At(60), At(70)});
  BeEqual();
  Claim(At(40), 20, 40);
  for (int i = 0; i < 2; ++i) {
    Tick();
    BeEqual();
    EXPECT_EQ(Put(At(60), "25").not_owner().name(), "s40");
  }
  Tick();
  EXPECT_THAT(Claimed(), ::testing::ElementsAre(At(60), At(70)));
  BeEqual();
  EXPECT_FALSE(Put(At(60), "25").has_not_owner());
}

// Who was between has claimed it, and has given it back or is gone: it may have taken writes that
// this one has not.
TEST_F(ReplicaTest, WhatAnotherHasClaimedAndGivenUpIsTakenOverAtOnce) {
  Own(20, {At(60), At(70)});
  BeEqual();
  Claim(At(60), 20, 50);
  BeHeld(At(60), {50, 60}, 2);
  const wire::PeerResponse answer = Put(At(60), "25");
  EXPECT_TRUE(answer.has_not_owner());
  EXPECT_EQ(answer.not_owner().address(), "");
  questions_.clear();
  Tick();
  EXPECT_THAT(Claimed(), ::testing::ElementsAre(At(60), At(70)));
  BeEqual();
  EXPECT_FALSE(Put(At(60), "25").has_not_owner());
}

// The same, as a holder says it.
TEST_F(ReplicaTest, WhatAHolderTakesForNobodysIsTakenOverAtOnce) {
  Own(20, {At(60), At(70)});
  BeEqual();
  std::vector<wire::PeerResponse> answers;
  Get("25", answers);
  ASSERT_EQ(questions_.size(), 2u);
  std::exchange(questions_, {})[0].done(NotOwner(std::nullopt));
  Tick();
  ASSERT_FALSE(questions_.empty());
  EXPECT_TRUE(questions_[0].request.compare().claim());
}

TEST_F(ReplicaTest, WhoIsAloneServesWhatThoseWhoAreGoneHadClaimed) {
  Own(20, {At(20)});
  BeEqual();
  Claim(At(20), 50, 20);
  BeAlone(20);
  EXPECT_FALSE(Put(At(20), "10").has_not_owner());
}

// It waits for the first to end, and part of its arc goes to another meanwhile.
TEST_F(ReplicaTest, WhatIsLostBeforeItIsFetchedIsNotClaimed) {
  Own(30, {At(60), At(70)});
  Gain(20, 30);
  Lose(30, 20);
  int fetched = 0;
  for (int i = 0; i < 3; ++i, Tick()) {
    for (int round = 0; !questions_.empty(); ++round) {
      ASSERT_LT(round, 100);
      for (Question& question : std::exchange(questions_, {})) {
        for (const wire::Arc& arc : question.request.compare().arcs()) {
          if (question.request.epoch() != 3 || !concord::Contains(FromWire(arc), 25)) continue;
          EXPECT_FALSE(question.request.compare().claim());
          ++fetched;
        }
        question.done(Nothing(question.request));
      }
    }
  }
  EXPECT_EQ(fetched, 2) << "for whoever owns it now";
  EXPECT_TRUE(replica_.IsComplete());
}

// What it had claimed of itself it gives up itself.
TEST_F(ReplicaTest, WhatIsLostIsNobodysUntilItIsClaimed) {
  Own(20, {At(60), At(70)});
  BeEqual();
  Lose(30, 20);
  EXPECT_EQ(Store(At(30), "25", false).not_owner().address(), "");
  EXPECT_TRUE(Store(At(30), "25", false).has_not_owner());
  Claim(At(30), 20, 30);
  EXPECT_TRUE(Store(At(30), "25", false).has_stored());
}

// Two of those behind it are leaving, so that others hold that it does not fetch from.
TEST_F(ReplicaTest, HoldersThatAreNotFetchedFromAreClaimedOfToo) {
  Own(20, {At(60), At(70), At(80), At(90)});
  BeEqual();
  for (const concord::Id id : {60, 70}) {
    wire::PeerRequest request;
    request.mutable_withdraw();
    Ask(At(id), std::move(request));
  }
  BeEqual();
  Gain(10, 20);
  EXPECT_THAT(Claimed(), ::testing::UnorderedElementsAre(At(60), At(70), At(80), At(90)));
}

// A claim that was lost on its way must not let an owner of the past read there.
TEST_F(ReplicaTest, AReadOfWhatIsNotSettledClaimsIt) {
  Own(20, {At(60), At(70)});
  questions_.clear();
  std::vector<wire::PeerResponse> answers;
  Get("25", answers);
  ASSERT_EQ(questions_.size(), 2u);
  for (const Question& question : questions_) EXPECT_TRUE(question.request.read().claim());
}

TEST_F(ReplicaTest, WhoReadsAndClaimsIsTheOneToWrite) {
  Claim(At(30), 20, 40);
  wire::PeerRequest request;
  request.mutable_read()->add_keys("25");
  request.mutable_read()->set_serving(true);
  request.mutable_read()->set_claim(true);
  EXPECT_TRUE(Ask(At(40), request).has_found());
  EXPECT_EQ(Store(At(30), "25", false).not_owner().name(), "s40");
  EXPECT_TRUE(Store(At(30), "24", false).has_stored());
  EXPECT_TRUE(Store(At(30), "26", false).has_stored());
}

// After a split it may be anybody's: who is not among those that come after them has it fetched by
// nobody.
TEST_F(ReplicaTest, WhatItOwnedIsBroughtToWhoeverOwnsItNow) {
  Own(20, {At(60), At(70)});
  BeEqual();
  for (const char* const key : {"22", "24", "30", "44"}) Store(At(50), key, true);
  for (int i = 0; i < 2; ++i) Tick();  // (brought back, it goes on to the holders)
  for (Question& question : std::exchange(questions_, {})) question.done(Equal());
  ASSERT_TRUE(replica_.IsComplete());
  Lose(40, 20);
  BeHeld(At(40), {35, 40}, 1);  // which has it fetched
  EXPECT_FALSE(replica_.IsComplete());
  EXPECT_TRUE(sought_.empty()) << "others may say so, too";
  Tick();
  questions_.clear();
  ASSERT_EQ(sought_.size(), 1u);
  EXPECT_EQ(sought_[0].first, "22");
  std::exchange(sought_, {})[0].second(At(23));
  ASSERT_EQ(questions_.size(), 1u);
  EXPECT_EQ(questions_[0].to, At(23));
  EXPECT_EQ(questions_[0].request.compare().arcs(0).end(), 23u);
  EXPECT_FALSE(questions_[0].request.compare().claim());
  std::exchange(questions_, {})[0].done(absl::UnavailableError("not now"));
  EXPECT_TRUE(sought_.empty()) << "not again at once";
  Tick();
  questions_.clear();
  ASSERT_EQ(sought_.size(), 1u);
  EXPECT_EQ(sought_[0].first, "22");
  std::exchange(sought_, {})[0].second(At(23));
  std::exchange(questions_, {})[0].done(Equal({"22"}));
  ASSERT_EQ(sought_.size(), 1u);
  EXPECT_EQ(sought_[0].first, "24");
  std::exchange(sought_, {})[0].second(absl::UnavailableError("who knows"));
  EXPECT_FALSE(replica_.IsComplete());
  BeHeld(At(35), {23, 35}, 1);
  EXPECT_TRUE(replica_.IsComplete()) << "it holds for whoever owns the rest";
}

// As between the two calls of a join.
TEST_F(ReplicaTest, WhoKnowsNobodyYetTellsNothingWhateverTheQuorum) {
  Options options = Made();
  options.read_quorum = 1;
  Replica replica(environment(), storage_, options);
  ASSERT_TRUE(replica.Load().ok());
  concord::RangeChange change;
  change.epoch = 1;
  change.after = change.gained = concord::Range{20, 50};
  replica.OnRangeChange(change);
  wire::PeerRequest request;
  request.mutable_execute()->mutable_get()->set_key("25");
  std::optional<wire::PeerResponse> answer;
  replica.Serve(request, now_ + absl::Seconds(1), [&](const auto& given) { answer = *given; });
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->executed().failure().code(), static_cast<int>(absl::StatusCode::kUnavailable));
}

TEST_F(ReplicaTest, AnOperationThatIsNoneIsRefused) {
  Own(20, {At(60), At(70)});
  wire::PeerRequest none;
  none.mutable_execute();
  EXPECT_EQ(Ask(At(60), none).executed().failure().message(), "no operation is named");
  wire::PeerRequest empty;
  empty.mutable_execute()->mutable_put();
  EXPECT_THAT(Ask(At(60), empty).executed().failure().message(),
              ::testing::HasSubstr("the key has 0 bytes"));
}

TEST(Failures, WithTheCodeOfNoneAreFailures) { EXPECT_FALSE(FromWire(wire::Failure()).ok()); }

}  // namespace
}  // namespace kv
