#include "sim/programs/campaign.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/programs/exit_status.h"

namespace concord::sim {
namespace {

using Clock = std::chrono::steady_clock;

// The seed that this thread is running, for OnCrash.
thread_local std::atomic<std::uint64_t> running_seed{0};

extern "C" void OnCrash(int signal) {
  // Only what a signal handler may call: no formatting by the library.
  char text[] = "\nthe code under test crashed in seed 00000000000000000000 (signal 00)\n";
  char* const digits = text + sizeof "\nthe code under test crashed in seed " - 1;
  std::uint64_t seed = running_seed.load(std::memory_order_relaxed);
  for (int i = 19; i >= 0; --i, seed /= 10) digits[i] = static_cast<char>('0' + seed % 10);
  char* const number = digits + 20 + sizeof " (signal " - 1;
  number[0] = static_cast<char>('0' + signal / 10 % 10);
  number[1] = static_cast<char>('0' + signal % 10);
  std::fputs(text, stderr);
  std::_Exit(kCrashed);
}

class Campaign {
 public:
  explicit Campaign(const CampaignOptions& options)
      : options_(options), next_(options.first_seed), begin_(Clock::now()), said_(begin_) {}

  CampaignResult Run() {
    for (const int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL})
      std::signal(signal, OnCrash);
    const unsigned processors = std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < (options_.jobs > 0 ? options_.jobs : processors); ++i) {
      threads.emplace_back([this] { RunSome(); });
    }
    for (std::thread& thread : threads) thread.join();
    result_.seconds = Seconds();
    return result_;
  }

 private:
  // Seeds are given out in order, so that when one fails all lower ones are run to the end.
  void RunSome() {
    for (;;) {
      const std::uint64_t seed = next_.fetch_add(1);
      if (seed >= options_.first_seed + options_.seeds || failed_) return;
      running_seed = seed;
      const Scenario scenario = DrawScenario(seed, options_.assumptions);
      Take(seed, sim::Run(scenario).Go());
    }
  }

  void Take(std::uint64_t seed, Verdict verdict) {
    const std::lock_guard lock(mutex_);
    ++result_.seeds;
    result_.events += verdict.events;
    result_.forgotten += verdict.forgotten;
    if (verdict.kind != Verdict::Kind::kPassed) {
      failed_ = true;
      if (!result_.failure || seed < result_.failure->seed) {
        result_.failure = Failure{seed, std::move(verdict)};
      }
    }
    if (Clock::now() - said_ < std::chrono::seconds(2)) return;
    said_ = Clock::now();
    result_.seconds = Seconds();
    std::fprintf(stderr, "%s\n", Describe(options_, result_).c_str());
  }

  double Seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

  const CampaignOptions options_;
  std::atomic<std::uint64_t> next_;
  std::atomic<bool> failed_{false};
  const Clock::time_point begin_;
  std::mutex mutex_;  // guards the rest
  Clock::time_point said_;
  CampaignResult result_;
};

}  // namespace

CampaignResult RunSeeds(const CampaignOptions& options) { return Campaign(options).Run(); }

std::string Describe(const CampaignOptions& options, const CampaignResult& result) {
  std::string text = absl::StrFormat(
      "%s: %d of %d seeds, %d protocol events in %.1f s (%.2f million a second), %s", options.name,
      result.seeds, options.seeds, result.events, result.seconds,
      static_cast<double>(result.events) / 1e6 / std::max(result.seconds, 1e-9),
      result.failure ? "FAILED" : "no violation");
  if (!result.failure) absl::StrAppend(&text, ", all healed");
  if (result.forgotten > 0) {
    absl::StrAppend(&text, " (", result.forgotten, " members that nobody remembered joined again)");
  }
  return text;
}

}  // namespace concord::sim
