// The client's side of the wire.
#include "runtime/peers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
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
#include "raw_wire.h"
#include "runtime/codec.h"
#include "runtime/methods.h"
#include "sockets.h"
#include "station.h"
#include "support/eventually.h"

namespace concord::runtime {
namespace {

using concord::testing::Eventually;
using ::testing::HasSubstr;
using ::testing::Not;

// gRPC's clock is not ours, and may be a little ahead.
constexpr absl::Duration kOffClock = absl::Milliseconds(5);

absl::Time Soon() { return absl::Now() + absl::Seconds(50); }

// One call, waited for.
absl::StatusOr<core::RingView> GetRing(Peers& peers, const std::string& address) {
  Arrivals<absl::StatusOr<core::RingView>> came;
  peers.GetRing(address, [&](absl::StatusOr<core::RingView> ring) { came.Put(std::move(ring)); });
  return came.Take();
}
absl::Status Notify(Peers& peers, const std::string& address, const Server& self) {
  Arrivals<absl::Status> came;
  peers.Notify(address, self, [&](absl::Status status) { came.Put(std::move(status)); });
  return came.Take();
}
absl::StatusOr<FindResponse> Find(Peers& peers, const std::string& address,
                                  const FindRequest& request, absl::Time deadline = Soon()) {
  Arrivals<absl::StatusOr<FindResponse>> came;
  peers.FindSuccessor(address, request, deadline, [&](absl::StatusOr<FindResponse> response) {
    came.Put(std::move(response));
  });
  return came.Take();
}

// --- Against a member ---

class PeersTest : public ::testing::Test {
 protected:
  FakeRing ring_;
  Station member_{ring_};
  Station station_;
  Peers& peers_ = station_.peers();
};

TEST_F(PeersTest, GetRingBringsTheMembersRing) {
  const core::RingView view{.predecessor = At(1), .successors = {At(2), At(3)}};
  ring_.SetRing([view](RingHandler::RingAnswer answer) { answer(view); });
  EXPECT_EQ(GetRing(peers_, member_.address()).value(), view);
}

TEST_F(PeersTest, NotifyTellsWhoWeAre) {
  Arrivals<Server> notified;
  ring_.SetNotify([&](const Server& from) {
    notified.Put(from);
    return absl::OkStatus();
  });
  EXPECT_TRUE(Notify(peers_, member_.address(), At(5)).ok());
  EXPECT_EQ(notified.Take(), At(5));
}

TEST_F(PeersTest, FindSuccessorCarriesTheQuestionAndBringsTheAnswer) {
  Arrivals<FindRequest> asked;
  ring_.SetFind([&](const FindRequest& request, absl::Time, RingHandler::FindAnswer answer) {
    asked.Put(request);
    answer(FindResponse{.owner = At(9), .hops = 3});
  });
  const FindResponse response = Find(peers_, member_.address(), {.id = ~Id{0}, .hops = 2}).value();
  EXPECT_EQ(response.owner, At(9));
  EXPECT_EQ(response.hops, 3u);
  const FindRequest request = asked.Take();
  EXPECT_EQ(request.id, ~Id{0});
  EXPECT_EQ(request.hops, 2u);
}

TEST_F(PeersTest, FindSuccessorCarriesItsDeadline) {
  Arrivals<absl::Time> deadlines;
  ring_.SetFind([&](const FindRequest&, absl::Time deadline, RingHandler::FindAnswer answer) {
    deadlines.Put(deadline);
    answer(FindResponse{.owner = At(9), .hops = 0});
  });
  for (const absl::Duration timeout : {absl::Minutes(2), absl::Hours(1)}) {
    const absl::Time deadline = absl::Now() + timeout;
    EXPECT_TRUE(Find(peers_, member_.address(), {.id = 1}, deadline).ok());
    const absl::Time seen = deadlines.Take();
    EXPECT_GT(seen, deadline - timeout / 2);
    EXPECT_LT(seen, deadline + timeout / 2);
  }
}

TEST_F(PeersTest, ARefusalKeepsItsCodeAndReason) {
  ring_.AnswerFind(absl::AbortedError("those behind me are silent"));
  EXPECT_EQ(Find(peers_, member_.address(), {.id = 1}).status(),
            absl::AbortedError("those behind me are silent"));
  ring_.SetRing([](RingHandler::RingAnswer answer) { answer(std::nullopt); });
  EXPECT_EQ(GetRing(peers_, member_.address()).status(),
            absl::UnavailableError("this node is not a member of a ring"));
  ring_.SetNotify([](const Server&) { return absl::UnavailableError("nobody is home"); });
  EXPECT_EQ(Notify(peers_, member_.address(), At(5)), absl::UnavailableError("nobody is home"));
}

// Whoever wants a second try has it in hand: gRPC makes none.
TEST_F(PeersTest, ACallThatIsRefusedIsMadeOnce) {
  ring_.AnswerFind(absl::UnavailableError("not now"));
  EXPECT_FALSE(Find(peers_, member_.address(), {.id = 1}).ok());
  EXPECT_EQ(ring_.calls(), 1);
}

TEST_F(PeersTest, TheNextCallMayBeMadeWhenOneHasEnded) {
  Arrivals<absl::Status> came;
  peers_.GetRing(member_.address(), [&](absl::StatusOr<core::RingView>) {
    peers_.Notify(member_.address(), At(5), [&](absl::Status status) { came.Put(status); });
  });
  EXPECT_TRUE(came.Take().ok());
}

TEST_F(PeersTest, DoneRunsOnTheNetworkThread) {
  Arrivals<bool> on_thread;
  peers_.GetRing(member_.address(), [&](absl::StatusOr<core::RingView>) {
    on_thread.Put(station_.network().OnThisThread());
  });
  EXPECT_TRUE(on_thread.Take());
}

TEST_F(PeersTest, AStationMayCallItself) {
  FakeRing ring;
  station_.Serve(ring);
  EXPECT_TRUE(GetRing(peers_, station_.address()).ok());
}

// --- Against nobody ---

TEST_F(PeersTest, ARefusedConnectionIsUnavailableLongBeforeTheDeadline) {
  const RefusingPort nobody;
  const absl::Time start = absl::Now();
  EXPECT_EQ(GetRing(peers_, nobody.address()).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Notify(peers_, nobody.address(), At(5)).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Find(peers_, nobody.address(), {.id = 1}).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_LT(absl::Now() - start, absl::Seconds(25));  // each might have taken 50
}

TEST_F(PeersTest, AMemberThatIsGoneIsUnavailable) {
  EXPECT_TRUE(GetRing(peers_, member_.address()).ok());
  member_.Stop();
  EXPECT_EQ(GetRing(peers_, member_.address()).status().code(), absl::StatusCode::kUnavailable);
}

// --- How long is waited ---

class PatienceTest : public ::testing::Test {
 protected:
  static constexpr absl::Duration kFloor = absl::Milliseconds(50);
  static constexpr absl::Duration kCeiling = absl::Seconds(40);

  // How long a GetRing takes that is not answered.
  absl::Duration TimeUnanswered() {
    ring_.Hold();
    const absl::Time start = absl::Now();
    EXPECT_EQ(GetRing(station_.peers(), member_.address()).status().code(),
              absl::StatusCode::kDeadlineExceeded);
    const absl::Duration took = absl::Now() - start;
    ring_.Release();
    return took;
  }
  void MeasureTheRoundTrip() {
    // Enough of them that the first one, which also connected, has been forgotten.
    for (int i = 0; i < 50; ++i) {
      EXPECT_TRUE(GetRing(station_.peers(), member_.address()).ok());
    }
  }

  FakeRing ring_;
  Station member_{ring_};
  Station station_{Station::Options{.call_timeout = {kFloor, kCeiling}}};
};

TEST(Peers, WaitTheCeilingForAMachineThatSaysNothing) {
  SilentPort silent;
  const absl::Duration ceiling = absl::Milliseconds(200);
  Station station(Station::Options{.call_timeout = {absl::Milliseconds(10), ceiling}});
  for (int i = 0; i < 2; ++i) {
    const absl::Time start = absl::Now();
    EXPECT_EQ(GetRing(station.peers(), silent.address()).status().code(),
              absl::StatusCode::kDeadlineExceeded);
    EXPECT_GE(absl::Now() - start, ceiling - kOffClock);
  }
}

// gRPC calls it unavailable, which is as good as dead, once a handshake has hung for too long.
TEST(Peers, TakeAMachineThatSaysNothingForSilentAndNotForDead) {
  SilentPort silent;
  Station station(
      Station::Options{.call_timeout = {absl::Milliseconds(250), absl::Milliseconds(2000)}});
  EXPECT_EQ(GetRing(station.peers(), silent.address()).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(PatienceTest, WaitsAboutTheFloorOnceTheRoundTripIsKnown) {
  MeasureTheRoundTrip();
  const absl::Duration took = TimeUnanswered();
  EXPECT_GE(took, kFloor - kOffClock);
  EXPECT_LT(took, kCeiling / 2);
}

TEST_F(PatienceTest, WaitsLongerAfterEveryMiss) {
  MeasureTheRoundTrip();
  EXPECT_GE(TimeUnanswered(), kFloor - kOffClock);
  EXPECT_GE(TimeUnanswered(), 2 * kFloor - kOffClock);
  EXPECT_GE(TimeUnanswered(), 4 * kFloor - kOffClock);
}

TEST_F(PatienceTest, AlsoTimesANotify) {
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(Notify(station_.peers(), member_.address(), At(5)).ok());
  }
  EXPECT_LT(TimeUnanswered(), kCeiling / 2);
}

// What is behind the member says nothing of the way to it.
TEST_F(PatienceTest, LearnsNothingFromLookups) {
  MeasureTheRoundTrip();
  ring_.AnswerFind(absl::DeadlineExceededError("those behind me are slow"));
  for (int i = 0; i < 20; ++i) {  // as misses they would stand for the ceiling
    EXPECT_FALSE(Find(station_.peers(), member_.address(), {.id = 1}).ok());
  }
  EXPECT_LT(TimeUnanswered(), kCeiling / 2);
}

TEST_F(PatienceTest, AnAnswerThatIsARefusalIsNoMiss) {
  MeasureTheRoundTrip();
  ring_.SetRing([](RingHandler::RingAnswer answer) { answer(std::nullopt); });
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(GetRing(station_.peers(), member_.address()).ok());
  }
  EXPECT_LT(TimeUnanswered(), kCeiling / 2);
}

TEST_F(PatienceTest, WaitsNoLaterThanItIsTold) {
  ring_.Hold();
  Arrivals<absl::Status> came;
  const absl::Time start = absl::Now();
  station_.peers().GetRing(
      member_.address(), [&](const auto& ring) { came.Put(ring.status()); }, start + kFloor);
  EXPECT_EQ(came.Take().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_GE(absl::Now(), start + kFloor - kOffClock);
  EXPECT_LT(absl::Now(), start + kCeiling / 2);
  ring_.Release();
}

TEST_F(PatienceTest, ALookupWaitsUntilItsOwnDeadline) {
  MeasureTheRoundTrip();
  ring_.Hold();
  const absl::Time deadline = absl::Now() + 5 * kFloor;
  EXPECT_EQ(Find(station_.peers(), member_.address(), {.id = 1}, deadline).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_GE(absl::Now(), deadline - kOffClock);
  ring_.Release();
}

// --- Answers that are not well-formed ---

class BadAnswerTest : public ::testing::Test {
 protected:
  void ExpectInvalid(const std::string& bytes, const std::string& why) {
    bytes_.Put(bytes);
    const absl::Status find = Find(station_.peers(), server_.address(), {.id = 1}).status();
    EXPECT_EQ(find.code(), absl::StatusCode::kInvalidArgument) << why;
    bytes_.Put(bytes);
    const absl::Status ring = GetRing(station_.peers(), server_.address()).status();
    EXPECT_EQ(ring.code(), absl::StatusCode::kInvalidArgument) << why;
    EXPECT_THAT(absl::StrCat(find.message(), "\n", ring.message()), HasSubstr(why));
  }

  Arrivals<std::string> bytes_;
  RawServer server_{[this](const std::string&, const std::string&) {
    return RawAnswer{.status = {}, .bytes = bytes_.Take()};
  }};
  Station station_{Station::Options{.space = core::IdSpace(8)}};
};

TEST_F(BadAnswerTest, GarbageIsInvalid) {
  ExpectInvalid(
      "\x0a\x05"
      "ab",
      "message of 4 bytes is no concord.wire.FindResp");
  ExpectInvalid(
      "\x0a\x05"
      "ab",
      "message of 4 bytes is no concord.wire.Ring");
  ExpectInvalid(std::string(1000, '\xff'), "message of 1000 bytes is no ");
  ExpectInvalid("", "answer without a server");
  ExpectInvalid("", "ring without a predecessor");
}

TEST_F(BadAnswerTest, AnAnswerOver64KibIsInvalid) {
  ExpectInvalid(Padded(ToWire(FindResponse{.owner = At(1)}), 65537),
                "message of 65537 bytes: the limit is 65536");
}

TEST_F(BadAnswerTest, AnAnswerOverTheTransportsLimitIsRefusedByIt) {
  bytes_.Put(std::string((1 << 20) + 1, 'x'));
  EXPECT_EQ(GetRing(station_.peers(), server_.address()).status().code(),
            absl::StatusCode::kResourceExhausted);
}

// gRPC would unpack it before it looks at the size.
TEST(Peers, RefuseACompressedAnswerAsItTravels) {
  const RawServer server([](const std::string&, const std::string&) {
    return RawAnswer{.status = {}, .bytes = std::string(32 << 20, 'x'), .gzip = true};
  });
  Station station;
  const absl::Status status = GetRing(station.peers(), server.address()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr(std::to_string(32 << 20))));
}

TEST_F(BadAnswerTest, AServerThatIsNoneIsInvalid) {
  // Field 1 of both answers is a server.
  const auto naming = [](Id id, const std::string& name, const std::string& address) {
    wire::FindResp response;
    response.mutable_server()->set_id(id);
    response.mutable_server()->set_name(name);
    response.mutable_server()->set_address(address);
    return response.SerializeAsString();
  };
  ExpectInvalid(naming(256, "n", "h:1"), "server id 256 does not fit the 8 hash_bits");
  ExpectInvalid(naming(1, "", "h:1"), "server name of 0 bytes: it must have 1 to 255");
  ExpectInvalid(naming(1, std::string(256, 'n'), "h:1"), "server name of 256 bytes");
  ExpectInvalid(naming(1, "n", "nowhere"), "address 'nowhere': it must be host:port");
}

TEST_F(BadAnswerTest, ARingWithTooManySuccessorsIsInvalid) {
  bytes_.Put(ToWire(core::RingView{At(1), std::vector<Server>(65, At(2))}).SerializeAsString());
  EXPECT_EQ(GetRing(station_.peers(), server_.address()).status(),
            absl::InvalidArgumentError("ring with 65 successors: the limit is 64"));
}

TEST_F(BadAnswerTest, WhateverNotifyIsAnsweredIsAnAnswer) {
  bytes_.Put(std::string(1000, '\xff'));
  EXPECT_TRUE(Notify(station_.peers(), server_.address(), At(5)).ok());
}

TEST(Peers, GiveACodeThatNobodyKnowsOnAsAFailure) {
  const RawServer server([](const std::string&, const std::string&) {
    return RawAnswer{.status = {static_cast<grpc::StatusCode>(31), "what?"}, .bytes = ""};
  });
  Station station;
  EXPECT_FALSE(GetRing(station.peers(), server.address()).ok());
}

// Only our own Stop is that; a member that is being stopped itself says it too.
TEST_F(PeersTest, ACancelledThatTheMemberAnswersIsUnavailable) {
  ring_.AnswerFind(absl::CancelledError("the node was stopped"));
  EXPECT_EQ(Find(peers_, member_.address(), {.id = 1}).status().code(),
            absl::StatusCode::kUnavailable);
  ring_.SetNotify([](const Server&) { return absl::CancelledError("the node was stopped"); });
  EXPECT_EQ(Notify(peers_, member_.address(), At(5)).code(), absl::StatusCode::kUnavailable);
}

// --- Stop ---

TEST_F(PeersTest, StopCancelsWhatIsInProgress) {
  Arrivals<RingHandler::RingAnswer> open;
  ring_.SetRing([&](RingHandler::RingAnswer answer) { open.Put(std::move(answer)); });
  Arrivals<absl::Status> came;
  constexpr int kCalls = 5;
  for (int i = 0; i < kCalls; ++i) {
    peers_.GetRing(member_.address(),
                   [&](absl::StatusOr<core::RingView> ring) { came.Put(ring.status()); });
  }
  std::vector<RingHandler::RingAnswer> answers;
  for (int i = 0; i < kCalls; ++i) answers.push_back(open.Take());

  peers_.Stop();
  peers_.WaitUntilIdle();
  for (int i = 0; i < kCalls; ++i) {
    EXPECT_EQ(came.Take().code(), absl::StatusCode::kCancelled);
  }
  for (auto& answer : answers) answer(std::nullopt);
  EXPECT_EQ(came.put(), static_cast<std::size_t>(kCalls));
}

TEST_F(PeersTest, StopCancelsWhatIsStillConnecting) {
  SilentPort silent;
  Arrivals<absl::Status> came;
  peers_.GetRing(silent.address(),
                 [&](absl::StatusOr<core::RingView> ring) { came.Put(ring.status()); });
  peers_.Stop();
  peers_.WaitUntilIdle();
  EXPECT_EQ(came.Take().code(), absl::StatusCode::kCancelled);
}

TEST_F(PeersTest, StopRefusesWhatComesLaterInTheCallItself) {
  peers_.Stop();
  int refused = 0;
  const auto count = [&](const absl::Status& status) {
    EXPECT_EQ(status, absl::CancelledError("the node was stopped"));
    ++refused;
  };
  peers_.GetRing(member_.address(), [&](const auto& ring) { count(ring.status()); });
  peers_.Notify(member_.address(), At(5), count);
  peers_.FindSuccessor(member_.address(), {.id = 1}, Soon(),
                       [&](const auto& response) { count(response.status()); });
  EXPECT_EQ(refused, 3);
  EXPECT_EQ(ring_.calls(), 0);
  EXPECT_EQ(peers_.open_channels(), 0u);
}

TEST_F(PeersTest, StopMayBeCalledTwiceAndWithNothingToDo) {
  peers_.Stop();
  peers_.Stop();
  peers_.WaitUntilIdle();
}

// Calls from two threads, and from those that ended, against Stop: each ends exactly once.
TEST_F(PeersTest, EveryCallEndsOnceEvenWhenStopped) {
  std::atomic<int> started{0}, ended{0};
  std::atomic<bool> over{false};
  std::vector<std::thread> callers;
  for (int t = 0; t < 2; ++t) {
    callers.emplace_back([&] {
      while (!over) {
        // A few at a time, so that there is no queue to work off.
        if (started - ended > 50) {
          std::this_thread::yield();
          continue;
        }
        started += 2;
        peers_.Notify(member_.address(), At(5), [&](absl::Status) {
          ++ended;
          peers_.GetRing(member_.address(), [&](const auto&) { ++ended; });
        });
      }
    });
  }
  EXPECT_TRUE(Eventually([&] { return ended >= 200; }));
  peers_.Stop();
  peers_.CloseIdle();
  over = true;
  for (std::thread& caller : callers) caller.join();
  peers_.WaitUntilIdle();
  EXPECT_TRUE(Eventually([&] { return ended == started; }));
  station_.Stop();
  EXPECT_EQ(ended, started);
}

// --- Channels ---

TEST(PeersChannels, AreOneForEachAddress) {
  SilentPort a, b;
  Station station;
  for (int i = 0; i < 3; ++i) {
    for (SilentPort* port : {&a, &b}) station.peers().GetRing(port->address(), [](const auto&) {});
  }
  EXPECT_EQ(station.peers().open_channels(), 2u);
  EXPECT_TRUE(Eventually([&] { return a.connections() == 1 && b.connections() == 1; }));
}

TEST(PeersChannels, AreNotSharedWithOtherNodesOfTheProcess) {
  SilentPort port;
  Station first, second;
  first.peers().GetRing(port.address(), [](const auto&) {});
  second.peers().GetRing(port.address(), [](const auto&) {});
  EXPECT_TRUE(Eventually([&] { return port.connections() == 2; }));
}

// A connection that was cut off is silent for long after the cut. (gRPC itself gives a connection
// up that nobody speaks on, but not before four ceilings.)
TEST(PeersChannels, AreOpenedAnewAfterTwoMissesInARow) {
  const absl::Duration ceiling = absl::Seconds(1);
  SilentPort silent;
  Station station(Station::Options{.call_timeout = {ceiling, ceiling}});
  const absl::Time start = absl::Now();
  for (int call = 0; call < 2; ++call) {
    EXPECT_EQ(silent.connections(), call);
    EXPECT_TRUE(absl::IsDeadlineExceeded(GetRing(station.peers(), silent.address()).status()));
    EXPECT_EQ(silent.connections(), 1);
  }
  station.peers().GetRing(silent.address(), [](const auto&) {});
  EXPECT_TRUE(
      Eventually([&] { return silent.connections() == 2; }, start + 4 * ceiling - absl::Now()));
  EXPECT_EQ(station.peers().open_channels(), 1u);
}

TEST(PeersChannels, AreClosedWhenIdleForLong) {
  FakeRing ring;
  const Station member(ring);
  Station station(Station::Options{.idle_timeout = absl::Milliseconds(1)});
  EXPECT_TRUE(GetRing(station.peers(), member.address()).ok());
  EXPECT_EQ(station.peers().open_channels(), 1u);
  EXPECT_TRUE(Eventually([&] {
    station.peers().CloseIdle();
    return station.peers().open_channels() == 0;
  }));
  EXPECT_TRUE(GetRing(station.peers(), member.address()).ok());  // opened again
  EXPECT_EQ(station.peers().open_channels(), 1u);
}

TEST_F(PeersTest, ChannelsInUseNowAndThenStayOpen) {
  EXPECT_TRUE(GetRing(peers_, member_.address()).ok());
  peers_.CloseIdle();  // idle for less than an hour
  EXPECT_EQ(peers_.open_channels(), 1u);
}

TEST(PeersChannels, AreNeverClosedUnderACall) {
  FakeRing quick_ring, slow_ring;
  Arrivals<RingHandler::RingAnswer> open;
  slow_ring.SetRing([&](RingHandler::RingAnswer answer) { open.Put(std::move(answer)); });
  const Station quick(quick_ring), slow(slow_ring);
  Station station(Station::Options{.idle_timeout = absl::Milliseconds(1)});

  Arrivals<absl::StatusOr<core::RingView>> came;
  station.peers().GetRing(slow.address(),
                          [&](absl::StatusOr<core::RingView> ring) { came.Put(std::move(ring)); });
  RingHandler::RingAnswer answer = open.Take();
  EXPECT_TRUE(GetRing(station.peers(), quick.address()).ok());
  // The other one is used later and closed nevertheless.
  EXPECT_TRUE(Eventually([&] {
    station.peers().CloseIdle();
    return station.peers().open_channels() == 1;
  }));
  EXPECT_TRUE(GetRing(station.peers(), quick.address()).ok());
  EXPECT_EQ(station.peers().open_channels(), 2u);
  answer(core::RingView{.predecessor = At(1), .successors = {At(2)}});
  EXPECT_EQ(came.Take().value().predecessor, At(1));
  EXPECT_TRUE(Eventually([&] {
    station.peers().CloseIdle();
    return station.peers().open_channels() == 0;
  }));
}

}  // namespace
}  // namespace concord::runtime
