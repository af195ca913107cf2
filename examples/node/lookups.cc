#include "examples/node/lookups.h"

#include <chrono>
#include <utility>

#include "absl/time/time.h"
#include "examples/node/output.h"

namespace concord::example {
namespace {

using Clock = std::chrono::steady_clock;

Output Answer(const std::string& key, const absl::StatusOr<LookupResult>& result,
              absl::Duration took) {
  return result.ok() ? FoundOutput(key, *result, took) : FailedOutput(key, result.status());
}

}  // namespace

Lookups::Lookups(Node& node, Mailbox& mailbox, std::size_t limit, OnAnswer on_answer)
    : node_(node), mailbox_(mailbox), limit_(limit), on_answer_(std::move(on_answer)) {}

void Lookups::Start(std::string key) {
  const std::uint64_t number = first_ + answers_.size();
  answers_.emplace_back();

  const auto start = Clock::now();
  node_.LookupAsync(key, {}, [=, this](const absl::StatusOr<LookupResult>& result) {
    const absl::Duration took = absl::FromChrono(Clock::now() - start);
    mailbox_.Post([=, this] { Finish(number, Answer(key, result, took)); });
  });
}

void Lookups::Refuse(const std::string& key, const absl::Status& error) {
  answers_.emplace_back();
  Finish(first_ + answers_.size() - 1, FailedOutput(key, error));
}

void Lookups::Finish(std::uint64_t number, Output answer) {
  answers_[number - first_] = std::move(answer);
  for (; !answers_.empty() && answers_.front(); ++first_) {
    on_answer_(*answers_.front());
    answers_.pop_front();
  }
}

}  // namespace concord::example
