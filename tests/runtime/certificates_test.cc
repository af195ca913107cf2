// What passes for a good certificate, and each reason for which one does not.
#include "runtime/certificates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "issuer.h"

namespace concord::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Role = Chain::Role;

class VerifyTest : public ::testing::Test {
 protected:
  static std::string Verdict(const std::string& chain, Role role, const std::string& host,
                             const std::string& trust) {
    const absl::Status status =
        Chain::Parse(chain).value().Verify(Trust::Parse(trust).value(), role, host);
    EXPECT_TRUE(status.ok() || absl::IsUnauthenticated(status)) << status;
    return std::string(status.message());
  }
  std::string Verdict(const Wish& wish, Role role = Role::kServer, const std::string& host = "") {
    return Verdict(Issue(wish, &ca_).pem(), role, host, ca_.pem());
  }

  const Issued ca_ = Issue({.subject = "the CA", .ca = true});
};

// --- The chain --------------------------------------------------------------------------------

TEST_F(VerifyTest, ACertificateOfTheCaPassesInBothRoles) {
  EXPECT_EQ(Verdict({}, Role::kServer), "");
  EXPECT_EQ(Verdict({}, Role::kClient), "");
}

TEST_F(VerifyTest, ItIsNotOfTheCa) {
  const Issued other = Issue({.subject = "another CA", .ca = true});
  EXPECT_EQ(Verdict(Issue({}, &other).pem(), Role::kServer, "", ca_.pem()),
            "unable to get local issuer certificate: its issuer CN=another CA is not trusted");
}

TEST_F(VerifyTest, ACaOfTheSameNameIsNotTheCa) {
  const Issued twin = Issue({.subject = "the CA", .ca = true});
  EXPECT_THAT(Verdict(Issue({}, &twin).pem(), Role::kServer, "", ca_.pem()),
              HasSubstr("signature failure"));
}

TEST_F(VerifyTest, ASelfSignedOneIsTrustedOnlyByItself) {
  const Issued self = Issue({.subject = "me"});
  EXPECT_EQ(Verdict(self.pem(), Role::kServer, "", ca_.pem()),
            "self-signed certificate: CN=me is not trusted");
  EXPECT_EQ(Verdict(self.pem(), Role::kServer, "", self.pem()), "");
}

TEST_F(VerifyTest, AnIntermediateCaMustBeInTheChain) {
  const Issued middle = Issue({.subject = "middle", .ca = true}, &ca_);
  const Issued leaf = Issue({}, &middle);
  EXPECT_EQ(Verdict(leaf.pem() + middle.pem(), Role::kClient, "", ca_.pem()), "");
  EXPECT_THAT(Verdict(leaf.pem(), Role::kClient, "", ca_.pem()), HasSubstr("CN=middle"));
}

TEST_F(VerifyTest, AMemberIsNoCa) {
  const Issued member = Issue({.subject = "member"}, &ca_);
  const Issued forged = Issue({}, &member);
  EXPECT_THAT(Verdict(forged.pem() + member.pem(), Role::kServer, "", ca_.pem()),
              StartsWith("invalid CA certificate"));
}

TEST_F(VerifyTest, TwoCasAreTrustedAtOnce) {
  const Issued next = Issue({.subject = "the next CA", .ca = true});
  const std::string both = next.pem() + ca_.pem();
  EXPECT_EQ(Verdict(Issue({}, &ca_).pem(), Role::kServer, "", both), "");
  EXPECT_EQ(Verdict(Issue({}, &next).pem(), Role::kServer, "", both), "");
}

// --- Time, strength, use ----------------------------------------------------------------------

TEST_F(VerifyTest, ItIsOutOfItsTime) {
  const absl::Time then = absl::FromUnixSeconds(1'600'000'000);
  EXPECT_EQ(Verdict({.from = then - absl::Hours(1), .until = then}),
            "certificate has expired at 2020-09-13T12:26:40Z");
  EXPECT_THAT(
      Verdict({.from = absl::Now() + absl::Hours(1), .until = absl::Now() + absl::Hours(2)}),
      StartsWith("certificate is not yet valid before 20"));
}

TEST_F(VerifyTest, AnExpiredCaCertifiesNobody) {
  const Issued old = Issue({.subject = "old", .ca = true, .until = absl::Now() - absl::Minutes(1)});
  EXPECT_THAT(Verdict(Issue({}, &old).pem(), Role::kServer, "", old.pem()),
              StartsWith("certificate has expired"));
}

TEST_F(VerifyTest, AWeakKeyIsRefused) {
  EXPECT_EQ(Verdict({.subject = "weak", .rsa_bits = "1024"}),
            "EE certificate key too weak (CN=weak)");
  EXPECT_EQ(Verdict({.rsa_bits = "2048"}), "");
}

TEST_F(VerifyTest, AnExtendedKeyUsageMustHaveTheRole) {
  EXPECT_THAT(Verdict({.usage = "clientAuth"}, Role::kServer), HasSubstr("certificate purpose"));
  EXPECT_THAT(Verdict({.usage = "serverAuth"}, Role::kClient), HasSubstr("certificate purpose"));
  EXPECT_EQ(Verdict({.usage = "serverAuth,clientAuth"}, Role::kClient), "");
}

// --- The host ---------------------------------------------------------------------------------

TEST_F(VerifyTest, TheHostMustBeAnAlternativeName) {
  const Wish wish{.subject = "cn.example",
                  .dns = {"a.example", "*.b.example"},
                  .addresses = {"10.0.0.1", "fd00::1"}};
  for (const char* host : {"a.example", "A.Example", "x.b.example", "10.0.0.1", "fd00::1"}) {
    EXPECT_EQ(Verdict(wish, Role::kServer, host), "") << host;
  }
  for (const char* host : {"cn.example", "x.a.example", "b.example", "y.x.b.example"}) {
    EXPECT_THAT(Verdict(wish, Role::kServer, host), StartsWith("hostname mismatch")) << host;
  }
  EXPECT_EQ(Verdict(wish, Role::kServer, "10.0.0.2"),
            "IP address mismatch: it is not for 10.0.0.2 but for DNS:a.example, DNS:*.b.example, "
            "IP:10.0.0.1, IP:fd00::1");
}

TEST_F(VerifyTest, WithoutAlternativeNamesItIsForNoHost) {
  EXPECT_EQ(Verdict({.subject = "a.example"}, Role::kServer, "a.example"),
            "hostname mismatch: it is not for a.example but for nothing: it has no subject "
            "alternative names");
}

TEST_F(VerifyTest, LeavesNoErrorOfOpenSslBehind) {
  Verdict({.until = absl::Now() - absl::Minutes(1)}, Role::kServer, "a.example");
  EXPECT_FALSE(Chain::Parse("nonsense").ok());
  EXPECT_EQ(ERR_peek_error(), 0u);
}

// --- Names of nodes ---------------------------------------------------------------------------

bool Names(const Wish& wish, std::string_view name) {
  return Chain::Parse(Issue(wish).pem()).value().NamesNode(name);
}

TEST(NamesNode, ByAnEqualDnsName) {
  EXPECT_TRUE(Names({.dns = {"x", "alice"}}, "alice"));
  EXPECT_FALSE(Names({.dns = {"Alice"}}, "alice"));
  EXPECT_FALSE(Names({.dns = {"*"}}, "alice"));
  EXPECT_FALSE(Names({.dns = {std::string("alice\0.evil", 11)}}, "alice"));
}

TEST(NamesNode, ByAUri) {
  EXPECT_TRUE(Names({.uris = {"concord:alice"}}, "alice"));
  EXPECT_TRUE(Names({.uris = {"concord:a%20%C3%A9%25"}}, "a \xC3\xA9%"));
  EXPECT_FALSE(Names({.uris = {"concord:a%20"}}, "a%20"));
  EXPECT_FALSE(Names({.uris = {"concord:alicette"}}, "alice"));
  EXPECT_FALSE(Names({.uris = {"https:alice"}}, "alice"));
  EXPECT_FALSE(Names({.uris = {std::string("concord:alice\0", 14)}}, "alice"));
}

TEST(NamesNode, ByNothingElse) {
  EXPECT_FALSE(Names({.subject = "alice"}, "alice"));
  EXPECT_FALSE(Names({.addresses = {"10.0.0.1"}}, "10.0.0.1"));
  EXPECT_FALSE(Names({.dns = {""}, .uris = {"concord:"}}, "alice"));
}

// --- PEM --------------------------------------------------------------------------------------

TEST(Pem, SaysWhatIsWrongWithCertificates) {
  const std::string good = Issue({}).pem();
  EXPECT_EQ(Chain::Parse("").status().message(), "it has no PEM block of type CERTIFICATE");
  EXPECT_EQ(Trust::Parse(Issue({}).key_pem()).status().message(),
            "it has no PEM block of type CERTIFICATE");
  std::string damaged = good;
  damaged.replace(100, 4, "****");
  EXPECT_EQ(Chain::Parse(good + damaged).status().message(), "its certificate 2 cannot be read");
  EXPECT_EQ(Trust::Parse(good.substr(0, good.size() / 2)).status().message(),
            "its certificate 1 cannot be read");
  EXPECT_TRUE(Chain::Parse("words before\n" + good + "and after\n").ok());
}

TEST(Pem, SaysWhatIsWrongWithAKey) {
  const Issued issued = Issue({});
  const Chain chain = Chain::Parse(issued.pem()).value();
  EXPECT_EQ(chain.FindKey(issued.pem() + issued.key_pem()).value(), issued.key_pem());
  const Issued weak = Issue({.subject = "weak", .rsa_bits = "1024"});
  EXPECT_EQ(Chain::Parse(weak.pem()).value().FindKey(weak.key_pem()).status().message(),
            "OpenSSL does not use it with its certificates: ee key too small");
  EXPECT_EQ(chain.FindKey(Issue({}).key_pem()).status().message(),
            "it is not the key of the certificate");
  EXPECT_EQ(chain.FindKey(issued.pem()).status().message(),
            "it has no private key in PEM, or one that cannot be read");
  EXPECT_EQ(chain
                .FindKey("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"
                         "-----END ENCRYPTED PRIVATE KEY-----\n")
                .status()
                .message(),
            "it is encrypted: it must be given unencrypted");
}

TEST(Pem, KeepsWhatItUnderstood) {
  const Issued one = Issue({}), two = Issue({});
  const std::string both = one.pem() + two.pem();
  EXPECT_EQ(Chain::Parse("words\n" + one.pem() + one.key_pem() + two.pem()).value().pem(), both);
  EXPECT_EQ(Trust::Parse("words\n" + both + "more").value().pem(), both);
}

TEST(Pem, TellsTheNamesForALog) {
  EXPECT_EQ(Chain::Parse(Issue({.dns = {"a"}, .uris = {"concord:a"}}).pem()).value().Names(),
            "DNS:a, URI:concord:a");
  const std::string odd =
      Chain::Parse(Issue({.dns = {"a\nb", std::string(500, 'x')}}).pem()).value().Names();
  EXPECT_THAT(odd, StartsWith("DNS:a\\nb, DNS:xxx"));
  EXPECT_LT(odd.size(), 250u);
}

}  // namespace
}  // namespace concord::runtime
