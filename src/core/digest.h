// Digests that members compare: FNV-1a of 64 bits, the same on every machine.
#ifndef CONCORD_CORE_DIGEST_H_
#define CONCORD_CORE_DIGEST_H_

#include <cstdint>
#include <string_view>

#include "concord/types.h"

namespace concord::core {

class Digest {
 public:
  void Add(std::string_view text) {
    for (const unsigned char c : text) AddByte(c);
    AddByte(0);
  }
  void Add(std::uint64_t number) {
    for (int byte = 0; byte < 8; ++byte) AddByte(static_cast<unsigned char>(number >> (8 * byte)));
  }
  std::uint64_t value() const { return value_ == 0 ? 1 : value_; }  // 0 stands for none

 private:
  void AddByte(unsigned char byte) { value_ = (value_ ^ byte) * 1099511628211u; }
  std::uint64_t value_ = 14695981039346656037u;
};

// What tells `server` apart from others, and from a life of its own at another address.
inline std::uint64_t DigestOf(const Server& server) {
  Digest digest;
  digest.Add(server.id);
  digest.Add(server.address);
  return digest.value();
}

}  // namespace concord::core

#endif  // CONCORD_CORE_DIGEST_H_
