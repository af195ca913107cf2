// Log lines: an event and its fields, one line each.
#ifndef CONCORD_RUNTIME_LOG_H_
#define CONCORD_RUNTIME_LOG_H_

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace spdlog {
class logger;
}  // namespace spdlog

namespace concord::runtime {

// Thread-safe; cheap to copy. Silent without a logger.
class Log {
 public:
  enum class Level { kDebug, kInfo, kWarning };
  using Field = std::pair<std::string_view, std::string_view>;

  // Every line carries `node`, unless it is empty. `json`: fields as members of a JSON object, else
  // key=value.
  Log(std::shared_ptr<spdlog::logger> logger, bool json, std::string node);

  // Whether a line of that level goes anywhere: ask before making costly fields.
  bool Enabled(Level level) const;

  // `event` and the fields' names are literals; values are escaped.
  void Write(Level level, std::string_view event, std::initializer_list<Field> fields = {}) const;

 private:
  std::shared_ptr<spdlog::logger> logger_;
  bool json_;
  std::string node_;
};

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_LOG_H_
