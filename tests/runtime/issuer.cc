#include "issuer.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdlib>

namespace concord::runtime {
namespace {

std::shared_ptr<EVP_PKEY> MakeKey(const Wish& wish) {
  EVP_PKEY* const key = wish.rsa_bits != nullptr
                            ? EVP_RSA_gen(static_cast<unsigned>(std::atoi(wish.rsa_bits)))
                            : EVP_EC_gen("P-256");
  return {key, &EVP_PKEY_free};
}

std::string Text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

void AddName(GENERAL_NAMES* names, int type, const std::string& bytes) {
  GENERAL_NAME* const name = GENERAL_NAME_new();
  ASN1_STRING* const value = type == GEN_IPADD
                                 ? static_cast<ASN1_STRING*>(a2i_IPADDRESS(bytes.c_str()))
                                 : ASN1_STRING_type_new(V_ASN1_IA5STRING);
  if (type != GEN_IPADD) ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size()));
  GENERAL_NAME_set0_value(name, type, value);
  sk_GENERAL_NAME_push(names, name);
}

void AddAlternativeNames(X509* certificate, const Wish& wish) {
  GENERAL_NAMES* const names = GENERAL_NAMES_new();
  for (const std::string& name : wish.dns) AddName(names, GEN_DNS, name);
  for (const std::string& name : wish.uris) AddName(names, GEN_URI, name);
  for (const std::string& name : wish.addresses) AddName(names, GEN_IPADD, name);
  if (sk_GENERAL_NAME_num(names) > 0) {
    X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT);
  }
  GENERAL_NAMES_free(names);
}

void AddExtension(X509* certificate, int kind, const char* value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

std::string Issued::key_pem() const {
  BIO* const bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return Text(bio);
}

std::string Issued::pem() const {
  BIO* const bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate.get());
  return Text(bio);
}

Issued Issue(const Wish& wish, const Issued* issuer) {
  Issued issued{MakeKey(wish), {X509_new(), &X509_free}};
  X509* const x = issued.certificate.get();
  X509_set_version(x, X509_VERSION_3);
  static int serial = 0;
  ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
  ASN1_TIME_set(X509_getm_notBefore(x), absl::ToTimeT(wish.from));
  ASN1_TIME_set(X509_getm_notAfter(x), absl::ToTimeT(wish.until));
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wish.subject.data()),
                             static_cast<int>(wish.subject.size()), -1, 0);
  const Issued& signer = issuer != nullptr ? *issuer : issued;
  X509_set_issuer_name(x, X509_get_subject_name(signer.certificate.get()));
  X509_set_pubkey(x, issued.key.get());
  AddExtension(x, NID_basic_constraints, wish.ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (wish.usage != nullptr) AddExtension(x, NID_ext_key_usage, wish.usage);
  AddAlternativeNames(x, wish);
  X509_sign(x, signer.key.get(), EVP_sha256());
  return issued;
}

}  // namespace concord::runtime
