#include "runtime/default_hash.h"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

namespace concord::runtime {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

Id DefaultHash(std::string_view key) {
  // Fetching the algorithm and making a context each cost more than hashing a short key.
  static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());

  unsigned char digest[EVP_MAX_MD_SIZE];
  const bool hashed = EVP_DigestInit_ex2(context.get(), sha256, nullptr) == 1 &&
                      EVP_DigestUpdate(context.get(), key.data(), key.size()) == 1 &&
                      EVP_DigestFinal_ex(context.get(), digest, nullptr) == 1;
  if (!hashed) std::abort();  // out of memory, or an OpenSSL without SHA-256

  Id id = 0;
  for (int i = 0; i < 8; ++i) id = id << 8 | digest[i];
  return id;
}

}  // namespace concord::runtime
