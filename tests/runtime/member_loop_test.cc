// The member's own thread, on a real network: events in, effects out.
#include "runtime/member_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "arrivals.h"
#include "core/ring_walk.h"
#include "core/routing_table.h"
#include "paper.h"
#include "raw_wire.h"
#include "runtime/codec.h"
#include "runtime/methods.h"
#include "sockets.h"
#include "station.h"
#include "support/eventually.h"

namespace concord::runtime {
namespace {

using concord::testing::Eventually;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Lt;
using ::testing::Not;

constexpr core::IdSpace kSpace{8};
constexpr absl::Duration kNever = absl::Hours(1);
constexpr absl::Duration kOften = absl::Milliseconds(20);

// A node without its public face.
class TestMember {
 public:
  struct Options {
    absl::Duration interval = kNever;
    absl::Duration lookup_timeout = absl::Seconds(50);
    absl::Duration close_idle_interval = kNever;
    absl::Duration idle_timeout = kNever;
    std::string node = "n";  // as the log calls it
    std::uint64_t epoch = 0;
    std::function<std::size_t()> waiting_changes = {};
  };

  TestMember(Id id, Options options)
      : station_(Station::Options{.space = kSpace,
                                  .call_timeout = {absl::Seconds(5), absl::Seconds(20)},
                                  .idle_timeout = options.idle_timeout}),
        loop_(LoopOptions(id, options), station_.peers(), routing_,
              Log(paper_.logger(), false, options.node),
              {[this](const RangeChange& change) { OnRange(change); },
               [this](const std::vector<Server>& successors) { OnSuccessors(successors); }}) {
    station_.Serve(loop_);
  }
  explicit TestMember(Id id) : TestMember(id, Options()) {}
  ~TestMember() { Stop(); }

  absl::Status Create() {
    Arrivals<absl::Status> came;
    loop_.Create([&](absl::Status status) { came.Put(std::move(status)); });
    return came.Take();
  }
  absl::Status Join(const std::vector<std::string>& seeds,
                    absl::Duration timeout = absl::Seconds(50)) {
    Arrivals<absl::Status> came;
    loop_.Join(seeds, timeout, /*founds=*/false,
               [&](absl::Status status) { came.Put(std::move(status)); });
    return came.Take();
  }
  // As a Node does; a second time nothing.
  std::uint64_t Stop() {
    if (std::exchange(stopped_, true)) return 0;
    const std::uint64_t epoch = loop_.Stop();
    station_.Stop();
    return epoch;
  }

  std::string address() const { return station_.address(); }
  Peers& peers() { return station_.peers(); }
  MemberLoop& loop() { return loop_; }
  const Paper& paper() const { return paper_; }
  std::shared_ptr<const core::RoutingTable> routing() const { return routing_.Read(); }
  Arrivals<RangeChange>& range_changes() { return range_changes_; }

  bool Has(Id predecessor, Id successor) const {
    const auto table = routing();
    return table && table->predecessor().id == predecessor && !table->successors().empty() &&
           table->successors().front().id == successor;
  }

 private:
  MemberLoop::Options LoopOptions(Id id, const Options& options) const {
    MemberLoop::Options made;
    made.member.self = At(id, station_.address());
    made.member.space = kSpace;
    made.member.epoch = options.epoch;
    made.member.stabilize_interval = options.interval;
    made.member.check_predecessor_interval = options.interval;
    made.member.fix_finger_interval = options.interval;
    made.member.probe_interval = options.interval;
    made.member.evidence_cooldown = absl::Milliseconds(1);
    made.find_timeout = absl::Seconds(20);
    made.lookup_timeout = options.lookup_timeout;
    made.close_idle_interval = options.close_idle_interval;
    made.waiting_changes = options.waiting_changes;
    return made;
  }

  // What lookups see is never older than what is told.
  void OnRange(const RangeChange& change) {
    const auto table = routing();
    const std::optional<Range> seen = table ? table->range() : std::nullopt;
    EXPECT_EQ(seen, change.after);
    range_changes_.Put(change);
  }
  void OnSuccessors(const std::vector<Server>& successors) {
    const auto table = routing();
    EXPECT_EQ(table ? table->successors() : std::vector<Server>{}, successors);
  }

  Paper paper_;
  Snapshot<core::RoutingTable> routing_;
  Arrivals<RangeChange> range_changes_;
  Station station_;
  MemberLoop loop_;
  bool stopped_ = false;
};

// One that asks from outside.
class Asker {
 public:
  absl::StatusOr<core::RingView> GetRing(const std::string& address) {
    Arrivals<absl::StatusOr<core::RingView>> came;
    station_.peers().GetRing(address, [&](auto ring) { came.Put(std::move(ring)); });
    return came.Take();
  }
  absl::Status Notify(const std::string& address, const Server& self) {
    Arrivals<absl::Status> came;
    station_.peers().Notify(address, self, [&](absl::Status status) { came.Put(status); });
    return came.Take();
  }
  absl::Status Leave(const std::string& address, const Server& self) {
    Arrivals<absl::Status> came;
    station_.peers().Leave(Callee(address), {self, self, {self}},
                           [&](auto ring) { came.Put(ring.status()); });
    return came.Take();
  }
  absl::Status Meet(const std::string& address, const Server& self) {
    Arrivals<absl::Status> came;
    station_.peers().Meet(Callee(address), {.from = self},
                          [&](auto meeting) { came.Put(meeting.status()); });
    return came.Take();
  }
  absl::StatusOr<FindResponse> Find(const std::string& address, Id id) {
    Arrivals<absl::StatusOr<FindResponse>> came;
    station_.peers().FindSuccessor(address, {.id = id}, absl::Now() + absl::Seconds(50),
                                   [&](auto response) { came.Put(std::move(response)); });
    return came.Take();
  }

 private:
  Station station_{Station::Options{.space = kSpace}};
};

const absl::Status kNoMember = absl::UnavailableError("this node is not a member of a ring");

// --- Alone ---

TEST(MemberLoop, AnswersNobodyBeforeItIsAMember) {
  TestMember node(10);
  Asker asker;
  EXPECT_EQ(asker.GetRing(node.address()).status(), kNoMember);
  EXPECT_EQ(asker.Notify(node.address(), At(20)), kNoMember);
  EXPECT_EQ(asker.Find(node.address(), 5).status(), kNoMember);
  EXPECT_EQ(node.routing(), nullptr);
}

TEST(MemberLoop, CreateBeginsARing) {
  TestMember node(10);
  ASSERT_TRUE(node.Create().ok());
  ASSERT_NE(node.routing(), nullptr);  // by the time that Create has ended
  EXPECT_EQ(node.routing()->range(), (Range{10, 10}));
  const RangeChange change = node.range_changes().Take();
  EXPECT_EQ(change.epoch, 1u);
  EXPECT_EQ(change.before, std::nullopt);
  EXPECT_EQ(change.after, (Range{10, 10}));

  Asker asker;
  const Server self = At(10, node.address());
  EXPECT_EQ(asker.GetRing(node.address()).value(),
            (core::RingView{.predecessor = self, .successors = {self}, .self = self, .epoch = 1}));
  EXPECT_EQ(asker.Find(node.address(), 5)->owner, self);
  EXPECT_EQ(asker.Find(node.address(), 5)->hops, 0u);
}

TEST(MemberLoop, CreateTwiceIsRefused) {
  TestMember node(10);
  ASSERT_TRUE(node.Create().ok());
  EXPECT_EQ(node.Create().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(node.Join({"127.0.0.1:1"}).code(), absl::StatusCode::kFailedPrecondition);
}

// --- With others ---

TEST(MemberLoop, TwoMembersBecomeEachOthersNeighbours) {
  TestMember a(10, {.interval = kOften}), b(100, {.interval = kOften});
  ASSERT_TRUE(a.Create().ok());
  ASSERT_TRUE(b.Join({a.address()}).ok());
  EXPECT_TRUE(Eventually([&] { return a.Has(100, 100) && b.Has(10, 10); }));
  Asker asker;
  EXPECT_EQ(asker.Find(b.address(), 101)->owner, At(10, a.address()));
  EXPECT_EQ(asker.Find(a.address(), 100)->owner, At(100, b.address()));
}

TEST(MemberLoop, ThreeMembersFormARingAndCloseItAgain) {
  TestMember a(10, {.interval = kOften}), b(100, {.interval = kOften}),
      c(200, {.interval = kOften});
  ASSERT_TRUE(a.Create().ok());
  ASSERT_TRUE(b.Join({a.address()}).ok());
  ASSERT_TRUE(c.Join({b.address()}).ok());
  EXPECT_TRUE(Eventually([&] { return a.Has(200, 100) && b.Has(10, 200) && c.Has(100, 10); }));
  b.Stop();
  EXPECT_TRUE(Eventually([&] { return a.Has(200, 200) && c.Has(10, 10); }));
}

TEST(MemberLoop, JoinPassesOverSeedsThatAreDown) {
  const RefusingPort down;
  TestMember a(10), b(100);
  ASSERT_TRUE(a.Create().ok());
  EXPECT_TRUE(b.Join({down.address(), a.address()}).ok());
}

TEST(MemberLoop, JoinNamesEverySeedAndItsLastError) {
  const RefusingPort down;
  TestMember idle(10), node(100);
  const absl::Status status = node.Join({down.address(), idle.address()}, absl::Seconds(3));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("within 3s"), HasSubstr(down.address() + ": "),
                    HasSubstr(idle.address() + ": this node is not a member of a ring")));
}

TEST(MemberLoop, JoinRefusesAnIdentifierThatIsAlive) {
  TestMember a(10), b(10);
  ASSERT_TRUE(a.Create().ok());
  EXPECT_EQ(b.Join({a.address()}).code(), absl::StatusCode::kAlreadyExists);
}

// --- Lookups of peers ---

// The member 10, between 200 and 40, which are one station; 100 is nowhere. So what lies behind 100
// is asked of 100, in vain, and then of 40, which does what a test tells it.
class ForwardingTest : public ::testing::Test {
 protected:
  void Join(TestMember::Options options) {
    AnswerRing();
    node_.emplace(10, std::move(options));
    Server self = At(40, station_.address());
    neighbour_.AnswerFind(FindResponse{.owner = self, .hops = 0});
    ASSERT_TRUE(node_->Join({station_.address()}).ok());
    ASSERT_TRUE(node_->Has(200, 40));
    // The first Stabilize, which is under way, ends with this.
    ASSERT_TRUE(Eventually([&] { return neighbour_.notifies() >= 1; }));
  }
  void Join() { Join({}); }
  void AnswerRing() {
    const Server before = At(200, station_.address()), after = At(40, station_.address());
    neighbour_.SetRing([=](RingHandler::RingAnswer answer) {
      answer(core::RingView{.predecessor = before, .successors = {after, At(100), before}});
    });
  }

  // `owner` and the one after it, as we find them.
  absl::StatusOr<std::vector<Server>> WalkFrom(const Server& owner) {
    Arrivals<absl::StatusOr<std::vector<Server>>> came;
    node_->loop().Walk(
        core::RingWalk(kSpace, owner, 2), absl::Now() + absl::Seconds(50),
        [&](absl::StatusOr<std::vector<Server>> servers) { came.Put(std::move(servers)); });
    return came.Take();
  }

  // How much time the neighbour is given, when a stranger gives us `time`.
  absl::Duration TimeCarriedOn(absl::Duration time) {
    Arrivals<absl::Time> deadlines;
    neighbour_.SetFind(
        [&](const FindRequest&, absl::Time deadline, RingHandler::FindAnswer answer) {
          deadlines.Put(deadline);
          answer(FindResponse{.owner = At(200), .hops = 0});
        });
    const std::string request = ToWire(FindRequest{.id = 150}).SerializeAsString();
    const absl::Time now = absl::Now();
    RawCall call(PlainChannel(node_->address()), kFindSuccessorMethod, request,
                 {.deadline = now + time});
    EXPECT_TRUE(call.Wait().status.ok());
    return deadlines.Take() - now;
  }

  FakeRing neighbour_{At(40)};
  Station station_{neighbour_, {.space = kSpace}};
  std::optional<TestMember> node_;
  Asker asker_;
};

TEST_F(ForwardingTest, ALookupIsForwarded) {
  Join();
  Arrivals<FindRequest> asked;
  neighbour_.SetFind([&](const FindRequest& request, absl::Time, RingHandler::FindAnswer answer) {
    asked.Put(request);
    answer(FindResponse{.owner = At(200), .hops = 3});
  });
  const FindResponse response = asker_.Find(node_->address(), 150).value();
  EXPECT_EQ(response.owner, At(200));
  EXPECT_EQ(response.hops, 4u);
  const FindRequest request = asked.Take();
  EXPECT_EQ(request.id, 150u);
  EXPECT_EQ(request.hops, 1u);
}

// Else the caller would take us, who are alive, for dead.
TEST_F(ForwardingTest, ALookupThatGetsNoFurtherIsAborted) {
  Join();
  neighbour_.AnswerFind(absl::AbortedError("not today"));
  const absl::Status status = asker_.Find(node_->address(), 150).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("not today"));
}

TEST_F(ForwardingTest, TheCallersDeadlineIsCarriedOn) {
  Join();
  EXPECT_THAT(TimeCarriedOn(absl::Minutes(5)), AllOf(Gt(absl::Minutes(4)), Lt(absl::Minutes(6))));
}

TEST_F(ForwardingTest, WithoutADeadlineALookupGetsOurOwnTimeout) {
  Join({.lookup_timeout = absl::Minutes(5)});
  EXPECT_THAT(TimeCarriedOn(absl::InfiniteDuration()),
              AllOf(Gt(absl::Minutes(4)), Lt(absl::Minutes(6))));
}

// A stranger may ask for a thousand years, and is not worked for that long.
TEST_F(ForwardingTest, ADeadlineFarAwayIsBroughtNearer) {
  Join();
  EXPECT_THAT(TimeCarriedOn(absl::Hours(24)), Lt(absl::Minutes(11)));
}

// The calls that it had made are cancelled; who waits for one of them was not stopped itself.
TEST_F(ForwardingTest, ALookupForwardedByOneThatIsStoppedIsNotCancelledForItsCaller) {
  Join();
  Arrivals<RingHandler::FindAnswer> open;
  neighbour_.SetFind([&](const FindRequest&, absl::Time, RingHandler::FindAnswer answer) {
    open.Put(std::move(answer));
  });
  Arrivals<absl::Status> came;
  std::thread asking([&] { came.Put(asker_.Find(node_->address(), 150).status()); });
  RingHandler::FindAnswer answer = open.Take();
  node_->Stop();
  EXPECT_EQ(came.Take().code(), absl::StatusCode::kUnavailable);
  asking.join();
  answer(absl::CancelledError("too late"));
}

// --- Evidence ---

TEST_F(ForwardingTest, AFailedForwardMakesTheMemberStabilizeAtOnce) {
  Join();
  const int before = neighbour_.rings();
  EXPECT_TRUE(asker_.Find(node_->address(), 150).ok());  // 100, a successor, was asked in vain
  EXPECT_TRUE(Eventually([&] { return neighbour_.rings() > before; }));
}

TEST_F(ForwardingTest, AFailedNotifyMakesTheMemberStabilizeAtOnce) {
  neighbour_.SetNotify([](const Server&) { return absl::UnavailableError("nobody is home"); });
  Join();
  EXPECT_TRUE(Eventually([&] { return neighbour_.rings() >= 5; }));
}

// It is alive and has its reasons; to ask it again and again would change nothing.
TEST_F(ForwardingTest, ARefusedNotifyIsWrittenDownAndNoEvidence) {
  neighbour_.SetNotify([](const Server&) { return absl::InvalidArgumentError("not you"); });
  Join();
  EXPECT_TRUE(Eventually([&] {
    return node_->paper().Has(absl::StrCat("event=notify_refused node=n server=node-40@",
                                           station_.address(), " reason=\"not you\""));
  }));
  // What comes to the loop later has run, and no Stabilize was begun before it.
  const int rings = neighbour_.rings();
  EXPECT_TRUE(asker_.GetRing(node_->address()).ok());
  EXPECT_EQ(neighbour_.rings(), rings);
}

TEST_F(ForwardingTest, AWalkThatASuccessorEndsMakesTheMemberStabilizeAtOnce) {
  Join();
  neighbour_.SetRing([](RingHandler::RingAnswer answer) {
    answer(core::RingView{.predecessor = At(7), .successors = {At(100)}, .self = At(41)});
  });
  const int before = neighbour_.rings();
  EXPECT_TRUE(absl::IsUnavailable(WalkFrom(At(40, station_.address())).status()));
  EXPECT_TRUE(Eventually([&] { return neighbour_.rings() >= before + 2; }));
}

TEST_F(ForwardingTest, AWalkThatAStrangerEndsChangesNothing) {
  Join();
  const int before = neighbour_.rings();
  EXPECT_TRUE(absl::IsUnavailable(WalkFrom(At(77)).status()));
  EXPECT_TRUE(asker_.GetRing(node_->address()).ok());  // comes after it in the loop
  EXPECT_EQ(neighbour_.rings(), before);
}

TEST_F(ForwardingTest, ALookupOfOurOwnIsForwardedToo) {
  Join();
  neighbour_.AnswerFind(FindResponse{.owner = At(200), .hops = 0});
  Arrivals<absl::StatusOr<FindResponse>> came;
  node_->loop().Lookup(
      node_->routing(), 150, absl::Now() + absl::Seconds(50),
      [&](absl::StatusOr<FindResponse> response) { came.Put(std::move(response)); });
  EXPECT_EQ(came.Take()->owner.id, 200u);
}

// --- Channels ---

TEST_F(ForwardingTest, IdleChannelsAreClosedNowAndThen) {
  Join({.close_idle_interval = absl::Milliseconds(5), .idle_timeout = absl::Milliseconds(1)});
  EXPECT_TRUE(Eventually([&] { return node_->peers().open_channels() == 0; }));
  EXPECT_TRUE(asker_.Find(node_->address(), 150).ok());  // opens some again
  EXPECT_TRUE(Eventually([&] { return node_->peers().open_channels() == 0; }));
}

// --- Stop ---

TEST(MemberLoopStop, TellsTheLastRangeAndItsEpoch) {
  TestMember node(10, {.epoch = 41});
  ASSERT_TRUE(node.Create().ok());
  EXPECT_EQ(node.range_changes().Take().epoch, 42u);
  EXPECT_EQ(node.Stop(), 43u);
  const RangeChange change = node.range_changes().Take();
  EXPECT_EQ(change.epoch, 43u);
  EXPECT_EQ(change.before, (Range{10, 10}));
  EXPECT_EQ(change.after, std::nullopt);
  EXPECT_EQ(node.routing(), nullptr);
}

TEST(MemberLoopStop, OfOneThatIsNoMemberTellsNothing) {
  TestMember node(10, {.epoch = 41});
  EXPECT_EQ(node.Stop(), 41u);
  EXPECT_EQ(node.range_changes().put(), 0u);
}

TEST(MemberLoopStop, RefusesWhatComesLater) {
  TestMember node(10);
  ASSERT_TRUE(node.Create().ok());
  node.Stop();
  EXPECT_EQ(node.Create(), absl::CancelledError("the node was stopped"));
  EXPECT_EQ(node.Join({"127.0.0.1:1"}), absl::CancelledError("the node was stopped"));
  bool answered = false;
  node.loop().HandleGetRing([&](const std::optional<core::RingView>& ring) {
    answered = true;
    EXPECT_EQ(ring, std::nullopt);
  });
  EXPECT_TRUE(answered);
  EXPECT_EQ(node.loop().HandleNotify(At(20), 0), kNoMember);
  node.loop().HandleFindSuccessor({.id = 5}, absl::InfiniteFuture(),
                                  [](const absl::StatusOr<FindResponse>& response) {
                                    EXPECT_EQ(response.status(), kNoMember);
                                  });
}

TEST(MemberLoopStop, CancelsAJoinInProgress) {
  SilentPort silent;
  TestMember node(10);
  Arrivals<absl::Status> came;
  node.loop().Join({silent.address()}, absl::Seconds(50), /*founds=*/false,
                   [&](absl::Status status) { came.Put(std::move(status)); });
  EXPECT_TRUE(Eventually([&] { return silent.connections() == 1; }));
  node.Stop();
  EXPECT_EQ(came.Take().code(), absl::StatusCode::kCancelled);
}

// Commands against Stop: each ends exactly once.
TEST(MemberLoopStop, EndsEveryCommand) {
  for (int round = 0; round < 20; ++round) {
    TestMember node(10);
    Arrivals<absl::Status> came;
    std::thread creator([&] {
      for (int i = 0; i < 20; ++i) {
        node.loop().Create([&](absl::Status status) { came.Put(std::move(status)); });
      }
    });
    node.Stop();
    creator.join();
    for (int i = 0; i < 20; ++i) {
      const absl::Status status = came.Take();
      EXPECT_TRUE(status.ok() || absl::IsFailedPrecondition(status) || absl::IsCancelled(status))
          << status;
    }
    EXPECT_EQ(came.put(), 20u);
  }
}

// --- The log ---

// The member 10, and 250, which notifies it and answers as its only neighbour.
class MemberLoopLog : public ::testing::Test {
 protected:
  void LiveAndDie(TestMember& node) {
    const Server self = At(10, node.address());
    neighbour_.SetRing(
        [self](RingHandler::RingAnswer answer) { answer(core::RingView{self, {self}}); });
    ASSERT_TRUE(node.Create().ok());
    ASSERT_TRUE(Asker().Notify(node.address(), At(250, station_.address())).ok());
    ASSERT_TRUE(Eventually([&] { return node.Has(250, 250) && neighbour_.notifies() >= 1; }));
    node.Stop();
  }

  FakeRing neighbour_;
  Station station_{neighbour_, {.space = kSpace}};
  const std::string shown_ = absl::StrCat("node-250@", station_.address());
};

TEST_F(MemberLoopLog, TellsTheLifeOfAMember) {
  TestMember node(10, {.node = "cache-1"});
  node.paper().logger()->set_level(spdlog::level::info);
  LiveAndDie(node);
  EXPECT_THAT(
      node.paper().lines(),
      ElementsAre("event=ring_created node=cache-1",
                  absl::StrCat("event=predecessor_changed node=cache-1 old=node-10@",
                               node.address(), " new=", shown_),
                  absl::StrCat("event=successor_changed node=cache-1 old=\"\" new=", shown_),
                  "event=stopped node=cache-1"));
}

TEST_F(MemberLoopLog, TellsEachStepAtDebug) {
  TestMember node(10);
  LiveAndDie(node);
  EXPECT_TRUE(node.paper().Has(absl::StrCat("event=notified node=n server=", shown_)));
  EXPECT_TRUE(node.paper().Has(absl::StrCat("event=stabilizing node=n server=", shown_)));
}

// A call that our own Stop cuts off was not refused by anybody.
TEST_F(ForwardingTest, TheLogSaysNothingOfCallsThatWereCutOff) {
  Arrivals<bool> notified, over;
  neighbour_.SetNotify([&](const Server&) {
    notified.Put(true);
    over.Take();
    return absl::OkStatus();
  });
  AnswerRing();
  neighbour_.AnswerFind(FindResponse{.owner = At(40, station_.address()), .hops = 0});
  node_.emplace(10);
  ASSERT_TRUE(node_->Join({station_.address()}).ok());
  notified.Take();
  node_->Stop();
  over.Put(true);
  station_.Stop();
  for (const std::string& line : node_->paper().lines()) {
    EXPECT_THAT(line, Not(HasSubstr("notify_refused")));
  }
}

TEST_F(ForwardingTest, TheLogTellsOfJoiningAndOfBeingAlone) {
  Join({.interval = kOften});
  const std::string neighbour = absl::StrCat("node-40@", station_.address());
  EXPECT_TRUE(node_->paper().Has(absl::StrCat("event=joined node=n successor=", neighbour)));
  EXPECT_TRUE(node_->paper().Has(absl::StrCat("event=stabilizing node=n server=", neighbour)));
  station_.Stop();
  EXPECT_TRUE(Eventually([&] { return node_->paper().Has("event=alone node=n"); }));
  EXPECT_THAT(node_->paper().lines(),
              ::testing::Contains(::testing::StartsWith(
                  absl::StrCat("event=successor_failed node=n server=", neighbour, " reason=\""))));
  EXPECT_TRUE(node_->paper().Has(absl::StrCat("event=successor_changed node=n old=", neighbour,
                                              " new=node-100@", At(100).address)));
}

TEST_F(MemberLoopLog, NamesTheSeedThatFailedAndWhy) {
  TestMember idle(10), node(100);
  node.loop().Join({idle.address()}, absl::Seconds(50), /*founds=*/false,
                   [](const absl::Status&) {});
  const std::string line = absl::StrCat("event=seed_failed node=n seed=", idle.address(),
                                        R"( reason="this node is not a member of a ring")");
  EXPECT_TRUE(Eventually([&] { return node.paper().Has(line); }));
}

TEST_F(MemberLoopLog, EscapesTheNamesOfStrangers) {
  TestMember node(10);
  ASSERT_TRUE(node.Create().ok());
  const Server stranger{250, "a b\nevent=forged", "h:1"};
  ASSERT_TRUE(Asker().Notify(node.address(), stranger).ok());
  const std::string line = R"(event=notified node=n server="a b\u000aevent=forged@h:1")";
  EXPECT_TRUE(Eventually([&] { return node.paper().Has(line); }));
}

// --- Peers that are faster than we are ---

TEST(PeersBehind, MayCauseNoMoreWhileTheApplicationIsBehind) {
  std::atomic<std::size_t> waiting{999};
  TestMember node(100, {.waiting_changes = [&] { return waiting.load(); }});
  ASSERT_TRUE(node.Create().ok());
  Asker asker;
  EXPECT_TRUE(asker.Notify(node.address(), At(20)).ok());
  waiting = 1000;
  const absl::Status behind = absl::ResourceExhaustedError(
      "this node's application is behind with 1000 range changes; the limit is 1000");
  EXPECT_EQ(asker.Notify(node.address(), At(30)), behind);
  EXPECT_EQ(asker.Leave(node.address(), At(30)), behind);
  EXPECT_EQ(asker.Meet(node.address(), At(30)), behind);
  EXPECT_TRUE(asker.GetRing(node.address()).ok());
  waiting = 999;
  EXPECT_TRUE(asker.Notify(node.address(), At(30)).ok());
}

TEST(PeersBehind, MaySendNoMoreEventsWhileSoManyWait) {
  Arrivals<bool> in_command, go_on;
  TestMember node(100);                          // ends first: it uses them
  node.loop().Create([&](const absl::Status&) {  // on the member's thread
    in_command.Put(true);
    go_on.Take();
  });
  in_command.Take();
  absl::Status status;
  std::size_t taken = 0;
  while (taken <= 2 * kMaxWaitingEvents && (status = node.loop().CheckRoom()).ok()) {
    ASSERT_TRUE(node.loop().HandleNotify(At(20), 0).ok());
    ++taken;
  }
  EXPECT_EQ(taken, kMaxWaitingEvents);
  EXPECT_EQ(status, absl::ResourceExhaustedError(
                        "this node is behind with 1000 events; the limit is 1000"));
  go_on.Put(true);
}

}  // namespace
}  // namespace concord::runtime
