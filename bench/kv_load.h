// What the stores of the benchmark hold: keys of one length, and values of one length.
#ifndef CONCORD_BENCH_KV_LOAD_H_
#define CONCORD_BENCH_KV_LOAD_H_

#include <cstddef>
#include <string>
#include <vector>

namespace concord::bench {

class KvLoad {
 public:
  KvLoad(std::size_t keys, std::size_t value_bytes);

  const std::vector<std::string>& keys() const { return keys_; }
  std::size_t value_bytes() const { return value_bytes_; }
  std::size_t entry_bytes() const { return keys_.front().size() + value_bytes_; }
  // `random` chooses among some thousand; their bytes are random, too.
  std::string Value(std::size_t random) const;

 private:
  const std::size_t value_bytes_;
  std::vector<std::string> keys_;
  std::string bytes_;
};

// Puts every key once, into whatever answers at these addresses, and checks that all are taken.
void Fill(const std::vector<std::string>& stores, const KvLoad& load);

}  // namespace concord::bench

#endif  // CONCORD_BENCH_KV_LOAD_H_
