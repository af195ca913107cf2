#include "kv_load.h"

#include <atomic>
#include <limits>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "examples/kv/client.h"
#include "measure.h"

namespace concord::bench {
namespace {

constexpr std::size_t kValues = 4096;
constexpr int kWriters = 32;

}  // namespace

KvLoad::KvLoad(std::size_t keys, std::size_t value_bytes) : value_bytes_(value_bytes) {
  std::mt19937_64 random;
  for (std::size_t i = 0; i < keys; ++i) keys_.push_back(absl::StrFormat("%016x", random()));
  for (std::size_t i = 0; i < value_bytes + kValues; ++i) {
    bytes_ += static_cast<char>(random() & std::numeric_limits<unsigned char>::max());
  }
}

std::string KvLoad::Value(std::size_t random) const {
  return bytes_.substr(random % kValues, value_bytes_);
}

void Fill(const std::vector<std::string>& stores, const KvLoad& load) {
  kv::Client client(stores);
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&] {
      for (std::size_t at = next++; at < load.keys().size(); at = next++) {
        kv::wire::PutRequest request;
        request.set_key(load.keys()[at]);
        request.set_value(load.Value(at));
        const auto put = client.Put(request);
        if (!put.ok()) Fail(absl::StrCat("a put failed: ", put.status().ToString()));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
}

}  // namespace concord::bench
