// One test for each trap of the libraries that we build on, named after what it guards. Traps that
// are kept out by a rule of the sources (types, locks, atomics) have their test in
// floors_test.cmake, and the one of ThreadSanitizer's options has race.cc.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "arrivals.h"
#include "raw_wire.h"
#include "runtime/codec.h"
#include "runtime/methods.h"
#include "runtime/peers.h"
#include "sockets.h"
#include "station.h"
#include "support/certificates.h"
#include "support/eventually.h"
#include "threads.h"

namespace concord::runtime {
namespace {

using concord::testing::Eventually;

absl::Status Ask(Peers& peers, const std::string& address) {
  Arrivals<absl::Status> came;
  peers.GetRing(address, [&](const auto& ring) { came.Put(ring.status()); });
  return came.Take();
}

// --- gRPC's callback threads may sleep for 100 ms after an idle second ---

constexpr char kCallbackThread[] = "nexting_thread";

TEST(Trap, NoThreadOfGrpcsCallbackApiServesUs) {
  FakeRing a_ring, b_ring;
  Station a(a_ring), b(b_ring);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(Ask(a.peers(), b.address()).ok());
    EXPECT_TRUE(Ask(b.peers(), a.address()).ok());
  }
  EXPECT_EQ(ThreadsNamed(kCallbackThread), 0) << ::testing::PrintToString(ThreadNames());
  EXPECT_EQ(ThreadsNamed("concord-net"), 2);
}

// The test above would see one.
TEST(TrapControl, ACallThroughTheCallbackApiHasSuchAThread) {
  FakeRing ring;
  const Station station(ring);
  {
    grpc::GenericStub stub(PlainChannel(station.address()));
    grpc::ClientContext context;
    const grpc::ByteBuffer request = ToBuffer("");
    grpc::ByteBuffer response;
    Arrivals<bool> came;
    stub.UnaryCall(&context, kGetRingMethod, {}, &request, &response,
                   [&](const grpc::Status& status) { came.Put(status.ok()); });
    EXPECT_TRUE(came.Take());
    EXPECT_GT(ThreadsNamed(kCallbackThread), 0);
  }
  EXPECT_TRUE(Eventually([] { return ThreadsNamed(kCallbackThread) == 0; }));
}

// --- GRPC_ARG_MINIMAL_STACK on a server drops the limit of messages, on both ends the deadlines
// ---

TEST(Trap, TheServerLimitsMessages) {
  FakeRing ring;
  const Station station(ring);
  RawCall call(PlainChannel(station.address()), kNotifyMethod, Padded(ToWire(At(5)), 3 << 20));
  EXPECT_EQ(call.Wait().status.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ring.calls(), 0);
}

TEST(Trap, TheClientLimitsMessages) {
  const RawServer huge([](const std::string&, const std::string&) {
    return RawAnswer{.status = {}, .bytes = std::string((1 << 20) + 1, 'x')};
  });
  Station station;
  EXPECT_EQ(Ask(station.peers(), huge.address()).code(), absl::StatusCode::kResourceExhausted);
}

TEST(Trap, DeadlinesFire) {
  FakeRing ring;
  ring.Hold();
  const Station member(ring);
  Station station(
      Station::Options{.call_timeout = {absl::Milliseconds(1), absl::Milliseconds(100)}});
  EXPECT_EQ(Ask(station.peers(), member.address()).code(), absl::StatusCode::kDeadlineExceeded);
  ring.Release();
}

// --- SO_REUSEPORT is on by default: a second server on a taken port starts silently ---

RawAnswer NoAnswer(const std::string&, const std::string&) {
  return {.status = {grpc::UNIMPLEMENTED, ""}, .bytes = ""};
}

TEST(Trap, ASecondNodeOnATakenPortIsRefused) {
  const Station first;
  Service service(core::IdSpace(64));
  Network network;
  EXPECT_EQ(network.Start({"127.0.0.1", first.port()}, service.grpc_service(), {}).status(),
            absl::UnavailableError(
                absl::StrCat("cannot listen on ", first.address(), ": Address already in use")));
}

TEST(Trap, AnotherServerCannotShareOurPort) {
  const Station station;
  EXPECT_EQ(RawServer(NoAnswer, station.address()).port(), 0);
}

TEST(Trap, WeCannotShareThePortOfAnotherServer) {
  const RawServer other(NoAnswer);
  ASSERT_GT(other.port(), 0);
  Service service(core::IdSpace(64));
  Network network;
  EXPECT_FALSE(network.Start({"127.0.0.1", other.port()}, service.grpc_service(), {}).ok());
}

TEST(TrapControl, TwoServersOfPlainGrpcShareAPort) {
  const RawServer first(NoAnswer);
  ASSERT_GT(first.port(), 0);
  EXPECT_EQ(RawServer(NoAnswer, first.address()).port(), first.port());
}

// --- A server of gRPC stops when the key that it watches does not fit the certificate ---

// A connection's TLS handshake, by another program.
bool Handshakes(int port) {
  return std::system(absl::StrCat("openssl s_client -connect 127.0.0.1:", port,
                                  " -alpn h2 </dev/null 2>&1 | grep -q 'New, TLSv1.3'")
                         .c_str()) == 0;
}

// What keeps it out is TlsRotationTest.FilesThatDoNotFitTogetherChangeNothing.
TEST(TrapControl, AServerOfPlainGrpcStopsWhenItsKeyDoesNotFit) {
  const concord::testing::Certificates certificates;
  certificates.Make("a b");
  grpc::experimental::TlsServerCredentialsOptions options(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          certificates.key("a"), certificates.certificate("a"), "", 1));
  options.watch_identity_key_cert_pairs();
  const RawServer server(NoAnswer, "127.0.0.1:0",
                         grpc::experimental::TlsServerCredentials(options));
  EXPECT_TRUE(Handshakes(server.port()));
  concord::testing::Replace(certificates.key("a"),
                            concord::testing::BytesOf(certificates.key("b")));
  EXPECT_TRUE(Eventually([&] { return !Handshakes(server.port()); }));
}

// --- gRPC obeys http_proxy even for 127.0.0.1 ---

// A variable of the environment, for as long as this lives.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value != nullptr ? setenv(name, value, 1) : unsetenv(name);
  }
  ~Environment() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }

 private:
  const char* const name_;
  std::optional<std::string> before_;
};

class TrapProxy : public ::testing::Test {
 protected:
  RefusingPort proxy_;
  const std::string url_ = absl::StrCat("http://", proxy_.address());
  Environment grpc_{"grpc_proxy", url_.c_str()};
  Environment https_{"https_proxy", url_.c_str()};
  Environment http_{"http_proxy", url_.c_str()};
  Environment no_grpc_{"no_grpc_proxy", nullptr};
  Environment no_{"no_proxy", nullptr};
  FakeRing ring_;
  Station member_{ring_};
};

TEST_F(TrapProxy, TheProxyOfTheEnvironmentIsIgnored) {
  Station station;
  EXPECT_TRUE(Ask(station.peers(), member_.address()).ok());
}

TEST_F(TrapProxy, ControlAPlainChannelGoesToTheProxy) {
  RawCall call(grpc::CreateChannel(member_.address(), grpc::InsecureChannelCredentials()),
               kGetRingMethod, "");
  EXPECT_EQ(call.Wait().status.error_code(), grpc::UNAVAILABLE);
  EXPECT_EQ(ring_.calls(), 0);
}

// --- The pause before a reconnection is a second by default, and grows to two minutes ---

// Breaks `n` connections that `peers` make to a port; the times of their coming. Between them calls
// are made all the time, as a ring does.
std::vector<absl::Time> Attempts(Peers& peers, int n) {
  SilentPort port;
  std::vector<absl::Time> times;
  Arrivals<bool> ended;
  std::size_t started = 0;
  while (static_cast<int>(times.size()) < n) {
    if (ended.put() == started) {
      ++started;
      peers.GetRing(port.address(), [&](const auto&) { ended.Put(true); });
    }
    if (port.BreakNext(absl::Milliseconds(1))) times.push_back(absl::Now());
  }
  for (; started > 0; --started) ended.Take();
  return times;
}

// On a machine that is busy one measurement says little; but it is never too short.
absl::Duration ShortestOf(int rounds, absl::FunctionRef<absl::Duration()> measure,
                          absl::Duration good_enough) {
  absl::Duration shortest = absl::InfiniteDuration();
  for (int i = 0; i < rounds && shortest >= good_enough; ++i) {
    shortest = std::min(shortest, measure());
  }
  return shortest;
}

TEST(Trap, ReconnectingBeginsAfterATenthOfASecond) {
  const absl::Duration limit = absl::Milliseconds(1800);  // 516 ms; by default over 3 s
  EXPECT_LT(ShortestOf(
                5,
                [] {
                  Station station;
                  const std::vector<absl::Time> times = Attempts(station.peers(), 4);
                  return times[3] - times[0];
                },
                limit),
            limit);
}

TEST(Trap, ReconnectingNeverPausesMuchLongerThanASecond) {
  const absl::Duration limit = absl::Seconds(6);  // about 4 s; without a ceiling about 10
  EXPECT_LT(ShortestOf(
                3,
                [] {
                  Station station;
                  const std::vector<absl::Time> times = Attempts(station.peers(), 10);
                  return times[9] - times[5];
                },
                limit),
            limit);
}

TEST(Trap, AMemberThatComesBackIsMetAgainSoon) {
  FakeRing ring;
  Station station;
  const absl::Duration limit = absl::Milliseconds(600);  // 105 ms; by default 1100
  const auto measure = [&] {
    Station::Options same;
    {
      Station member(ring);
      same.bind = member.address();
      EXPECT_TRUE(Ask(station.peers(), member.address()).ok());
    }
    EXPECT_EQ(Ask(station.peers(), same.bind).code(), absl::StatusCode::kUnavailable);
    const Station member(ring, same);
    const absl::Time back = absl::Now();
    EXPECT_TRUE(Eventually([&] { return Ask(station.peers(), same.bind).ok(); }));
    return absl::Now() - back;
  };
  EXPECT_LT(ShortestOf(5, measure, limit), limit);
}

// --- gRPC answers INTERNAL to a message that does not parse, before its service sees it ---

TEST(Trap, AMessageThatDoesNotParseReachesUs) {
  FakeRing ring;
  const Station station(ring);
  RawCall call(PlainChannel(station.address()), kNotifyMethod, std::string(10, '\xff'));
  EXPECT_EQ(call.Wait().status.error_code(), grpc::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace concord::runtime
