#include "clients.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "find_successor.h"
#include "sim/prng.h"

namespace concord::chaos {
namespace {

constexpr absl::Duration kPauseBeforeRetry = absl::Milliseconds(20);

// Another one than `last`, if there is.
const Entry& PickEntry(const std::vector<Entry>& entries, const std::string& last,
                       sim::Prng& prng) {
  const std::size_t first = prng.Below(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[(first + i) % entries.size()];
    if (entry.address != last) return entry;
  }
  return entries[first];
}

}  // namespace

Clients::Clients(const Options& options) : options_(options) {
  for (std::size_t i = 0; i < options_.clients; ++i) threads_.emplace_back([this, i] { Run(i); });
}

Clients::~Clients() {
  stopped_ = true;
  for (std::thread& thread : threads_) thread.join();
}

void Clients::SetAim(Aim aim) {
  absl::MutexLock lock(&mutex_);
  aim_ = std::move(aim);
}

Aim Clients::GetAim() {
  absl::MutexLock lock(&mutex_);
  return aim_;
}

std::vector<Sample> Clients::TakeSamples() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(samples_, {});
}

void Clients::Run(std::size_t client) {
  sim::Prng prng(options_.seed + client);
  FindSuccessor find;
  for (; !stopped_; absl::SleepFor(options_.pause)) {
    Aim aim = GetAim();
    if (aim.entries.empty()) continue;
    Sample sample;
    sample.during = aim.during;
    sample.over = aim.over;
    sample.truth = aim.truth;
    sample.key = prng.Next();
    sample.begin = absl::Now();
    const absl::Time deadline = sample.begin + options_.deadline;
    std::string last;
    while (!sample.owner) {
      const absl::Duration left = deadline - absl::Now();
      if (left <= absl::ZeroDuration()) break;
      if (!last.empty()) aim = GetAim();  // who is down now is not asked again
      if (aim.entries.empty()) {
        absl::SleepFor(kPauseBeforeRetry);
        continue;
      }
      const Entry& entry = PickEntry(aim.entries, last, prng);
      last = entry.address;
      sample.side = entry.side;
      absl::StatusOr<Server> owner =
          find.Ask(entry.address, sample.key, std::min(left, options_.try_deadline));
      if (owner.ok()) {
        sample.owner = *std::move(owner);
        break;
      }
      sample.error = absl::StrCat(last, ": ", owner.status().ToString());
      absl::SleepFor(kPauseBeforeRetry);
    }
    sample.end = absl::Now();
    absl::MutexLock lock(&mutex_);
    samples_.push_back(std::move(sample));
  }
}

}  // namespace concord::chaos
