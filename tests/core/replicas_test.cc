// Who fetches what from whom, and that n copies of everything come of it.
#include "concord/replicas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/id_space.h"
#include "core/range_change.h"

namespace concord {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr core::IdSpace kSpace(8);

Server At(Id id) { return {id, absl::StrCat("n", id), absl::StrCat("h", id, ":1")}; }

// What node 100 is told, and what it is to do.
class ReplicasTest : public ::testing::Test {
 protected:
  // "fetch (40, 100] from 120".
  std::vector<std::string> All() {
    std::vector<std::string> all;
    while (const std::optional<Transfer> next = replicas_.Next()) {
      const bool fetch = next->kind == Transfer::Kind::kFetch;
      all.push_back(absl::StrCat(fetch ? "fetch (" : "push (", next->arc.start, ", ", next->arc.end,
                                 "] ", fetch ? "from " : "to ", next->peer.id));
      taken_[all.back()] = next->id;
    }
    return all;
  }
  // As Replicas has it, by those words.
  void Done(const std::string& transfer) { replicas_.Done(taken_.at(transfer)); }
  void Failed(const std::string& transfer) { replicas_.Failed(taken_.at(transfer)); }
  void Advance(const std::string& transfer, Id upto) {
    replicas_.Advance(taken_.at(transfer), upto);
  }

  void Own(std::optional<Range> now, const Server& peer) {
    RangeChange change = core::ChangeOfRange(kSpace, 100, replicas_.owned(), now);
    change.peer = peer;
    replicas_.OnRangeChange(change);
  }
  void Follow(const std::vector<Id>& successors) {
    std::vector<Server> servers;
    for (const Id id : successors) servers.push_back(At(id));
    replicas_.OnSuccessorsChange(servers);
  }
  void Join() {
    Own(Range{40, 100}, At(120));
    Follow({120, 130, 140});
  }
  void Settle() {
    Join();
    for (const std::string& fetch : All()) Done(fetch);
  }
  void Complete() {
    Settle();
    for (const std::string& push : All()) Done(push);
  }

  Replicas replicas_{3};
  std::map<std::string, std::uint64_t> taken_;
};

TEST_F(ReplicasTest, WhoBeginsARingHasNothingToDo) {
  Own(Range{100, 100}, At(100));
  EXPECT_THAT(All(), IsEmpty());
  EXPECT_TRUE(replicas_.IsSettled(7));
  EXPECT_TRUE(replicas_.IsComplete());
}

// Those who come may have taken it for dead, and have owned what it owns.
TEST_F(ReplicasTest, WhoWasAloneFetchesFromThoseWhoCome) {
  Own(Range{100, 100}, At(100));
  EXPECT_TRUE(replicas_.IsSettled(50));
  Own(Range{40, 100}, At(40));
  Follow({120, 40});
  EXPECT_FALSE(replicas_.IsSettled(50));
  EXPECT_THAT(All(), ElementsAre("fetch (40, 100] from 120", "fetch (40, 100] from 40"));
}

TEST_F(ReplicasTest, WhoHasJoinedFetchesFromWhoHeldBeforeThenPushesToItsHolders) {
  Own(Range{40, 100}, At(120));
  EXPECT_THAT(All(), IsEmpty()) << "it does not know its holders yet";
  EXPECT_FALSE(replicas_.IsSettled(50));
  Follow({120, 130, 140});
  EXPECT_THAT(replicas_.holders(), ElementsAre(At(120), At(130)));
  EXPECT_THAT(All(), ElementsAre("fetch (40, 100] from 120", "fetch (40, 100] from 130",
                                 "fetch (40, 100] from 140"));
  Done("fetch (40, 100] from 120");
  EXPECT_THAT(All(), IsEmpty());
  Done("fetch (40, 100] from 130");
  EXPECT_FALSE(replicas_.IsSettled(50)) << "140 held it before we came";
  EXPECT_FALSE(replicas_.IsSettled());
  Done("fetch (40, 100] from 140");
  EXPECT_TRUE(replicas_.IsSettled());
  EXPECT_TRUE(replicas_.IsSettled(50));
  EXPECT_FALSE(replicas_.IsSettled(101));
  EXPECT_THAT(All(), ElementsAre("push (40, 100] to 120", "push (40, 100] to 130"));
  EXPECT_FALSE(replicas_.HasAll(At(120), 50));
  Done("push (40, 100] to 120");
  EXPECT_TRUE(replicas_.HasAll(At(120), 50));
  EXPECT_FALSE(replicas_.IsComplete());
  Done("push (40, 100] to 130");
  EXPECT_TRUE(replicas_.IsComplete());
  EXPECT_THAT(All(), IsEmpty());
}

TEST_F(ReplicasTest, WithOneCopyWhoHasJoinedFetchesFromItsSuccessor) {
  replicas_.~Replicas();
  new (&replicas_) Replicas(1);
  Join();
  EXPECT_THAT(replicas_.holders(), IsEmpty());
  EXPECT_THAT(All(), ElementsAre("fetch (40, 100] from 120"));
  Done("fetch (40, 100] from 120");
  EXPECT_TRUE(replicas_.IsComplete());
}

TEST_F(ReplicasTest, WhatAPredecessorOwnedIsFetchedAlone) {
  Complete();
  Own(Range{20, 100}, At(40));
  EXPECT_THAT(All(), ElementsAre("fetch (20, 40] from 120", "fetch (20, 40] from 130",
                                 "fetch (20, 40] from 140"));
  EXPECT_TRUE(replicas_.IsSettled(50));
  EXPECT_FALSE(replicas_.IsSettled(30));
  Done("fetch (20, 40] from 120");
  Done("fetch (20, 40] from 130");
  Done("fetch (20, 40] from 140");
  EXPECT_THAT(All(), ElementsAre("push (20, 40] to 120", "push (20, 40] to 130"));
}

TEST_F(ReplicasTest, AnArcThatIsLostIsForgotten) {
  Settle();
  EXPECT_THAT(All(), ElementsAre("push (40, 100] to 120", "push (40, 100] to 130"));
  Own(Range{70, 100}, At(70));
  Done("push (40, 100] to 120");
  EXPECT_TRUE(replicas_.HasAll(At(120), 80));
  EXPECT_FALSE(replicas_.HasAll(At(120), 60));
  EXPECT_FALSE(replicas_.IsSettled(60));
  EXPECT_TRUE(replicas_.IsSettled(80));
  // Regained, it is as new, whatever was under way before.
  Own(Range{40, 100}, At(70));
  Done("push (40, 100] to 130");
  EXPECT_FALSE(replicas_.IsSettled(60));
  EXPECT_THAT(All(), ElementsAre("fetch (40, 70] from 120", "fetch (40, 70] from 130",
                                 "fetch (40, 70] from 140"));
}

// In a ring so small that whoever has come before us is among our successors, too.
TEST_F(ReplicasTest, WhatIsLostIsNotFetchedFromWhoeverHasItNow) {
  Join();
  Follow({120, 130, 70});
  Own(Range{70, 100}, At(70));
  EXPECT_THAT(All(), ElementsAre("fetch (40, 70] from 120", "fetch (40, 70] from 130",
                                 "fetch (70, 100] from 120", "fetch (70, 100] from 130",
                                 "fetch (70, 100] from 70"));
  Follow({120, 70});
  Done("fetch (40, 70] from 120");
  EXPECT_FALSE(replicas_.Owes({40, 70}));
}

TEST_F(ReplicasTest, WhatIsInDoubtBeforeItIsSettledIsOwedAllTheSame) {
  Join();
  replicas_.Doubt({50, 60});
  Own(Range{70, 100}, At(70));
  EXPECT_TRUE(replicas_.Owes({40, 70}));
}

TEST_F(ReplicasTest, WhatTheLastChangeHasGivenIsTakenBackByTheNext) {
  Join();
  EXPECT_EQ(replicas_.given(), std::nullopt);
  Own(Range{70, 100}, At(70));
  EXPECT_EQ(replicas_.given(), (Range{40, 70}));
  Own(Range{40, 100}, At(70));
  EXPECT_EQ(replicas_.given(), std::nullopt);
}

TEST_F(ReplicasTest, WhatIsLostBeforeAllOfItIsHereIsFetchedToTheEnd) {
  Join();
  const std::vector<std::string> fetches = All();
  EXPECT_TRUE(replicas_.Owes({40, 100}));
  Own(Range{70, 100}, At(70));
  EXPECT_TRUE(replicas_.Owes({40, 70})) << "70 is to wait for it";
  EXPECT_FALSE(replicas_.Owes({20, 40}));
  Done("fetch (40, 100] from 120");
  EXPECT_TRUE(replicas_.Owes({60, 65}));
  Failed("fetch (40, 100] from 130");
  Done("fetch (40, 100] from 140");
  EXPECT_FALSE(replicas_.IsSettled(80));
  replicas_.Retry();
  EXPECT_THAT(All(), ElementsAre("fetch (40, 70] from 130", "fetch (70, 100] from 130"));
  Done("fetch (40, 70] from 130");
  EXPECT_FALSE(replicas_.Owes({40, 70}));
  EXPECT_TRUE(replicas_.Owes({70, 100}));
  Done("fetch (70, 100] from 130");
  EXPECT_FALSE(replicas_.Owes({40, 100}));
  EXPECT_TRUE(replicas_.IsSettled());
  EXPECT_THAT(All(), ElementsAre("push (70, 100] to 120", "push (70, 100] to 130"));
}

TEST_F(ReplicasTest, WhatIsLostIsNotOwedForEver) {
  Join();
  Own(Range{70, 100}, At(70));
  for (int i = 0; i < 200; ++i) {
    for (const std::string& fetch : All()) Failed(fetch);
    replicas_.Retry();
  }
  EXPECT_FALSE(replicas_.Owes({40, 70}));
  EXPECT_TRUE(replicas_.Owes({70, 100}));
}

TEST_F(ReplicasTest, WhatWasSettledBeforeIsNotOwed) {
  Complete();
  replicas_.Doubt({40, 100});
  EXPECT_FALSE(replicas_.IsSettled());
  EXPECT_FALSE(replicas_.Owes({40, 100}));
  Own(Range{70, 100}, At(70));
  EXPECT_FALSE(replicas_.Owes({40, 70}));
}

TEST_F(ReplicasTest, ANewHolderIsBroughtEverything) {
  Complete();
  Follow({130, 140, 150});
  EXPECT_TRUE(replicas_.IsSettled(50)) << "it stays what it was";
  EXPECT_THAT(All(), ElementsAre("push (40, 100] to 140"));
}

TEST_F(ReplicasTest, AHolderThatComesBackIsBroughtEverythingAgain) {
  Complete();
  Follow({130, 140, 150});
  Follow({120, 130, 140});
  EXPECT_THAT(All(), ElementsAre("push (40, 100] to 120"));
}

// It has missed what was written while it was none, though what is new was fetched from it.
TEST_F(ReplicasTest, WhoIsAHolderAgainIsBroughtEverythingAgain) {
  Complete();
  Follow({110, 120, 130});
  EXPECT_THAT(All(), ElementsAre("push (40, 100] to 110"));
  Done("push (40, 100] to 110");
  Follow({120, 130, 140});
  EXPECT_THAT(All(), ElementsAre("push (40, 100] to 130"));
}

TEST_F(ReplicasTest, WhoIsToLeaveBringsOneCopyMore) {
  Complete();
  replicas_.SetCopies(4);
  EXPECT_FALSE(replicas_.IsComplete());
  EXPECT_TRUE(replicas_.IsSettled(50));
  EXPECT_THAT(All(), ElementsAre("push (40, 100] to 140"));
  Done("push (40, 100] to 140");
  EXPECT_TRUE(replicas_.IsComplete());
  replicas_.SetCopies(3);
  EXPECT_TRUE(replicas_.IsComplete());
  EXPECT_FALSE(replicas_.HasAll(At(140), 50));
}

TEST_F(ReplicasTest, WhoAfterItLeavesHoldsNothingMore) {
  Complete();
  replicas_.SetLeaving(At(120), true);
  EXPECT_THAT(replicas_.holders(), ElementsAre(At(130), At(140)));
  EXPECT_THAT(replicas_.sources(50), ElementsAre(At(120), At(130), At(140))) << "it has it yet";
  EXPECT_FALSE(replicas_.IsComplete());
  EXPECT_THAT(All(), ElementsAre("push (40, 100] to 140"));
  Done("push (40, 100] to 140");
  EXPECT_TRUE(replicas_.IsComplete());
  Follow({130, 140, 150});
  EXPECT_TRUE(replicas_.IsComplete()) << "and it has gone";
  // Whoever comes back by its name is another.
  Follow({120, 130, 140});
  EXPECT_THAT(replicas_.holders(), ElementsAre(At(120), At(130)));
}

TEST_F(ReplicasTest, WhoChangesItsMindHoldsAgain) {
  Complete();
  replicas_.SetLeaving(At(120), true);
  replicas_.SetLeaving(At(120), false);
  EXPECT_THAT(replicas_.holders(), ElementsAre(At(120), At(130)));
  EXPECT_THAT(All(), ElementsAre("push (40, 100] to 120")) << "what was written meanwhile";
  replicas_.SetLeaving(At(150), true);  // which does not come after us
  Follow({150, 160, 170});
  EXPECT_THAT(replicas_.holders(), ElementsAre(At(150), At(160)));
}

TEST_F(ReplicasTest, WhatFailedIsNotTriedAgainBeforeItIsTime) {
  Join();
  All();
  Failed("fetch (40, 100] from 120");
  EXPECT_THAT(All(), IsEmpty());
  replicas_.Retry();
  EXPECT_THAT(All(), ElementsAre("fetch (40, 100] from 120"));
}

TEST_F(ReplicasTest, WhoComesBetweenIsFetchedFromTooAndNotInsteadOfWhoHasIt) {
  Join();
  for (const std::string& fetch : All()) Failed(fetch);
  Follow({110, 120, 130, 140});
  replicas_.Retry();
  EXPECT_THAT(All(), ElementsAre("fetch (40, 100] from 110", "fetch (40, 100] from 120",
                                 "fetch (40, 100] from 130", "fetch (40, 100] from 140"));
  Own(Range{20, 100}, At(40));
  EXPECT_THAT(All(), ElementsAre("fetch (20, 40] from 110", "fetch (20, 40] from 120",
                                 "fetch (20, 40] from 130"));
  EXPECT_THAT(replicas_.sources(30), ElementsAre(At(110), At(120), At(130)));
  EXPECT_THAT(replicas_.sources(50), ElementsAre(At(110), At(120), At(130), At(140)));
  EXPECT_THAT(replicas_.sources(110), IsEmpty()) << "it is not ours";
  Follow({105, 107, 110, 120, 130, 140});
  EXPECT_THAT(All(),
              ::testing::IsSupersetOf({"fetch (20, 40] from 105", "fetch (20, 40] from 107"}));
  for (const Id source : {105, 107, 110, 120}) {
    Done(absl::StrCat("fetch (20, 40] from ", source));
  }
  EXPECT_FALSE(replicas_.IsSettled(30));
  Done("fetch (20, 40] from 130");
  EXPECT_TRUE(replicas_.IsSettled(30));
}

TEST_F(ReplicasTest, WhoDoesNotAnswerHoldsNothingUpOnceItIsGone) {
  Join();
  All();
  Done("fetch (40, 100] from 120");
  Failed("fetch (40, 100] from 130");
  Follow({120});
  EXPECT_TRUE(replicas_.IsSettled(50));
}

TEST_F(ReplicasTest, AFailedTransferGoesOnWhereItWas) {
  Join();
  All();
  Advance("fetch (40, 100] from 120", 60);
  Advance("fetch (40, 100] from 120", 80);
  Failed("fetch (40, 100] from 120");
  Done("fetch (40, 100] from 130");
  Done("fetch (40, 100] from 140");
  EXPECT_TRUE(replicas_.IsSettled(60));
  EXPECT_TRUE(replicas_.IsSettled(80));
  EXPECT_FALSE(replicas_.IsSettled(81));
  EXPECT_THAT(All(), ElementsAre("push (40, 80] to 120", "push (40, 80] to 130"));
  replicas_.Retry();
  EXPECT_THAT(All(), ElementsAre("fetch (80, 100] from 120"));
  Done("fetch (80, 100] from 120");
  EXPECT_TRUE(replicas_.IsSettled(81));
}

TEST_F(ReplicasTest, TransfersThatAdvanceTogetherAreCountedEach) {
  Join();
  All();
  Done("fetch (40, 100] from 140");
  Advance("fetch (40, 100] from 120", 60);
  Advance("fetch (40, 100] from 130", 80);
  EXPECT_TRUE(replicas_.IsSettled(60));
  EXPECT_FALSE(replicas_.IsSettled(61));
  Advance("fetch (40, 100] from 120", 100);
  EXPECT_TRUE(replicas_.IsSettled(80));
  EXPECT_FALSE(replicas_.IsSettled(81));
  Done("fetch (40, 100] from 130");
  EXPECT_TRUE(replicas_.IsSettled(100));
}

TEST_F(ReplicasTest, AHolderThatMissedAWriteIsPushedToAgain) {
  Complete();
  replicas_.Missed(At(130), 50);
  EXPECT_FALSE(replicas_.HasAll(At(130), 50));
  EXPECT_TRUE(replicas_.HasAll(At(120), 50));
  EXPECT_THAT(All(), ElementsAre("push (40, 100] to 130"));
  replicas_.Missed(At(130), 60);  // the push may be past it
  Done("push (40, 100] to 130");
  EXPECT_FALSE(replicas_.HasAll(At(130), 50));
  EXPECT_THAT(All(), ElementsAre("push (40, 100] to 130"));
  Done("push (40, 100] to 130");
  EXPECT_TRUE(replicas_.IsComplete());
}

TEST_F(ReplicasTest, WhatIsInDoubtIsFetchedAgain) {
  Complete();
  Own(Range{20, 100}, At(40));
  All();
  replicas_.Doubt({30, 35});
  Done("fetch (20, 40] from 120");
  Done("fetch (20, 40] from 130");
  EXPECT_FALSE(replicas_.IsSettled(30)) << "it was fetched before";
  EXPECT_TRUE(replicas_.IsSettled(50));
  EXPECT_THAT(All(), ElementsAre("fetch (20, 40] from 120", "fetch (20, 40] from 130",
                                 "fetch (20, 40] from 140"));
}

TEST_F(ReplicasTest, WhoStopsHasNothingToDo) {
  Join();
  All();
  Own(std::nullopt, At(120));
  Follow({});
  Done("fetch (40, 100] from 120");
  Failed("fetch (40, 100] from 130");
  replicas_.Retry();
  EXPECT_THAT(All(), IsEmpty());
  EXPECT_FALSE(replicas_.IsSettled(50));
}

TEST_F(ReplicasTest, WhatIsNeitherOwnedNorHeldIsSurplus) {
  const absl::Time now = absl::UnixEpoch();
  EXPECT_THAT(replicas_.Surplus(now), ElementsAre(Range{~Id{0}, ~Id{0}}));  // all
  Join();
  EXPECT_THAT(replicas_.Surplus(now), ElementsAre(Range{100, 40}));
  replicas_.OnHeldFor(At(40), {20, 40}, now);
  replicas_.OnHeldFor(At(10), {220, 10}, now - absl::Seconds(1));
  EXPECT_THAT(replicas_.Surplus(now), ElementsAre(Range{100, 20}));
  EXPECT_THAT(replicas_.Surplus(now - absl::Seconds(1)),
              ElementsAre(Range{10, 20}, Range{100, 220}));
  replicas_.OnHeldFor(At(10), {100, 20}, now);
  EXPECT_THAT(replicas_.Surplus(now), IsEmpty());
}

// A model: nodes with sets of written identifiers, whose ring changes at random. What was written
// is held by its owner and all its holders in the end, if of no key all copies are killed, or not
// made in the first place, before everything is complete again.
class Model {
 public:
  Model(std::size_t copies, unsigned seed) : copies_(copies), random_(seed) {}

  void Add(Id id) {
    Node node{Replicas(copies_), {}, {}};
    nodes_.emplace(id, std::move(node));
    TellAll();
  }
  void Kill(Id id) {
    nodes_.erase(id);
    TellAll();
  }
  std::size_t size() const { return nodes_.size(); }
  std::vector<Id> ids() const {
    std::vector<Id> ids;
    for (const auto& [id, node] : nodes_) ids.push_back(id);
    return ids;
  }
  unsigned Below(std::size_t n) { return static_cast<unsigned>(random_() % n); }

  // To the owner and its holders, of which it returns how many missed it.
  std::size_t Write(Id key) {
    std::size_t missed = 0;
    Node& owner = nodes_.at(OwnerOf(key));
    owner.keys.insert(key);
    for (const Server& holder : owner.replicas.holders()) {
      if (Below(4) != 0) {
        nodes_.at(holder.id).keys.insert(key);
      } else {
        owner.replicas.Missed(holder, key);
        ++missed;
      }
    }
    written_.insert(key);
    return missed;
  }

  // One node does a part of one transfer.
  void Step() {
    auto at = std::next(nodes_.begin(), Below(nodes_.size()));
    Node& node = at->second;
    if (Below(8) == 0) node.replicas.Retry();
    if (node.open.empty() || Below(2) == 0) {
      if (auto next = node.replicas.Next()) node.open.push_back({*next, next->arc.start});
    }
    if (node.open.empty()) return;
    const std::size_t which = Below(node.open.size());
    auto& [transfer, upto] = node.open[which];
    const auto peer = nodes_.find(transfer.peer.id);
    const auto end = [&] { node.open.erase(node.open.begin() + which); };
    if (peer == nodes_.end() || Below(8) == 0) {
      node.replicas.Failed(transfer.id);
      return end();
    }
    const Id all = kSpace.Mask(transfer.arc.end - upto - 1) + 1;
    const Id step = std::min<Id>(all, 1 + Below(100));
    const Range part{upto, kSpace.Mask(upto + step)};
    const bool fetch = transfer.kind == Transfer::Kind::kFetch;
    std::set<Id>& from = fetch ? peer->second.keys : node.keys;
    std::set<Id>& to = fetch ? node.keys : peer->second.keys;
    for (const Id key : from) {
      if (Contains(part, key)) to.insert(key);
    }
    upto = part.end;
    if (fetch && peer->second.replicas.Owes(transfer.arc)) {
      node.replicas.Failed(transfer.id);
      return end();
    }
    if (upto != transfer.arc.end) return node.replicas.Advance(transfer.id, upto);
    node.replicas.Done(transfer.id);
    end();
  }

  bool IsComplete() const {
    return std::all_of(nodes_.begin(), nodes_.end(),
                       [](const auto& node) { return node.second.replicas.IsComplete(); });
  }

  void ExpectCopies() const {
    for (const Id key : written_) {
      std::size_t held = 0;
      auto at = nodes_.lower_bound(key);
      for (std::size_t i = 0; i < std::min(copies_, nodes_.size()); ++i, ++at) {
        if (at == nodes_.end()) at = nodes_.begin();
        held += at->second.keys.count(key);
      }
      EXPECT_EQ(held, std::min(copies_, nodes_.size())) << "key " << key;
    }
  }

 private:
  struct Node {
    Replicas replicas;
    std::set<Id> keys;
    std::vector<std::pair<Transfer, Id>> open;  // and up to where it has come
  };

  Id OwnerOf(Id key) const {
    const auto at = nodes_.lower_bound(key);
    return at == nodes_.end() ? nodes_.begin()->first : at->first;
  }

  // As an ideal ring tells it.
  void TellAll() {
    for (auto at = nodes_.begin(); at != nodes_.end(); ++at) {
      Replicas& replicas = at->second.replicas;
      const Id before = at == nodes_.begin() ? nodes_.rbegin()->first : std::prev(at)->first;
      const Range range{before, at->first};
      if (replicas.owned() != range) {
        replicas.OnRangeChange(core::ChangeOfRange(kSpace, at->first, replicas.owned(), range));
      }
      std::vector<Server> successors;
      auto next = at;
      while (successors.size() < copies_ + 3) {
        if (++next == nodes_.end()) next = nodes_.begin();
        if (next == at) break;
        successors.push_back(At(next->first));
      }
      if (successors != told_[at->first]) replicas.OnSuccessorsChange(successors);
      told_[at->first] = successors;
    }
    for (auto it = told_.begin(); it != told_.end();) {
      it = nodes_.count(it->first) == 0 ? told_.erase(it) : std::next(it);
    }
  }

  const std::size_t copies_;
  std::mt19937 random_;
  std::map<Id, Node> nodes_;
  std::map<Id, std::vector<Server>> told_;
  std::set<Id> written_;
};

TEST(ReplicasModel, NothingIsLostAndEveryHolderHasAll) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const std::size_t copies = 1 + seed % 4;
    Model model(copies, seed);
    model.Add(model.Below(256));
    // Since everything was complete. Whoever joins takes the place of a copy, and has none yet:
    // many may do so, or one while others fail.
    std::size_t killed = 0, joined = 0;
    for (int step = 0; step < 2000; ++step) {
      if (model.IsComplete()) killed = joined = 0;
      const unsigned what = model.Below(100);
      if (what < 2 && model.size() < 12) {
        const Id id = model.Below(256);
        const std::vector<Id> ids = model.ids();
        const bool known = std::count(ids.begin(), ids.end(), id) != 0;
        if (!known && (killed == 0 ? joined < 3 : joined == 0)) {
          ++joined;
          model.Add(id);
        }
      } else if (what < 4 && model.size() > copies) {
        if (killed + 1 < copies && joined <= 1) {
          ++killed;
          model.Kill(model.ids()[model.Below(model.size())]);
        }
      } else if (what < 20) {
        // (One that all but its owner missed does not outlive the owner.)
        if (killed == 0 && joined <= 1) killed = model.Write(model.Below(256));
      } else {
        model.Step();
      }
    }
    for (int step = 0; step < 20'000 && !model.IsComplete(); ++step) model.Step();
    ASSERT_TRUE(model.IsComplete());
    model.ExpectCopies();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace concord
