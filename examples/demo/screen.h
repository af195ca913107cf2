// Where the demo tells its story: a terminal, or a file that keeps it.
#ifndef CONCORD_EXAMPLES_DEMO_SCREEN_H_
#define CONCORD_EXAMPLES_DEMO_SCREEN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace concord::example {

class Screen {
 public:
  // Writes to standard output. Colours only on a terminal, and not if NO_COLOR is set. When nobody
  // reads any more, the process gets SIGTERM.
  Screen();
  ~Screen();  // takes the status line away

  bool terminal() const { return terminal_; }
  std::size_t width() const { return width_; }

  void Print(std::string_view line = "");
  // Begins a chapter. The explanation is one line, or more that are indented by three columns.
  void Heading(std::string_view title, std::string_view explanation);

  // A line at the bottom of a terminal that the next line or status takes the place of.
  void Status(std::string_view line);

  std::string Bold(std::string_view text) const;
  std::string Dim(std::string_view text) const;
  std::string Green(std::string_view text) const;
  std::string Red(std::string_view text) const;
  // One of a number of colours that are easy to tell apart.
  std::string Colour(std::size_t number, std::string_view text) const;

 private:
  std::string Paint(std::string_view code, std::string_view text) const;
  void Write(const std::string& text);

  const bool terminal_;
  const bool colours_;
  const std::size_t width_;
  bool status_shown_ = false;
};

// Shows how far long work is: a moving bar on a terminal, four lines elsewhere.
class Progress {
 public:
  Progress(Screen& screen, std::string what, std::size_t total);
  void Update(std::size_t done);

 private:
  std::string Line(std::size_t done) const;

  Screen& screen_;
  const std::string what_;
  const std::size_t total_;
  const absl::Time start_;
  absl::Time shown_ = absl::InfinitePast();
  std::size_t next_line_;  // on what is no terminal
};

// 1234567 -> "1,234,567"
std::string Thousands(std::uint64_t number);

// "1 word", "2 words": the plural is formed with s.
std::string Count(std::uint64_t number, std::string_view noun);

// A bar of `width` columns of which the `part` (0 to 1) is filled, to an eighth of a column.
std::string Bar(double part, std::size_t width);

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_DEMO_SCREEN_H_
