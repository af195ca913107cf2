#include "runtime/certificates.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <cstring>
#include <ctime>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace concord::runtime {
namespace {

// What a log line shows of a certificate that a stranger made.
constexpr std::size_t kMaxNamesShown = 200;

// As the default of OpenSSL 3's TLS on Debian: 2048 bits of RSA, 224 of a curve, SHA-224.
constexpr int kSecurityLevel = 2;  // 112 bits

template <auto kFree>
struct FreeBy {
  template <typename T>
  void operator()(T* p) const {
    kFree(p);
  }
};
template <typename T, auto kFree>
using Owned = std::unique_ptr<T, FreeBy<kFree>>;

using OwnedBio = Owned<BIO, &BIO_free>;
using OwnedKey = Owned<EVP_PKEY, &EVP_PKEY_free>;
using OwnedContext = Owned<X509_STORE_CTX, &X509_STORE_CTX_free>;
using OwnedGeneralNames = Owned<GENERAL_NAMES, &GENERAL_NAMES_free>;

// OpenSSL's errors stay in the thread, and gRPC would take ours for its own: they end with this.
class ErrorScope {
 public:
  ErrorScope() { ERR_set_mark(); }
  ~ErrorScope() { ERR_pop_to_mark(); }
};

OwnedBio Open(std::string_view pem) {
  return OwnedBio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

int NoPassword(char*, int, int, void*) { return -1; }  // OpenSSL would ask at the terminal

absl::StatusOr<std::vector<std::shared_ptr<X509>>> ParseCertificates(std::string_view pem) {
  const ErrorScope scope;
  const OwnedBio bio = Open(pem);
  std::vector<std::shared_ptr<X509>> certificates;
  while (X509* const x = PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr)) {
    certificates.emplace_back(x, &X509_free);
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_end) {
    return absl::InvalidArgumentError(
        absl::StrCat("its certificate ", certificates.size() + 1, " cannot be read"));
  }
  if (certificates.empty()) {
    return absl::InvalidArgumentError("it has no PEM block of type CERTIFICATE");
  }
  return certificates;
}

// What `write` writes.
std::string Written(absl::FunctionRef<void(BIO*)> write) {
  const OwnedBio bio(BIO_new(BIO_s_mem()));
  write(bio.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string ToPem(const std::vector<std::shared_ptr<X509>>& certificates) {
  return Written([&](BIO* bio) {
    for (const auto& certificate : certificates) PEM_write_bio_X509(bio, certificate.get());
  });
}

std::string ToString(const X509_NAME* name) {
  return Written([&](BIO* bio) { X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253); })
      .substr(0, kMaxNamesShown);
}

absl::Time ToTime(const ASN1_TIME* time) {
  std::tm tm{};
  if (ASN1_TIME_to_tm(time, &tm) != 1) return absl::InfinitePast();
  return absl::FromTM(tm, absl::UTCTimeZone());
}

std::string ToString(const ASN1_TIME* time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", ToTime(time), absl::UTCTimeZone());
}

std::string_view BytesOf(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

OwnedGeneralNames AlternativeNames(X509* certificate) {
  return OwnedGeneralNames(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
}

// "DNS:localhost", "URI:concord:alice", "IP:127.0.0.1".
std::string ToString(const GENERAL_NAME& name) {
  int type = 0;
  const auto* const string = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(&name, &type));
  const auto text = [&] {
    const std::string_view bytes = BytesOf(string);
    return absl::CHexEscape({bytes.data(), bytes.size()});
  };
  if (type == GEN_DNS) return absl::StrCat("DNS:", text());
  if (type == GEN_URI) return absl::StrCat("URI:", text());
  if (type == GEN_EMAIL) return absl::StrCat("email:", text());
  if (type != GEN_IPADD) return "another kind of name";
  const std::string_view bytes = BytesOf(string);
  char shown[INET6_ADDRSTRLEN] = "(odd)";
  if (bytes.size() == 4) inet_ntop(AF_INET, bytes.data(), shown, sizeof shown);
  if (bytes.size() == 16) inet_ntop(AF_INET6, bytes.data(), shown, sizeof shown);
  return absl::StrCat("IP:", shown);
}

bool IsIpAddress(const std::string& host) {
  return Owned<ASN1_OCTET_STRING, &ASN1_OCTET_STRING_free>(a2i_IPADDRESS(host.c_str())) != nullptr;
}

// False: it cannot be required.
bool RequireHost(X509_VERIFY_PARAM* parameters, const std::string& host) {
  if (IsIpAddress(host)) return X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(
      parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  return X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size()) == 1;
}

// What OpenSSL's own words leave open.
std::string Details(X509_STORE_CTX* context, const std::string& names, const std::string& host) {
  X509* const certificate = X509_STORE_CTX_get_current_cert(context);
  if (certificate == nullptr) return "";
  switch (X509_STORE_CTX_get_error(context)) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return absl::StrCat(" at ", ToString(X509_get0_notAfter(certificate)));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return absl::StrCat(" before ", ToString(X509_get0_notBefore(certificate)));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return absl::StrCat(": it is not for ", absl::CHexEscape(host), " but for ", names);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return absl::StrCat(": its issuer ", ToString(X509_get_issuer_name(certificate)),
                          " is not trusted");
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return absl::StrCat(": ", ToString(X509_get_subject_name(certificate)), " is not trusted");
    default:
      return absl::StrCat(" (", ToString(X509_get_subject_name(certificate)), ")");
  }
}

// Whether OpenSSL can present these in a handshake: gRPC, which does no better, would go on without
// any and answer nobody.
absl::Status Use(const std::vector<std::shared_ptr<X509>>& certificates, EVP_PKEY* key) {
  const Owned<SSL_CTX, &SSL_CTX_free> context(SSL_CTX_new(TLS_method()));
  bool used = context && SSL_CTX_use_certificate(context.get(), certificates.front().get()) == 1;
  for (std::size_t i = 1; used && i < certificates.size(); ++i) {
    used = SSL_CTX_add1_chain_cert(context.get(), certificates[i].get()) == 1;
  }
  if (used && SSL_CTX_use_PrivateKey(context.get(), key) == 1) return absl::OkStatus();
  const char* const why = ERR_reason_error_string(ERR_peek_last_error());
  return absl::InvalidArgumentError(absl::StrCat("OpenSSL does not use it with its certificates: ",
                                                 why ? why : "no reason given"));
}

}  // namespace

absl::StatusOr<Trust> Trust::Parse(std::string_view pem) {
  const auto certificates = ParseCertificates(pem);
  if (!certificates.ok()) return certificates.status();
  const ErrorScope scope;
  Trust trust;
  trust.store_ = std::shared_ptr<X509_STORE>(X509_STORE_new(), &X509_STORE_free);
  for (const std::shared_ptr<X509>& certificate : *certificates) {
    X509_STORE_add_cert(trust.store_.get(), certificate.get());
  }
  trust.pem_ = ToPem(*certificates);
  return trust;
}

absl::StatusOr<Chain> Chain::Parse(std::string_view pem) {
  auto certificates = ParseCertificates(pem);
  if (!certificates.ok()) return certificates.status();
  Chain chain;
  chain.certificates_ = *std::move(certificates);
  return chain;
}

absl::StatusOr<std::string> Chain::FindKey(std::string_view pem) const {
  const ErrorScope scope;
  const OwnedBio bio = Open(pem);
  const OwnedKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassword, nullptr));
  if (!key) {
    const bool encrypted = pem.find("ENCRYPTED") != std::string_view::npos;
    return absl::InvalidArgumentError(
        encrypted ? "it is encrypted: it must be given unencrypted"
                  : "it has no private key in PEM, or one that cannot be read");
  }
  if (X509_check_private_key(certificates_.front().get(), key.get()) != 1) {
    return absl::InvalidArgumentError("it is not the key of the certificate");
  }
  if (absl::Status used = Use(certificates_, key.get()); !used.ok()) return used;
  return Written([&](BIO* bio) {
    PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

absl::Status Chain::Verify(const Trust& trust, Role role, const std::string& host) const {
  const ErrorScope scope;
  const Owned<STACK_OF(X509), [](STACK_OF(X509) * s) { sk_X509_free(s); }> others(
      sk_X509_new_null());
  for (std::size_t i = 1; i < certificates_.size(); ++i) {
    sk_X509_push(others.get(), certificates_[i].get());
  }
  const OwnedContext context(X509_STORE_CTX_new());
  X509* const leaf = certificates_.front().get();
  if (X509_STORE_CTX_init(context.get(), trust.store_.get(), leaf, others.get()) != 1 ||
      X509_STORE_CTX_set_default(context.get(),
                                 role == Role::kServer ? "ssl_server" : "ssl_client") != 1) {
    return absl::InternalError("OpenSSL cannot begin to verify a certificate");
  }
  X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_auth_level(parameters, kSecurityLevel);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
  if (!host.empty() && !RequireHost(parameters, host)) {
    return absl::UnauthenticatedError(
        absl::StrCat("it cannot be checked for the host '", absl::CHexEscape(host), "'"));
  }

  if (X509_verify_cert(context.get()) == 1) return absl::OkStatus();
  const int error = X509_STORE_CTX_get_error(context.get());
  return absl::UnauthenticatedError(
      absl::StrCat(X509_verify_cert_error_string(error), Details(context.get(), Names(), host)));
}

bool Chain::NamesNode(std::string_view name) const {
  const ErrorScope scope;
  const OwnedGeneralNames names = AlternativeNames(certificates_.front().get());
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = 0;
    const void* const value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
    if (type != GEN_DNS && type != GEN_URI) continue;
    const std::string_view bytes = BytesOf(static_cast<const ASN1_STRING*>(value));
    if (type == GEN_DNS ? IsNodeDnsName(bytes, name) : IsNodeUri(bytes, name)) return true;
  }
  return false;
}

std::string Chain::Names() const {
  const ErrorScope scope;
  const OwnedGeneralNames names = AlternativeNames(certificates_.front().get());
  std::string text;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()) && text.size() < kMaxNamesShown; ++i) {
    absl::StrAppend(&text, text.empty() ? "" : ", ",
                    ToString(*sk_GENERAL_NAME_value(names.get(), i)));
  }
  if (text.empty()) return "nothing: it has no subject alternative names";
  if (text.size() <= kMaxNamesShown) return text;
  return text.substr(0, kMaxNamesShown) + "...";
}

std::string Chain::pem() const { return ToPem(certificates_); }

absl::Time Chain::expires() const {
  return ToTime(X509_get0_notAfter(certificates_.front().get()));
}

bool IsNodeDnsName(std::string_view dns_name, std::string_view name) { return dns_name == name; }

bool IsNodeUri(std::string_view uri, std::string_view name) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string expected = "concord:";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || (c != '\0' && std::strchr("-._~", c) != nullptr)) {
      expected += c;
    } else {
      expected += {'%', kDigits[byte / 16], kDigits[byte % 16]};
    }
  }
  return uri == expected;
}

}  // namespace concord::runtime
