#include "kv/workload.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "examples/kv/wire.h"

namespace kv {
namespace {

std::string Register(std::size_t number) { return absl::StrCat("register-", number); }
std::string Element(std::size_t number) { return absl::StrCat("element-", number); }

}  // namespace

Workload::Workload(const std::vector<std::string>& stores, const Options& options)
    : options_(options), client_(stores, options.timeout) {
  for (int i = 0; i < options_.clients; ++i) threads_.emplace_back([this, i] { Run(i); });
}

void Workload::Stop() {
  stopped_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Workload::ReadAll() {
  std::vector<std::string> keys;
  for (int i = 0; i < options_.registers; ++i) keys.push_back(Register(static_cast<unsigned>(i)));
  for (std::size_t i = 0; i < elements_; ++i) keys.push_back(Element(i));
  std::atomic<std::size_t> next = 0;
  for (int i = 0; i < options_.clients; ++i) {
    threads_.emplace_back([this, &keys, &next, reader = options_.clients + i] {
      for (std::size_t key = next++; key < keys.size(); key = next++) {
        Do(reader, History::Kind::kGet, keys[key]);
      }
    });
  }
  Stop();
}

void Workload::Run(int number) {
  std::mt19937_64 random(options_.seed * 1000 + static_cast<unsigned>(number));
  const auto some_register = [&] {
    return Register(random() % static_cast<unsigned>(options_.registers));
  };
  for (; !stopped_; absl::SleepFor(options_.pause)) {
    const auto percent = static_cast<unsigned>(random() % 100);
    if (percent < 45) {
      Do(number, History::Kind::kGet, some_register());
    } else if (percent < 80) {
      Do(number, History::Kind::kPut, some_register());
    } else if (percent < 84) {
      Do(number, History::Kind::kDelete, some_register());
    } else {
      std::unique_lock lock(mutex_);
      const bool add = percent < 94 || elements_ == 0;
      const std::string key = Element(add ? elements_++ : random() % elements_);
      lock.unlock();
      Do(number, add ? History::Kind::kPut : History::Kind::kGet, key);
    }
  }
}

void Workload::Do(int number, History::Kind kind, const std::string& key) {
  std::unique_lock lock(mutex_);
  const std::string value = absl::StrCat("value-", ++values_);
  const absl::Time begun = absl::Now();
  const std::size_t operation = history_.Begin(number, kind, key, value, begun);
  lock.unlock();
  if (kind == History::Kind::kGet) return Read(number, operation, key, begun);
  absl::StatusOr<wire::PutResponse> put;
  if (kind == History::Kind::kPut) {
    wire::PutRequest request;
    request.set_key(key);
    request.set_value(value);
    put = client_.Put(request);
  } else {
    wire::DeleteRequest request;
    request.set_key(key);
    put = client_.Delete(request);
  }
  lock.lock();
  if (!put.ok()) return;  // it may have happened, or happen yet
  write_milliseconds_.push_back(absl::ToDoubleMilliseconds(absl::Now() - begun));
  history_.Wrote(operation, FromWire(put->version()), absl::Now());
}

void Workload::Read(int number, std::size_t operation, const std::string& key, absl::Time begun) {
  std::unique_lock lock(mutex_);
  const Version seen = seen_[{number, key}];
  lock.unlock();
  wire::GetRequest request;
  request.set_key(key);
  *request.mutable_not_before() = ToWire(seen);
  const absl::StatusOr<wire::GetResponse> got = client_.Get(request);
  lock.lock();
  if (!got.ok() && !absl::IsNotFound(got.status())) return;
  read_milliseconds_.push_back(absl::ToDoubleMilliseconds(absl::Now() - begun));
  if (!got.ok()) return history_.Read(operation, std::nullopt, {}, absl::Now());
  seen_[{number, key}] = std::max(seen, FromWire(got->version()));
  history_.Read(operation, got->value(), FromWire(got->version()), absl::Now());
}

}  // namespace kv
