// What is logged, to be read while it is being written.
#ifndef CONCORD_TESTS_SUPPORT_LOG_TEXT_H_
#define CONCORD_TESTS_SUPPORT_LOG_TEXT_H_

#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>

#include <memory>
#include <mutex>
#include <string>

#include "support/eventually.h"

namespace concord::testing {

class LogText {
 public:
  std::shared_ptr<spdlog::logger> logger() const { return logger_; }
  std::string text() const { return sink_->text(); }
  bool Has(const std::string& part) const { return text().find(part) != std::string::npos; }
  // Waits for it.
  bool Gets(const std::string& part) const {
    return Eventually([&] { return Has(part); });
  }

 private:
  // Not one of spdlog's own: their locks are in a library that ThreadSanitizer does not see into.
  class Sink final : public spdlog::sinks::sink {
   public:
    void log(const spdlog::details::log_msg& message) override {
      const std::lock_guard<std::mutex> lock(mutex_);
      text_.append(message.payload.data(), message.payload.size());
      text_ += '\n';
    }
    void flush() override {}
    void set_pattern(const std::string&) override {}
    void set_formatter(std::unique_ptr<spdlog::formatter>) override {}
    std::string text() const {
      const std::lock_guard<std::mutex> lock(mutex_);
      return text_;
    }

   private:
    mutable std::mutex mutex_;
    std::string text_;
  };
  std::shared_ptr<Sink> sink_ = std::make_shared<Sink>();
  std::shared_ptr<spdlog::logger> logger_ = std::make_shared<spdlog::logger>("test", sink_);
};

}  // namespace concord::testing

#endif  // CONCORD_TESTS_SUPPORT_LOG_TEXT_H_
