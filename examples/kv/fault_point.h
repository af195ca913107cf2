// Where a test may kill this process: CONCORD_KV_FAULT=NAME:N kills it, as kill -9 does, when it
// comes to the point NAME for the Nth time.
#ifndef CONCORD_EXAMPLES_KV_FAULT_POINT_H_
#define CONCORD_EXAMPLES_KV_FAULT_POINT_H_

#ifdef CONCORD_KV_FAULT_POINTS
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>
#endif

namespace kv {

#ifdef CONCORD_KV_FAULT_POINTS
inline void FaultPoint(std::string_view name) {
  static const std::string fault = [] {
    const char* const value = std::getenv("CONCORD_KV_FAULT");
    return std::string(value != nullptr ? value : "");
  }();
  static std::atomic<long> left = [] {
    const auto colon = fault.find(':');
    return colon == std::string::npos ? 0 : std::atol(fault.c_str() + colon + 1);
  }();
  if (fault.compare(0, fault.find(':'), name) == 0 && --left == 0) kill(getpid(), SIGKILL);
}
#else
inline void FaultPoint(const char*) {}
#endif

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_FAULT_POINT_H_
