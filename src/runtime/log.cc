#include "runtime/log.h"

#include <spdlog/logger.h>

#include <algorithm>
#include <cstdio>

#include "runtime/utf8.h"

namespace concord::runtime {
namespace {

spdlog::level::level_enum ToSpdlog(Log::Level level) {
  switch (level) {
    case Log::Level::kDebug:
      return spdlog::level::debug;
    case Log::Level::kInfo:
      return spdlog::level::info;
    case Log::Level::kWarning:
      return spdlog::level::warn;
  }
  return spdlog::level::off;
}

// Between double quotes, as JSON and every reader of key=value understand it. Bytes that are no
// text become the code points U+0080 to U+00FF, so that a line stays well-formed whatever it
// quotes.
void AppendQuoted(std::string& line, std::string_view value) {
  const bool text = IsUtf8(value);
  line += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !text)) {
      char escape[7];
      std::snprintf(escape, sizeof escape, "\\u%04x", byte);
      line += escape;
    } else {
      line += c;
    }
  }
  line += '"';
}

bool NeedsQuotes(std::string_view value) {
  const auto plain = [](unsigned char c) {
    return c > 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '=';
  };
  return value.empty() || !std::all_of(value.begin(), value.end(), plain);
}

void AppendField(std::string& line, bool json, const Log::Field& field) {
  if (!line.empty()) line += json ? ',' : ' ';
  if (json) {
    AppendQuoted(line, field.first);
    line += ':';
    AppendQuoted(line, field.second);
  } else {
    line += field.first;
    line += '=';
    if (NeedsQuotes(field.second)) {
      AppendQuoted(line, field.second);
    } else {
      line += field.second;
    }
  }
}

}  // namespace

Log::Log(std::shared_ptr<spdlog::logger> logger, bool json, std::string node)
    : logger_(std::move(logger)), json_(json), node_(std::move(node)) {}

bool Log::Enabled(Level level) const { return logger_ && logger_->should_log(ToSpdlog(level)); }

void Log::Write(Level level, std::string_view event, std::initializer_list<Field> fields) const {
  if (!Enabled(level)) return;
  std::string line;
  AppendField(line, json_, {"event", event});
  if (!node_.empty()) AppendField(line, json_, {"node", node_});
  for (const Field& field : fields) AppendField(line, json_, field);
  logger_->log(ToSpdlog(level), spdlog::string_view_t(line));
}

}  // namespace concord::runtime
