// TLS between two ends of the network without nodes, and strangers that no node would be.
#include "runtime/tls.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrivals.h"
#include "issuer.h"
#include "raw_wire.h"
#include "runtime/default_hash.h"
#include "runtime/methods.h"
#include "runtime/tls_failure.h"
#include "station.h"
#include "support/certificates.h"
#include "support/log_text.h"

namespace concord::runtime {
namespace {

using concord::testing::Certificates;
using concord::testing::LogText;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// One end: its TLS, its network, and what it logs.
struct End {
  explicit End(Tls::Options options)
      : tls(Tls::Create(std::move(options), Log(log.logger(), false, "end")).value()),
        station(ring, Station::Options{.tls = tls.get()}) {}

  LogText log;
  std::unique_ptr<Tls> tls;
  FakeRing ring;
  Station station;
};

absl::Status GetRing(Peers& peers, const Callee& callee) {
  Arrivals<absl::Status> came;
  peers.GetRing(callee, [&](const auto& ring) { came.Put(ring.status()); });
  return came.Take();
}

absl::Status Notify(Peers& peers, const std::string& address, const Server& self) {
  Arrivals<absl::Status> came;
  peers.Notify(address, self, [&](absl::Status status) { came.Put(std::move(status)); });
  return came.Take();
}

class TlsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    certificates_ = new Certificates();
    certificates_->Make("a b");
  }
  static void TearDownTestSuite() { delete certificates_; }

  static Tls::Options For(const std::string& name) {
    Tls::Options options;
    options.certificate.path = certificates_->certificate(name);
    options.private_key.path = certificates_->key(name);
    options.trust.path = certificates_->ca();
    options.own_name = name;
    return options;
  }
  // Demands that members prove their names.
  static Tls::Options StrictFor(const std::string& name) {
    Tls::Options options = For(name);
    options.require_node_name = true;
    return options;
  }
  static Server Named(const std::string& name, const std::string& address) {
    return {DefaultHash(name), name, address};
  }

  static Certificates* certificates_;
};
Certificates* TlsTest::certificates_ = nullptr;

// --- What the handshake demands ---------------------------------------------------------------

// A client of gRPC that trusts the CA and has no certificate.
grpc::Status AskWithoutCertificate(const std::string& address, const std::string& ca) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = concord::testing::BytesOf(ca);
  RawCall call(grpc::CreateChannel(address, grpc::SslCredentials(options)), kGetRingMethod, "");
  return call.Wait().status;
}

TEST_F(TlsTest, AClientWithoutCertificateIsRefusedAndLogged) {
  End a(For("a"));
  const grpc::Status status = AskWithoutCertificate(a.station.address(), certificates_->ca());
  EXPECT_EQ(status.error_code(), grpc::UNAVAILABLE) << status.error_message();
  EXPECT_EQ(a.ring.calls(), 0);
  EXPECT_TRUE(a.log.Gets("event=client_refused node=end reason=\"it has none\""));
}

TEST_F(TlsTest, AClientWithoutCertificateIsServedWhereNoneIsRequired) {
  Tls::Options options = For("a");
  options.require_client_certificate = false;
  End a(std::move(options));
  EXPECT_TRUE(AskWithoutCertificate(a.station.address(), certificates_->ca()).ok());
}

TEST_F(TlsTest, ABadCertificateIsRefusedAlsoWhereNoneIsRequired) {
  Tls::Options options = For("a");
  options.require_client_certificate = false;
  End a(std::move(options));
  const Issued self = Issue({.addresses = {"127.0.0.1"}});
  Tls::Options other = For("b");
  other.certificate = {.path = "", .bytes = self.pem()};
  other.private_key = {.path = "", .bytes = self.key_pem()};
  End b(std::move(other));
  EXPECT_FALSE(GetRing(b.station.peers(), a.station.address()).ok());
  EXPECT_TRUE(a.log.Gets("reason=\"self-signed certificate: CN=somebody is not trusted\""));
}

// What a program prints.
std::string OutputOf(const std::string& command) {
  std::string output;
  std::array<char, 4096> part;
  FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  while (fgets(part.data(), part.size(), pipe) != nullptr) output += part.data();
  pclose(pipe);
  return output;
}

std::string Handshake(const End& end, const std::string& with) {
  return OutputOf(absl::StrCat("openssl s_client -connect ", end.station.address(), " ", with,
                               " -cipher ALL:@SECLEVEL=0 -alpn h2 </dev/null"));
}

TEST_F(TlsTest, Version13IsSpokenWhereBothHaveItAnd12IsTheLeast) {
  const End a(For("a"));
  EXPECT_THAT(Handshake(a, ""), HasSubstr("New, TLSv1.3,"));
  EXPECT_THAT(Handshake(a, "-tls1_2"), HasSubstr("Protocol  : TLSv1.2"));
  for (const char* old : {"-tls1_1", "-tls1"}) {
    EXPECT_THAT(Handshake(a, old), HasSubstr("Cipher is (NONE)")) << old;
  }
}

// A server of another program, for one connection; the line in which it tells its port.
class OldServer {
 public:
  explicit OldServer(const Certificates& certificates)
      : pipe_(popen(absl::StrCat("openssl s_server -www -accept 127.0.0.1:0 -naccept 1 -tls1_1 ",
                                 "-cipher ALL:@SECLEVEL=0 -cert '", certificates.certificate("a"),
                                 "' -key '", certificates.key("a"), "' </dev/null 2>&1")
                        .c_str(),
                    "r")) {
    std::array<char, 4096> line;
    while (address_.empty() && fgets(line.data(), line.size(), pipe_) != nullptr) {
      const std::string text = line.data();
      if (text.rfind("ACCEPT ", 0) == 0) address_ = text.substr(7, text.find('\n') - 7);
    }
  }
  ~OldServer() { pclose(pipe_); }
  const std::string& address() const { return address_; }

 private:
  FILE* const pipe_;
  std::string address_;
};

TEST_F(TlsTest, AMemberThatHasOnlyVersion11IsRefused) {
  const OldServer old(*certificates_);
  End b(For("b"));
  EXPECT_THAT(std::string(GetRing(b.station.peers(), old.address()).message()),
              AllOf(HasSubstr("Tls handshake failed: "), HasSubstr("protocol version")));
}

bool HasIpv6Loopback() {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const int fd = socket(AF_INET6, SOCK_STREAM, 0);
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return bound;
}

TEST_F(TlsTest, AnIpv6AddressIsAHostToo) {
  if (!HasIpv6Loopback()) GTEST_SKIP() << "this machine has no ::1";
  const auto tls = Tls::Create(For("a"), Log(nullptr, false, "")).value();
  FakeRing ring;
  Station a(ring, Station::Options{.bind = "[::1]:0", .tls = tls.get()});
  End b(For("b"));
  EXPECT_EQ(GetRing(b.station.peers(), a.address()), absl::OkStatus());
}

// --- Names ------------------------------------------------------------------------------------

TEST_F(TlsTest, AMemberMayNotifyInItsOwnNameOnly) {
  End a(StrictFor("a")), b(StrictFor("b"));
  const std::string& at = b.station.address();
  EXPECT_EQ(Notify(b.station.peers(), a.station.address(), Named("b", at)), absl::OkStatus());
  EXPECT_EQ(a.ring.notifies(), 1);
  EXPECT_EQ(Notify(b.station.peers(), a.station.address(), Named("c", at)),
            absl::PermissionDeniedError("TLS: the certificate does not name the node 'c'"));
  EXPECT_EQ(a.ring.notifies(), 1);
  EXPECT_THAT(a.log.text(), HasSubstr(absl::StrCat("event=claim_refused node=end server=c@", at)));
}

TEST_F(TlsTest, ANotifierWithoutCertificateHasNoName) {
  Tls::Options options = StrictFor("a");
  options.require_client_certificate = false;
  End a(std::move(options));
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = concord::testing::BytesOf(certificates_->ca());
  RawCall call(grpc::CreateChannel(a.station.address(), grpc::SslCredentials(ssl)), kNotifyMethod,
               ToWire(Named("b", "127.0.0.1:1")).SerializeAsString());
  EXPECT_EQ(call.Wait().status.error_code(), grpc::PERMISSION_DENIED);
  EXPECT_EQ(a.ring.notifies(), 0);
}

TEST_F(TlsTest, AnAnswerOfSomebodyElseIsNone) {
  End a(StrictFor("a")), b(StrictFor("b"));
  a.ring.SetRing([&](RingHandler::RingAnswer answer) {
    const Server self = Named("a", a.station.address());
    answer(core::RingView{.predecessor = self, .successors = {self}});
  });
  Peers& peers = b.station.peers();
  EXPECT_EQ(GetRing(peers, Named("a", a.station.address())), absl::OkStatus());
  EXPECT_EQ(GetRing(peers, a.station.address()), absl::OkStatus());  // a seed has no name yet
  EXPECT_EQ(GetRing(peers, Named("c", a.station.address())),
            absl::PermissionDeniedError("TLS: the certificate does not name the node 'c'"));
}

TEST_F(TlsTest, NamesAreNotProvenUnlessThatIsRequired) {
  End a(For("a")), b(For("b"));
  EXPECT_EQ(Notify(b.station.peers(), a.station.address(), At(5)), absl::OkStatus());
  EXPECT_EQ(GetRing(b.station.peers(), At(5, a.station.address())), absl::OkStatus());
}

// --- What cannot be used ----------------------------------------------------------------------

struct Refused {
  std::function<void(Tls::Options&)> change;
  std::string message;
};

TEST_F(TlsTest, EachTextIsCheckedAndNamedWithItsField) {
  const std::string a = certificates_->certificate("a"), key = certificates_->key("a");
  const std::string b_key = certificates_->key("b"), nowhere = certificates_->At("nowhere");
  const std::string folder = certificates_->At("");
  for (const Refused& refused : std::vector<Refused>{
           {[](auto& o) { o.certificate = {}; },
            "Config.tls.certificate is empty: TLS needs its path or its bytes"},
           {[](auto& o) { o.private_key = {}; },
            "Config.tls.private_key is empty: TLS needs its path or its bytes"},
           {[](auto& o) { o.trust = {}; },
            "Config.tls.trust is empty: TLS needs its path or its bytes"},
           {[](auto& o) { o.trust.bytes = "x"; },
            absl::StrCat("Config.tls.trust '", certificates_->ca(),
                         "': its bytes are given, too: give one of them")},
           {[&](auto& o) { o.trust.path = nowhere; },
            absl::StrCat("Config.tls.trust '", nowhere,
                         "': cannot be read: No such file or directory")},
           {[&](auto& o) { o.certificate.path = folder; },
            absl::StrCat("Config.tls.certificate '", folder, "': cannot be read: Is a directory")},
           {[&](auto& o) { o.certificate.path = "/dev/zero"; },
            "Config.tls.certificate '/dev/zero': cannot be read: it has more than 1 MiB"},
           {[&](auto& o) { o.certificate.path = key; },
            absl::StrCat("Config.tls.certificate '", key,
                         "': it has no PEM block of type CERTIFICATE")},
           {[&](auto& o) { o.private_key.path = b_key; },
            absl::StrCat("Config.tls.private_key '", b_key,
                         "': it is not the key of the certificate")},
           {[](auto& o) { o.trust = {.path = "", .bytes = "x"}; },
            "Config.tls.trust (given as bytes): it has no PEM block of type CERTIFICATE"},
           {[](auto& o) {
              o.require_node_name = true;
              o.own_name = "c";
            },
            absl::StrCat("Config.tls.certificate '", a, "': it does not name the node 'c' but ",
                         "DNS:localhost, IP:127.0.0.1, IP:::1, URI:concord:a")},
       }) {
    Tls::Options options = For("a");
    refused.change(options);
    EXPECT_EQ(Tls::Create(std::move(options), Log(nullptr, false, "")).status(),
              absl::InvalidArgumentError(refused.message));
  }
}

// --- Words for what gRPC says -----------------------------------------------------------------

TEST(ExplainFailure, LeavesAloneWhatIsNotOfTls) {
  for (const absl::Status& status :
       {absl::UnavailableError("this node is not a member of a ring"),
        absl::UnavailableError("failed to connect to all addresses; last error: UNKNOWN: "
                               "ipv4:127.0.0.1:1: Failed to connect to remote host: Connection "
                               "refused"),
        absl::UnavailableError("Socket closed"), absl::DeadlineExceededError("Deadline Exceeded"),
        absl::OkStatus()}) {
    EXPECT_EQ(ExplainFailure(status, nullptr), status);
  }
}

}  // namespace
}  // namespace concord::runtime
