// A logger that remembers its lines.
#ifndef CONCORD_TESTS_RUNTIME_PAPER_H_
#define CONCORD_TESTS_RUNTIME_PAPER_H_

#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/sink.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/mutex.h"

namespace concord::runtime {

class Paper {
 public:
  explicit Paper(const char* pattern = "%v")
      : sink_(std::make_shared<Sink>()), logger_(std::make_shared<spdlog::logger>("test", sink_)) {
    logger_->set_pattern(pattern);
    logger_->set_level(spdlog::level::debug);
  }

  const std::shared_ptr<spdlog::logger>& logger() const { return logger_; }

  std::vector<std::string> lines() const { return sink_->lines(); }
  bool Has(const std::string& line) const {
    for (const std::string& written : lines()) {
      if (written == line) return true;
    }
    return false;
  }

 private:
  // Not one of spdlog's own: their locks are in a library that ThreadSanitizer does not see into.
  class Sink final : public spdlog::sinks::sink {
   public:
    void log(const spdlog::details::log_msg& message) override {
      MutexLock lock(mutex_);
      spdlog::memory_buf_t line;
      formatter_->format(message, line);
      lines_.emplace_back(line.data(), line.size() - 1);  // without the newline
    }
    void flush() override {}
    void set_pattern(const std::string& pattern) override {
      set_formatter(std::make_unique<spdlog::pattern_formatter>(
          pattern, spdlog::pattern_time_type::local, "\n"));
    }
    void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
      MutexLock lock(mutex_);
      formatter_ = std::move(formatter);
    }
    std::vector<std::string> lines() const {
      MutexLock lock(mutex_);
      return lines_;
    }

   private:
    mutable Mutex mutex_;
    std::unique_ptr<spdlog::formatter> formatter_ ABSL_GUARDED_BY(mutex_);
    std::vector<std::string> lines_ ABSL_GUARDED_BY(mutex_);
  };

  const std::shared_ptr<Sink> sink_;
  const std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace concord::runtime

#endif  // CONCORD_TESTS_RUNTIME_PAPER_H_
