// Calls by the thousand, and the figures that they come to.
#ifndef CONCORD_BENCH_MEASURE_H_
#define CONCORD_BENCH_MEASURE_H_

#include <chrono>
#include <semaphore>
#include <string>
#include <vector>

namespace concord::bench {

using Clock = std::chrono::steady_clock;

// Ends the program (what is registered with std::at_quick_exit is done): a figure of calls that
// went wrong would be worth nothing.
[[noreturn]] void Fail(const std::string& why);

// One way to make a call to a peer.
class Caller {
 public:
  virtual ~Caller() = default;

  // Keeps `outstanding` calls in flight for `how_long`, waits for the last, and returns how long
  // each call took, in microseconds.
  virtual std::vector<double> Call(int outstanding, Clock::duration how_long) = 0;

  // The processor time that all who take part in the calls have used so far.
  virtual double CpuMicroseconds() const;
};

// The calls of one Caller::Call that is driven by completions. Start and Wait belong to the thread
// that wants the figures, Ended to the one thread on which calls complete.
class CallLog {
 public:
  void Start(int outstanding, Clock::duration how_long);

  // A call that began at `started` has come back. True: make the next one in its place.
  bool Ended(Clock::time_point started);

  std::vector<double> Wait();

 private:
  Clock::time_point until_;
  int in_flight_ = 0;
  std::vector<double> took_;
  std::binary_semaphore all_ended_{0};
};

// The same for one call after the other, each waited for.
template <typename MakeCall>
std::vector<double> CallInTurn(Clock::duration how_long, MakeCall make_call) {
  std::vector<double> took;
  const Clock::time_point until = Clock::now() + how_long;
  for (Clock::time_point started = Clock::now(); started < until; started = Clock::now()) {
    make_call();
    took.push_back(std::chrono::duration<double, std::micro>(Clock::now() - started).count());
  }
  return took;
}

struct Figures {
  double p50_us = 0;
  double p99_us = 0;
  double calls_per_s = 0;
  double cpu_us = 0;  // processor time for each call, of both its ends
};

Figures Measure(Caller& caller, int outstanding, Clock::duration how_long);

// The value that the fraction `q` of `values` does not exceed. `values` must not be empty.
double Quantile(std::vector<double> values, double q);

}  // namespace concord::bench

#endif  // CONCORD_BENCH_MEASURE_H_
