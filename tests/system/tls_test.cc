// Nodes under TLS: rings that form, and every reason for which one does not, as both sides tell it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>

#include "concord/node.h"
#include "support/certificates.h"
#include "support/eventually.h"
#include "system/test_ring.h"

namespace concord::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// What a node logs, to be read while it runs.
class LogText {
 public:
  std::shared_ptr<spdlog::logger> logger() { return logger_; }
  std::string text() {
    const std::lock_guard<std::mutex> lock(sink_->mutex);
    return sink_->text.str();
  }

 private:
  struct Sink : spdlog::sinks::base_sink<spdlog::details::null_mutex> {
    void sink_it_(const spdlog::details::log_msg& message) override {
      const std::lock_guard<std::mutex> lock(mutex);
      text << std::string_view(message.payload.data(), message.payload.size()) << '\n';
    }
    void flush_() override {}
    std::mutex mutex;
    std::ostringstream text;
  };
  std::shared_ptr<Sink> sink_ = std::make_shared<Sink>();
  std::shared_ptr<spdlog::logger> logger_ = std::make_shared<spdlog::logger>("test", sink_);
};

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

  bool Logs(const std::string& line) {
    return Eventually([&] { return log.text().find(line) != std::string::npos; });
  }

  LogText log;
  Node node;
};

class TlsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
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
  static std::string FailureToJoin(Party& a, Party& b) {
    EXPECT_TRUE(a.node.Create().ok());
    const absl::Status joined = b.node.Join({a.node.address()}, absl::Milliseconds(500));
    EXPECT_FALSE(joined.ok());
    EXPECT_TRUE(absl::IsUnavailable(joined) || absl::IsDeadlineExceeded(joined)) << joined;
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
    EXPECT_TRUE(a.Logs("event=client_refused"));
    EXPECT_THAT(a.log.text(), HasSubstr(bad.reason));
  }
}

// --- Not TLS at all ---------------------------------------------------------------------------

TEST_F(TlsTest, APlaintextNodeLearnsThatTheMemberMayWantTls) {
  Party a(Good("a")), b(With("b", std::nullopt));
  EXPECT_THAT(FailureToJoin(a, b), HasSubstr("it may want TLS, and this node has none"));
}

TEST_F(TlsTest, ATlsNodeLearnsThatTheMemberAnswersInPlaintext) {
  Party a(With("a", std::nullopt)), b(Good("b"));
  EXPECT_THAT(FailureToJoin(a, b), HasSubstr("TLS: the member answers in plaintext"));
}

}  // namespace
}  // namespace concord::testing
