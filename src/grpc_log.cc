#include "concord/grpc_log.h"

#include <grpc/support/log.h>

#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "runtime/line_limiter.h"
#include "runtime/log.h"
#include "runtime/mutex.h"

namespace concord {
namespace {

using runtime::Log;
using runtime::MutexLock;

class GrpcLog {
 public:
  void SetLog(std::optional<Log> log) {
    MutexLock lock(mutex_);
    log_ = std::move(log);
    limiters_.clear();
  }

  void Write(const gpr_log_func_args& line) {
    const char* const slash = std::strrchr(line.file, '/');
    const std::string source =
        absl::StrCat(slash != nullptr ? slash + 1 : line.file, ":", line.line);
    std::optional<Log> log;
    std::optional<int> left_out;
    {
      MutexLock lock(mutex_);
      log = log_;
      left_out = limiters_[source].Pass(absl::Now());
    }
    if (!log || !left_out) return;
    log->Write(
        LevelOf(line.severity), "grpc",
        {{"source", source}, {"message", line.message}, {"left_out", absl::StrCat(*left_out)}});
  }

 private:
  static Log::Level LevelOf(gpr_log_severity severity) {
    if (severity == GPR_LOG_SEVERITY_ERROR) return Log::Level::kWarning;
    return severity == GPR_LOG_SEVERITY_INFO ? Log::Level::kInfo : Log::Level::kDebug;
  }

  runtime::Mutex mutex_;
  std::optional<Log> log_ ABSL_GUARDED_BY(mutex_);
  // By place in gRPC's code, of which there are only so many.
  std::map<std::string, runtime::LineLimiter> limiters_ ABSL_GUARDED_BY(mutex_);
};

GrpcLog& TheGrpcLog() {
  static auto* const log = new GrpcLog;  // gRPC's threads may outlive static objects
  return *log;
}

void WriteLine(gpr_log_func_args* line) { TheGrpcLog().Write(*line); }

}  // namespace

void LogGrpc(std::shared_ptr<spdlog::logger> logger, LogFormat format) {
  if (!logger) {
    gpr_set_log_function(nullptr);
    TheGrpcLog().SetLog(std::nullopt);
    return;
  }
  TheGrpcLog().SetLog(Log(std::move(logger), format == LogFormat::kJson, ""));
  gpr_set_log_function(&WriteLine);
}

}  // namespace concord
