// A fuzzer's bytes, taken from the front piece by piece; and the other way round, for the seeds.
//
// (libFuzzer's own FuzzedDataProvider would do, but only clang has it, and takes numbers from the
// back. The corpora are replayed by every build, and made by a program that one can read.)
#ifndef CONCORD_FUZZ_INPUT_H_
#define CONCORD_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace concord::fuzz {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : bytes_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return bytes_.empty(); }

  // Zero when nothing is left.
  std::uint8_t Byte() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }
  // 0 <= result < limit; limit at most 256.
  unsigned Below(unsigned limit) { return Byte() % limit; }

  // A length byte and so many bytes, or what is left.
  std::string Chunk() { return Take(Byte()); }
  std::string Rest() { return Take(bytes_.size()); }

 private:
  std::string Take(std::size_t size) {
    size = std::min(size, bytes_.size());
    std::string taken(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return taken;
  }

  std::string_view bytes_;
};

// Writes what Input reads.
class Output {
 public:
  Output& Byte(unsigned value) {
    bytes_ += static_cast<char>(value);
    return *this;
  }
  // At most 255 bytes.
  Output& Chunk(const std::string& bytes) {
    Byte(static_cast<unsigned>(bytes.size()));
    return Rest(bytes);
  }
  Output& Rest(const std::string& bytes) {
    bytes_ += bytes;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace concord::fuzz

#endif  // CONCORD_FUZZ_INPUT_H_
