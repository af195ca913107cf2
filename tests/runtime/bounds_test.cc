// What peers can make grow, and its bound: as docs/security.md lists them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "arrivals.h"
#include "raw_wire.h"
#include "runtime/codec.h"
#include "runtime/methods.h"
#include "runtime/peers.h"
#include "runtime/server_limits.h"
#include "runtime/service.h"
#include "sockets.h"
#include "station.h"
#include "support/eventually.h"

namespace concord::runtime {
namespace {

using concord::testing::Eventually;
using ::testing::HasSubstr;

absl::Status Ask(Peers& peers, const std::string& address) {
  Arrivals<absl::Status> came;
  peers.GetRing(address, [&](const auto& ring) { came.Put(ring.status()); });
  return came.Take();
}

// --- Addresses that we connect to ---

TEST(Bound, OfNewAddressesASecond) {
  FakeRing ring;
  const Station member(ring);
  Station station(Station::Options{.new_addresses_at_once = 3});
  const RefusingPort nobody[10];
  const absl::Time start = absl::Now();
  EXPECT_TRUE(Ask(station.peers(), member.address()).ok());
  int refused = 0;
  for (const RefusingPort& port : nobody) {
    const absl::Status status = Ask(station.peers(), port.address());
    if (!absl::IsResourceExhausted(status)) continue;
    ++refused;
    EXPECT_EQ(status.message(),
              absl::StrCat("'", port.address(), "' is not called: more than 3 new addresses were ",
                           "to be called at once, or 32 a second"));
  }
  const double second = absl::ToDoubleSeconds(absl::Now() - start);
  EXPECT_GE(refused, 8 - static_cast<int>(kNewAddressesPerSecond * second));
  // Whom we know we may call.
  EXPECT_TRUE(Ask(station.peers(), member.address()).ok());
}

TEST(Bound, OfNewAddressesIsNoEvidence) {
  EXPECT_EQ(ToFailure(absl::ResourceExhaustedError("")), core::Failure::kBusy);
}

TEST(Bound, OfChannelsClosesTheOneThatWasNotUsedForTheLongest) {
  FakeRing ring;
  const Station first(ring), second(ring), third(ring);
  Station station(Station::Options{.max_channels = 2});
  for (const Station* member : {&first, &second, &first, &third}) {
    EXPECT_TRUE(Ask(station.peers(), member->address()).ok());
    EXPECT_LE(station.peers().open_channels(), 2u);
  }
  EXPECT_TRUE(Ask(station.peers(), second.address()).ok());
}

TEST(Bound, OfChannelsClosesNoneThatIsInUse) {
  FakeRing ring;
  Arrivals<RingHandler::RingAnswer> asked;
  ring.SetRing([&](RingHandler::RingAnswer answer) { asked.Put(std::move(answer)); });
  const Station busy(ring), other(ring);
  Station station(Station::Options{.max_channels = 1});
  Arrivals<absl::Status> came;
  station.peers().GetRing(busy.address(), [&](const auto& r) { came.Put(r.status()); });
  RingHandler::RingAnswer answer = asked.Take();
  EXPECT_EQ(Ask(station.peers(), other.address()),
            absl::ResourceExhaustedError("all 1 channels that this node may have are in use"));
  answer(core::RingView{.predecessor = At(7), .successors = {At(7)}});
  EXPECT_TRUE(came.Take().ok());
}

// --- Places on the ring ---

NameHash LengthOfName() {
  return [](std::string_view name) { return Id{name.size()}; };
}

TEST(Bound, ANotifierHasThePlaceOfItsName) {
  FakeRing ring;
  const Station station(ring, {.name_hash = LengthOfName()});
  const auto notify = [&](Id id) {
    wire::Server server = ToWire(At(5));
    server.set_name("12345");
    server.set_id(id);
    RawCall call(PlainChannel(station.address()), kNotifyMethod, server.SerializeAsString());
    return call.Wait().status;
  };
  EXPECT_TRUE(notify(5).ok());
  EXPECT_EQ(notify(6).error_code(), grpc::PERMISSION_DENIED);
  EXPECT_EQ(notify(6).error_message(), "the identifier of '12345' is 5 and not 6");
  EXPECT_EQ(ring.notifies(), 1);
}

TEST(Bound, AFarewellGivesEverybodyThePlaceOfItsName) {
  FakeRing ring;
  const Station station(ring, {.name_hash = LengthOfName()});
  const Server right{3, "abc", "127.0.0.1:1"}, wrong{4, "abc", "127.0.0.1:1"};
  const auto leave = [&](const Server& from, const Server& predecessor, const Server& successor) {
    const core::Farewell farewell{from, predecessor, {right, successor}};
    RawCall call(PlainChannel(station.address()), kLeaveMethod,
                 ToWire(farewell).SerializeAsString());
    return call.Wait().status.error_code();
  };
  EXPECT_NE(leave(right, right, right), grpc::PERMISSION_DENIED);
  EXPECT_EQ(leave(wrong, right, right), grpc::PERMISSION_DENIED);
  EXPECT_EQ(leave(right, wrong, right), grpc::PERMISSION_DENIED);
  EXPECT_EQ(leave(right, right, wrong), grpc::PERMISSION_DENIED);
}

TEST(Bound, AnAnswerGivesEverybodyThePlaceOfItsName) {
  FakeRing ring;
  const Station member(ring);
  Station station(Station::Options{.name_hash = LengthOfName()});
  const Server right{3, "abc", "127.0.0.1:1"}, wrong{4, "abc", "127.0.0.1:1"};
  const auto answer = [&](const Server& predecessor, const Server& successor) {
    const core::RingView view{.predecessor = predecessor, .successors = {successor}};
    ring.SetRing([view](RingHandler::RingAnswer answer) { answer(view); });
    return Ask(station.peers(), member.address()).code();
  };
  EXPECT_EQ(answer(right, right), absl::StatusCode::kOk);
  EXPECT_EQ(answer(wrong, right), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(answer(right, wrong), absl::StatusCode::kPermissionDenied);

  ring.AnswerFind(FindResponse{.owner = wrong});
  Arrivals<absl::Status> came;
  station.peers().FindSuccessor(member.address(), {.id = 1}, absl::Now() + absl::Seconds(50),
                                [&](const auto& found) { came.Put(found.status()); });
  EXPECT_EQ(came.Take().code(), absl::StatusCode::kPermissionDenied);
}

// --- Calls that we serve ---

// Takes lookups, and answers them when it is told to.
class OpenLookups {
 public:
  explicit OpenLookups(FakeRing& ring) {
    ring.SetFind([this](const FindRequest&, absl::Time, RingHandler::FindAnswer answer) {
      open_.Put(std::move(answer));
    });
  }
  std::size_t count() const { return open_.put(); }
  void AnswerNext() { open_.Take()(FindResponse{.owner = At(9)}); }

 private:
  Arrivals<RingHandler::FindAnswer> open_;
};

TEST(Bound, OfCallsThatAreServedAtOnce) {
  FakeRing ring;
  OpenLookups open(ring);
  const Station station(ring);
  // From several connections, since one may have only so many calls open.
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < 1 + kMaxServedLookups / 100; ++i) {
    channels.push_back(PlainChannel(station.address()));
  }
  const std::string request = ToWire(FindRequest{.id = 5}).SerializeAsString();
  std::vector<std::unique_ptr<RawCall>> calls;
  for (int i = 0; i < kMaxServedLookups; ++i) {
    calls.push_back(std::make_unique<RawCall>(channels[i / 100], kFindSuccessorMethod, request));
  }
  EXPECT_TRUE(Eventually([&] { return open.count() == kMaxServedLookups; }));
  const grpc::Status status = RawCall(channels.back(), kFindSuccessorMethod, request).Wait().status;
  EXPECT_EQ(status.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status.error_message(), "this node is busy with 1000 such calls, which is its limit");
  // Other calls are not concerned.
  RawCall notify(channels.back(), kNotifyMethod, ToWire(At(5)).SerializeAsString());
  EXPECT_TRUE(notify.Wait().status.ok());

  for (std::size_t i = 0; i < calls.size(); ++i) open.AnswerNext();
  for (const auto& call : calls) EXPECT_TRUE(call->Wait().status.ok());
  RawCall next(channels.back(), kFindSuccessorMethod, request);
  open.AnswerNext();
  EXPECT_TRUE(next.Wait().status.ok());
}

TEST(Bound, OfCallsOnOneConnectionLetsTheOthersWait) {
  FakeRing ring;
  OpenLookups open(ring);
  const Station station(ring);
  const auto channel = PlainChannel(station.address());
  const std::string request = ToWire(FindRequest{.id = 5}).SerializeAsString();
  std::vector<std::unique_ptr<RawCall>> calls;
  for (int i = 0; i < 2 * kMaxCallsOfConnection; ++i) {
    calls.push_back(std::make_unique<RawCall>(channel, kFindSuccessorMethod, request));
  }
  EXPECT_TRUE(Eventually([&] { return open.count() == kMaxCallsOfConnection; }));
  // Whoever comes by another connection does not wait for them.
  RawCall notify(PlainChannel(station.address()), kNotifyMethod, ToWire(At(5)).SerializeAsString());
  EXPECT_TRUE(notify.Wait().status.ok());
  EXPECT_EQ(open.count(), std::size_t{kMaxCallsOfConnection});
  for (std::size_t i = 0; i < calls.size(); ++i) open.AnswerNext();
  for (const auto& call : calls) EXPECT_TRUE(call->Wait().status.ok());
}

TEST(Bound, OfMetadata) {
  FakeRing ring;
  const Station station(ring);
  const auto call = [&](std::size_t bytes) {
    grpc::GenericStub stub(PlainChannel(station.address()));
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(50)));
    context.AddMetadata("more", std::string(bytes, 'x'));
    grpc::CompletionQueue queue;
    const auto reader = stub.PrepareUnaryCall(&context, kGetRingMethod, ToBuffer(""), &queue);
    reader->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    reader->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    queue.Shutdown();
    while (queue.Next(&tag, &ok)) {
    }
    return status.error_code();
  };
  EXPECT_EQ(call(kMaxMetadataBytes / 2), grpc::OK);
  EXPECT_EQ(call(kMaxMetadataBytes), grpc::RESOURCE_EXHAUSTED);
}

}  // namespace
}  // namespace concord::runtime
