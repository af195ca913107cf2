// Listening, and ceasing to.
#include "runtime/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "raw_wire.h"
#include "runtime/codec.h"
#include "runtime/methods.h"
#include "runtime/service.h"
#include "sockets.h"
#include "station.h"
#include "support/eventually.h"
#include "threads.h"

namespace concord::runtime {
namespace {

using concord::testing::Eventually;
using ::testing::HasSubstr;

// Starts a network that is not expected to come up.
absl::Status Refusal(const Address& bind) {
  Service service(core::IdSpace(64));
  Network network;
  return network.Start(bind, service.grpc_service(), {}).status();
}

std::string AskRing(const std::string& address) {
  RawCall call(PlainChannel(address), kGetRingMethod, "");
  return std::string(call.Wait().status.error_message());
}

TEST(Network, PicksAFreePort) {
  Station first, second;
  EXPECT_GT(first.port(), 0);
  EXPECT_GT(second.port(), 0);
  EXPECT_NE(first.port(), second.port());
}

TEST(Network, ListensOnAHostName) {
  FakeRing ring;
  const Station station(ring, {.bind = "localhost:0"});
  EXPECT_EQ(AskRing(absl::StrCat("127.0.0.1:", station.port())), "");
  EXPECT_EQ(ring.rings(), 1);
}

TEST(Network, ListensOnIpv6) {
  FakeRing ring;
  const Station station(ring, {.bind = "[::1]:0"});
  EXPECT_EQ(AskRing(absl::StrCat("[::1]:", station.port())), "");
  EXPECT_EQ(ring.rings(), 1);
}

TEST(Network, ListensOnAWildcard) {
  FakeRing ring;
  const Station station(ring, {.bind = "0.0.0.0:0"});
  EXPECT_EQ(AskRing(absl::StrCat("127.0.0.1:", station.port())), "");
  EXPECT_EQ(ring.rings(), 1);
}

TEST(Network, SaysWhyItCannotListen) {
  const RefusingPort taken;
  EXPECT_EQ(Refusal({"127.0.0.1", taken.port()}),
            absl::UnavailableError(absl::StrCat("cannot listen on 127.0.0.1:", taken.port(),
                                                ": Address already in use")));
  EXPECT_EQ(
      Refusal({"192.0.2.1", 0}),  // RFC 5737: nobody has this address
      absl::UnavailableError("cannot listen on 192.0.2.1:0: Cannot assign requested address"));
}

TEST(Network, SaysWhenAHostIsUnknown) {
  const std::string nobody(64, 'x');  // one byte longer than a label may be: no server is asked
  const absl::Status status = Refusal({nobody, 7000});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot listen on " + nobody + ":7000: "));
}

TEST(Network, LetsTheSamePortBeTakenAgainAtOnce) {
  FakeRing ring;
  Station::Options options;
  for (int life = 1; life <= 3; ++life) {
    Station station(ring, options);
    options.bind = station.address();
    EXPECT_EQ(AskRing(station.address()), "");  // leaves a connection behind
    EXPECT_EQ(ring.rings(), life);
  }
}

TEST(Network, PollsOnAThreadOfItsOwn) {
  FakeRing ring;
  Station station(ring);
  std::atomic<bool> on_thread{false};
  std::atomic<int> named{0};
  ring.SetNotify([&](const Server&) {
    on_thread = station.network().OnThisThread();
    named = ThreadsNamed("concord-net");
    return absl::OkStatus();
  });
  RawCall call(PlainChannel(station.address()), kNotifyMethod, ToWire(At(1)).SerializeAsString());
  EXPECT_TRUE(call.Wait().status.ok());
  EXPECT_TRUE(on_thread);
  EXPECT_FALSE(station.network().OnThisThread());
  EXPECT_EQ(named, 1);
  station.Stop();
  EXPECT_TRUE(Eventually([] { return ThreadsNamed("concord-net") == 0; }));
}

TEST(Network, StopsWithClientsConnected) {
  FakeRing ring;
  Station station(ring);
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < 5; ++i) {
    channels.push_back(PlainChannel(station.address()));
    RawCall call(channels.back(), kGetRingMethod, "");
    EXPECT_TRUE(call.Wait().status.ok());
  }
  const absl::Time start = absl::Now();
  station.Stop(absl::Minutes(10));
  EXPECT_LT(absl::Now() - start, absl::Minutes(5));
  RawCall late(channels[0], kGetRingMethod, "");
  EXPECT_EQ(late.Wait().status.error_code(), grpc::UNAVAILABLE);
}

TEST(Network, MayBeStartedAndNeverServe) {
  const Station station;  // stopped by its destructor
  EXPECT_GT(station.port(), 0);
}

}  // namespace
}  // namespace concord::runtime
