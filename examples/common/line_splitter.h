// Makes lines of the pieces that read() returns.
#ifndef CONCORD_EXAMPLES_COMMON_LINE_SPLITTER_H_
#define CONCORD_EXAMPLES_COMMON_LINE_SPLITTER_H_

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace concord::example {

struct Line {
  std::string text;        // without its newline; any bytes
  std::size_t length = 0;  // of the line as it was read; more than text.size(): it was cut
};

class LineSplitter {
 public:
  // Of a line longer than `limit` bytes only the first `limit` are kept.
  explicit LineSplitter(std::size_t limit) : limit_(limit) {}

  void Append(std::string_view bytes);
  // The input has ended: what follows the last newline, if anything, is a line too.
  void Finish();

  bool empty() const { return lines_.empty(); }
  std::optional<Line> Next();

 private:
  void Grow(std::string_view piece);
  void EndLine();

  const std::size_t limit_;
  Line current_;
  std::deque<Line> lines_;
};

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_COMMON_LINE_SPLITTER_H_
