#include "log_checks.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "check.h"
#include "runtime/log.h"
#include "text_checks.h"

namespace concord::fuzz {
namespace {

using Fields = std::map<std::string, std::string>;

// Keeps the line that was logged last.
class LastLine final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  std::string line;

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    line.assign(message.payload.data(), message.payload.size());
  }
  void flush_() override {}
};

std::string Logged(bool json, const Fields& fields) {
  static const auto sink = std::make_shared<LastLine>();
  static const auto logger = std::make_shared<spdlog::logger>("fuzz", sink);
  const runtime::Log log(logger, json, fields.at("node"));
  log.Write(runtime::Log::Level::kInfo, fields.at("event"),
            {{"key", fields.at("key")}, {"reason", fields.at("reason")}});
  return sink->line;
}

// Bytes that are no text are shown as the code points of the same numbers.
std::string Shown(const std::string& bytes) {
  if (IsText(bytes)) return bytes;
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xC0 | byte >> 6);
      text += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return text;
}

Fields ReadJson(const std::string& object) {
  google::protobuf::Struct parsed;
  const auto status = google::protobuf::util::JsonStringToMessage(object, &parsed);
  Check(status.ok(), "a JSON line parses", object);
  Fields fields;
  for (const auto& [name, value] : parsed.fields()) fields[name] = value.string_value();
  return fields;
}

// Where a quoted value that begins at `open` ends: after its closing quote.
std::size_t EndOfQuoted(const std::string& line, std::size_t open) {
  std::size_t i = open + 1;
  while (i < line.size() && line[i] != '"') i += line[i] == '\\' ? 2 : 1;
  Check(i < line.size(), "a quoted value is closed", line);
  return i + 1;
}

Fields ReadKeyValue(const std::string& line) {
  Fields fields;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t equals = line.find('=', at);
    Check(equals != std::string::npos && equals + 1 < line.size(), "every field has a value", line);
    const std::string name = line.substr(at, equals - at);
    const bool quoted = line[equals + 1] == '"';
    const std::size_t end =
        quoted ? EndOfQuoted(line, equals + 1) : std::min(line.find(' ', equals), line.size());
    const std::string value = line.substr(equals + 1, end - equals - 1);
    fields[name] = quoted ? ReadJson("{\"v\":" + value + "}")["v"] : value;
    Check(end == line.size() || line[end] == ' ', "fields stand apart", line);
    at = end + 1;
  }
  return fields;
}

void CheckLine(const std::string& line) {
  const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
  Check(std::none_of(line.begin(), line.end(), control), "a log line is one line", line);
  Check(IsText(line), "a log line is text", line);
}

}  // namespace

void CheckLog(Input& input) {
  const Fields fields = {{"event", "tested"},
                         {"node", input.Chunk()},
                         {"key", input.Chunk()},
                         {"reason", input.Rest()}};
  Fields shown;
  for (const auto& [name, value] : fields) shown[name] = Shown(value);
  if (shown["node"].empty()) shown.erase("node");  // as what no node says

  const std::string json = Logged(/*json=*/true, fields);
  CheckLine(json);
  Check(ReadJson("{" + json + "}") == shown, "a JSON line says what was logged", json);

  const std::string key_value = Logged(/*json=*/false, fields);
  CheckLine(key_value);
  Check(ReadKeyValue(key_value) == shown, "a key=value line says what was logged", key_value);
}

}  // namespace concord::fuzz
