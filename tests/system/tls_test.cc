// Nodes under TLS: rings that form, and every reason for which one does not, as both sides tell it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "concord/grpc_log.h"
#include "concord/node.h"
#include "support/certificates.h"
#include "support/eventually.h"
#include "support/log_text.h"
#include "system/test_ring.h"

namespace concord::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// A node, not yet in a ring, and what it logs.
struct Party {
  explicit Party(Config config) : node(WithLog(std::move(config), log)) {
    const absl::Status started = node.Start();
    EXPECT_TRUE(started.ok()) << started;
  }
  static Config WithLog(Config config, LogText& log) {
    config.logger = log.logger();
    return config;
  }

  LogText log;
  Node node;
};

class TlsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    // The resolver that gRPC takes by default loses a few bytes with every host name (c-ares 1.18).
    setenv("GRPC_DNS_RESOLVER", "native", 0);
    ring_ = new Certificates();
    other_ = new Certificates();
    ring_->Make("a b c");
    ring_->Make("late", "--expired");
    ring_->Make("elsewhere", "--host=elsewhere.example");
    ring_->Make("lone", "--self-signed");
    ring_->Make("unnamed", "--no-name");
    other_->Make("a b");
  }
  static void TearDownTestSuite() {
    delete ring_;
    delete other_;
  }

  static Config With(const std::string& name, std::optional<TlsConfig> tls) {
    Config config = TestConfig(name);
    config.tls = std::move(tls);
    return config;
  }
  static Config Good(const std::string& name) { return With(name, ring_->For(name)); }
  // Trusts the ring, but was certified by another CA.
  static TlsConfig FromAnotherCa() {
    TlsConfig tls = other_->For("b");
    tls.trust.path = ring_->ca();
    return tls;
  }

  // The Status of `b` joining `a`, who is the ring. Not OK.
  // What Join says when it has had the time for a first answer.
  static std::string FailureToJoin(Party& a, Party& b) {
    EXPECT_TRUE(a.node.Create().ok());
    absl::Status joined;
    for (absl::Duration time = absl::Milliseconds(500); time < absl::Minutes(1); time *= 2) {
      joined = b.node.Join({a.node.address()}, time);
      EXPECT_TRUE(absl::IsUnavailable(joined)) << joined;
      if (!absl::StrContains(joined.message(), "not asked yet")) break;
    }
    return std::string(joined.message());
  }

  static Certificates* ring_;
  static Certificates* other_;
};
Certificates* TlsTest::ring_ = nullptr;
Certificates* TlsTest::other_ = nullptr;

// --- Rings that form --------------------------------------------------------------------------

TEST_F(TlsTest, NodesWithGoodCertificatesFormARing) {
  TestRing ring;
  for (const char* name : {"a", "b", "c"}) ring.Add(Good(name));
  ring.WaitUntilIdeal();
  ring.ExpectAllAgree(20);
  EXPECT_EQ(ring.node("a").LookupN("key", 3).value().size(), 3u);
  ring.Kill("b");
  ring.WaitUntilIdeal();
}

TEST_F(TlsTest, BytesDoAsWellAsFiles) {
  TestRing ring;
  for (const char* name : {"a", "b"}) {
    TlsConfig tls;
    tls.certificate.bytes = BytesOf(ring_->certificate(name));
    tls.private_key.bytes = BytesOf(ring_->key(name));
    tls.trust.bytes = BytesOf(ring_->ca());
    ring.Add(With(name, tls));
  }
  ring.WaitUntilIdeal();
}

TEST_F(TlsTest, AHostNameIsCheckedLikeAnAddress) {
  TestRing ring;
  for (const char* name : {"a", "b"}) {
    Config config = Good(name);
    config.adv_addr = "localhost:0";
    ring.Add(config);
  }
  ring.WaitUntilIdeal();
}

TEST_F(TlsTest, AConfiguredNameStandsForTheHost) {
  TestRing ring;
  for (const char* name : {"a", "b"}) {
    TlsConfig tls = ring_->For("elsewhere");
    tls.member_host = "elsewhere.example";
    ring.Add(With(name, tls));
  }
  ring.WaitUntilIdeal();
}

std::size_t EntriesOf(const char* folder) {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++n;
  return n;
}

// What the open files of this process are.
std::string OpenFiles() {
  std::string files;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    absl::StrAppend(&files, " ", std::filesystem::read_symlink(entry, gone).string());
  }
  return files;
}

// gRPC keeps what verifies certificates, and the thread that watches them, as long as it likes.
TEST_F(TlsTest, NodesThatHaveStoppedLeaveNoFileAndNoThread) {
  const auto life = [] {
    TestRing ring;
    for (const char* name : {"a", "b"}) ring.Add(Good(name));
    ring.WaitUntilIdeal();
  };
  life();
  const std::size_t files = EntriesOf("/proc/self/fd"), threads = EntriesOf("/proc/self/task");
  for (int i = 0; i < 10; ++i) life();
  EXPECT_TRUE(Eventually([&] { return EntriesOf("/proc/self/fd") <= files; }))
      << files << " files were open after the first life, and are now:" << OpenFiles();
  EXPECT_TRUE(Eventually([&] { return EntriesOf("/proc/self/task") <= threads + 4; }))
      << EntriesOf("/proc/self/task") << " threads, and " << threads << " after the first life";
}

// --- The certificate of the member that is called ---------------------------------------------

struct Bad {
  const char* what;
  TlsConfig tls;
  const char* reason;
};

TEST_F(TlsTest, ABadCertificateOfTheMemberIsNamedByBothSides) {
  for (const Bad& bad :
       {Bad{"expired", ring_->For("late"), "certificate has expired at 20"},
        Bad{"wrong host", ring_->For("elsewhere"),
            "IP address mismatch: it is not for 127.0.0.1 but for DNS:elsewhere.example"},
        Bad{"wrong CA", FromAnotherCa(), "its issuer CN=concord test CA is not trusted"},
        Bad{"self-signed", ring_->For("lone"), "self-signed certificate"}}) {
    SCOPED_TRACE(bad.what);
    Party a(With("a", bad.tls)), b(Good("b"));
    EXPECT_THAT(FailureToJoin(a, b), AllOf(HasSubstr("TLS: the member's certificate is refused: "),
                                           HasSubstr(bad.reason)));
    EXPECT_THAT(a.log.text(),
                AllOf(HasSubstr("event=own_certificate_unfit"), HasSubstr(bad.reason)));
    EXPECT_THAT(b.log.text(), AllOf(HasSubstr("event=seed_failed"), HasSubstr(bad.reason)));
  }
}

// --- The certificate of the node that calls ---------------------------------------------------

TEST_F(TlsTest, ABadCertificateOfTheCallerIsNamedByBothSides) {
  for (const Bad& bad :
       {Bad{"expired", ring_->For("late"), "certificate has expired at 20"},
        Bad{"wrong CA", FromAnotherCa(), "its issuer CN=concord test CA is not trusted"},
        Bad{"self-signed", ring_->For("lone"), "self-signed certificate"}}) {
    SCOPED_TRACE(bad.what);
    Party a(Good("a")), b(With("b", bad.tls));
    EXPECT_THAT(FailureToJoin(a, b),
                AllOf(HasSubstr("TLS: the member ended the connection during the handshake: it may "
                                "refuse this node's certificate, of which is known: "),
                      HasSubstr(bad.reason)));
    EXPECT_TRUE(a.log.Gets("event=client_refused"));
    EXPECT_THAT(a.log.text(), HasSubstr(bad.reason));
  }
}

// --- Not TLS at all ---------------------------------------------------------------------------

TEST_F(TlsTest, APlaintextNodeLearnsThatTheMemberMayWantTls) {
  LogText grpc;
  LogGrpc(grpc.logger());
  {
    Party a(Good("a")), b(With("b", std::nullopt));
    EXPECT_THAT(FailureToJoin(a, b), HasSubstr("it may want TLS, and this node has none"));
    EXPECT_TRUE(a.log.Gets("reason=\"it speaks plaintext, and this node TLS\"")) << a.log.text();
    EXPECT_TRUE(grpc.Gets("event=grpc source=ssl_transport_security.cc:"));
    EXPECT_THAT(grpc.text(), AllOf(HasSubstr("Handshake failed"), HasSubstr("wrong version number"),
                                   HasSubstr("left_out=0")));
  }
  LogGrpc(nullptr);
}

TEST_F(TlsTest, ATlsNodeLearnsThatTheMemberAnswersInPlaintext) {
  Party a(With("a", std::nullopt)), b(Good("b"));
  EXPECT_THAT(FailureToJoin(a, b), HasSubstr("TLS: the member answers in plaintext"));
  EXPECT_TRUE(a.log.Gets("reason=\"it speaks TLS, and this node plaintext\"")) << a.log.text();
}

// --- Rotation ---------------------------------------------------------------------------------

// Certificates of its own for each test, since it changes them.
class TlsRotationTest : public ::testing::Test {
 protected:
  Config With(const std::string& name) const {
    Config config = TestConfig(name);
    config.tls = certificates_.For(name);
    return config;
  }
  bool EventuallyJoins(Party& a, Party& b) const {
    return Eventually(
        [&] { return b.node.Join({a.node.address()}, absl::Milliseconds(200)).ok(); });
  }
  void ReplaceBoth(const std::string& of, const std::string& by) const {
    Replace(certificates_.certificate(of), BytesOf(certificates_.certificate(by)));
    Replace(certificates_.key(of), BytesOf(certificates_.key(by)));
  }

  const Certificates certificates_;
};

TEST_F(TlsRotationTest, AMemberThatPresentsANewCertificateIsJoined) {
  certificates_.Make("a", "--expired");
  certificates_.Make("b fresh");
  Party a(With("a")), b(With("b"));
  ASSERT_TRUE(a.node.Create().ok());
  ASSERT_FALSE(b.node.Join({a.node.address()}, absl::Milliseconds(200)).ok());
  ReplaceBoth("a", "fresh");
  EXPECT_TRUE(EventuallyJoins(a, b));
  EXPECT_TRUE(a.log.Has("event=certificates_reloaded node=a names="));
}

TEST_F(TlsRotationTest, ANodeThatPresentsANewCertificateIsLetIn) {
  certificates_.Make("b", "--expired");
  certificates_.Make("a fresh");
  Party a(With("a")), b(With("b"));
  ASSERT_TRUE(a.node.Create().ok());
  ASSERT_FALSE(b.node.Join({a.node.address()}, absl::Milliseconds(200)).ok());
  ReplaceBoth("b", "fresh");
  EXPECT_TRUE(EventuallyJoins(a, b));
}

TEST_F(TlsRotationTest, ACertificateOfACaThatIsNewlyTrustedIsLetIn) {
  const Certificates next;
  next.Make("b");
  certificates_.Make("a");
  Config config = With("b");
  config.tls->certificate.path = next.certificate("b");
  config.tls->private_key.path = next.key("b");
  Party a(With("a")), b(std::move(config));
  ASSERT_TRUE(a.node.Create().ok());
  ASSERT_FALSE(b.node.Join({a.node.address()}, absl::Milliseconds(200)).ok());
  Replace(certificates_.ca(), BytesOf(certificates_.ca()) + BytesOf(next.ca()));
  EXPECT_TRUE(EventuallyJoins(a, b));
}

TEST_F(TlsRotationTest, ACertificateOfACaThatIsNoLongerTrustedIsRefused) {
  const Certificates next;
  certificates_.Make("a b");
  Config config = With("a");
  config.tls->trust.path = certificates_.At("trust_of_a");
  Replace(config.tls->trust.path, BytesOf(certificates_.ca()));
  Party a(std::move(config));
  ASSERT_TRUE(a.node.Create().ok());
  Replace(certificates_.At("trust_of_a"), BytesOf(next.ca()));
  ASSERT_TRUE(a.log.Gets("event=certificates_reloaded"));
  Party b(With("b"));
  EXPECT_FALSE(b.node.Join({a.node.address()}, absl::Milliseconds(200)).ok());
  EXPECT_TRUE(a.log.Gets("event=client_refused"));
}

TEST_F(TlsRotationTest, FilesThatDoNotFitTogetherChangeNothing) {
  certificates_.Make("a b c fresh");
  Party a(With("a")), b(With("b")), c(With("c"));
  ASSERT_TRUE(a.node.Create().ok());
  Replace(certificates_.certificate("a"), BytesOf(certificates_.certificate("fresh")));
  ASSERT_TRUE(a.log.Gets("event=certificates_not_reloaded"));
  EXPECT_THAT(a.log.text(), HasSubstr("a.key': it is not the key of the certificate"));
  EXPECT_TRUE(b.node.Join({a.node.address()}).ok());
  EXPECT_FALSE(a.log.Has("event=certificates_reloaded"));

  Replace(certificates_.key("a"), BytesOf(certificates_.key("fresh")));
  EXPECT_TRUE(a.log.Gets("event=certificates_reloaded"));
  EXPECT_TRUE(c.node.Join({a.node.address()}).ok());
}

// As docs/security.md tells it: first trust both, then new certificates, then trust the new alone.
TEST_F(TlsRotationTest, TheCaOfARunningRingIsExchanged) {
  const Certificates next;
  certificates_.Make("a b c");
  next.Make("a b c d");
  LogText log;
  const auto all_reload = [&](int times) {
    return Eventually([&] {
      const std::string text = log.text();
      int n = 0;
      for (std::size_t at = 0; (at = text.find("certificates_reloaded", at)) != text.npos; ++at)
        ++n;
      return n >= times;
    });
  };
  TestRing ring;
  for (const char* name : {"a", "b", "c"}) ring.Add(Party::WithLog(With(name), log));
  ring.WaitUntilIdeal();

  Replace(certificates_.ca(), BytesOf(certificates_.ca()) + BytesOf(next.ca()));
  ASSERT_TRUE(all_reload(3));
  for (const char* name : {"a", "b", "c"}) {
    Replace(certificates_.certificate(name), BytesOf(next.certificate(name)));
    Replace(certificates_.key(name), BytesOf(next.key(name)));
  }
  ASSERT_TRUE(all_reload(6));
  Replace(certificates_.ca(), BytesOf(next.ca()));
  ASSERT_TRUE(all_reload(9));

  EXPECT_TRUE(ring.IsIdeal());
  Config d = TestConfig("d");
  d.tls = next.For("d");
  ring.Add(d);
  ring.WaitUntilIdeal();
  ring.ExpectAllAgree(10);
  EXPECT_THAT(log.text(), ::testing::Not(HasSubstr("refused")));
  EXPECT_THAT(log.text(), ::testing::Not(HasSubstr("failed")));
}

// --- Names ------------------------------------------------------------------------------------

class TlsNamesTest : public TlsTest {
 protected:
  static Config Strict(const std::string& name, const std::string& certificate) {
    Config config = With(name, ring_->For(certificate));
    config.tls->require_node_name = true;
    return config;
  }
};

TEST_F(TlsNamesTest, NodesThatProveTheirNamesFormARing) {
  TestRing ring;
  for (const char* name : {"a", "b", "c"}) ring.Add(Strict(name, name));
  ring.WaitUntilIdeal();
  ring.ExpectAllAgree(20);
  EXPECT_EQ(ring.node("a").LookupN("key", 3).value().size(), 3u);
}

TEST_F(TlsNamesTest, ANodeDoesNotStartUnderANameThatItsCertificateLacks) {
  for (const char* certificate : {"b", "unnamed"}) {
    const absl::Status started = Node(Strict("a", certificate)).Start();
    EXPECT_TRUE(absl::IsInvalidArgument(started)) << started;
    EXPECT_THAT(std::string(started.message()), HasSubstr("it does not name the node 'a'"));
  }
}

// An impostor has a good certificate of the ring, and no scruples about its own name.
TEST_F(TlsNamesTest, AnImpostorIsNeverAMember) {
  LogText log;
  TestRing ring;
  ring.Add(Party::WithLog(Strict("a", "a"), log));
  ring.Add(Party::WithLog(Strict("b", "b"), log));
  ring.WaitUntilIdeal();

  Party impostor(With("victim", ring_->For("c")));
  const absl::Status joined =
      impostor.node.Join({ring.node("a").address(), ring.node("b").address()});
  EXPECT_TRUE(log.Gets("event=claim_refused"));
  EXPECT_THAT(log.text(), HasSubstr("server=victim@" + impostor.node.address()));
  EXPECT_TRUE(impostor.log.Gets("event=notify_refused node=victim")) << joined;
  EXPECT_THAT(impostor.log.text(), HasSubstr("the certificate does not name the node 'victim'"));
  EXPECT_TRUE(ring.IsIdeal());
  ring.ExpectAllAgree(20);
}

}  // namespace
}  // namespace concord::testing
