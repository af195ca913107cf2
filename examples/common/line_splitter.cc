#include "examples/common/line_splitter.h"

#include <utility>

namespace concord::example {

void LineSplitter::Append(std::string_view bytes) {
  for (std::size_t end; (end = bytes.find('\n')) != std::string_view::npos;) {
    Grow(bytes.substr(0, end));
    EndLine();
    bytes.remove_prefix(end + 1);
  }
  Grow(bytes);
}

void LineSplitter::Finish() {
  if (current_.length > 0) EndLine();
}

std::optional<Line> LineSplitter::Next() {
  if (lines_.empty()) return std::nullopt;
  Line line = std::move(lines_.front());
  lines_.pop_front();
  return line;
}

void LineSplitter::Grow(std::string_view piece) {
  current_.length += piece.size();
  current_.text.append(piece.substr(0, limit_ - current_.text.size()));
}

void LineSplitter::EndLine() {
  lines_.push_back(std::move(current_));
  current_ = Line();
}

}  // namespace concord::example
