#include "measure.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace concord::bench {

void Fail(const std::string& why) {
  std::fprintf(stderr, "\n%s: %s\n", program_invocation_short_name, why.c_str());
  std::quick_exit(1);  // other threads are still at work
}

double Caller::CpuMicroseconds() const {
  rusage used;
  getrusage(RUSAGE_SELF, &used);
  const auto micros = [](const timeval& t) {
    return 1e6 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec);
  };
  return micros(used.ru_utime) + micros(used.ru_stime);
}

void CallLog::Start(int outstanding, Clock::duration how_long) {
  took_.clear();
  took_.reserve(1 << 16);
  in_flight_ = outstanding;
  until_ = Clock::now() + how_long;
}

bool CallLog::Ended(Clock::time_point started) {
  const Clock::time_point now = Clock::now();
  took_.push_back(std::chrono::duration<double, std::micro>(now - started).count());
  if (now < until_) return true;
  if (--in_flight_ == 0) all_ended_.release();
  return false;
}

std::vector<double> CallLog::Wait() {
  all_ended_.acquire();
  return std::move(took_);
}

Figures Measure(Caller& caller, int outstanding, Clock::duration how_long) {
  const double cpu = caller.CpuMicroseconds();
  const Clock::time_point started = Clock::now();
  const std::vector<double> took = caller.Call(outstanding, how_long);
  const std::chrono::duration<double> elapsed = Clock::now() - started;
  const auto calls = static_cast<double>(took.size());
  return {.p50_us = Quantile(took, 0.5),
          .p99_us = Quantile(took, 0.99),
          .calls_per_s = calls / elapsed.count(),
          .cpu_us = (caller.CpuMicroseconds() - cpu) / calls};
}

double Quantile(std::vector<double> values, double q) {
  const auto at = static_cast<std::size_t>(q * static_cast<double>(values.size() - 1) + 0.5);
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(at);
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

}  // namespace concord::bench
