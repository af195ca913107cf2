#include "examples/demo/screen.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace concord::example {
namespace {

constexpr char kEraseLine[] = "\r\x1b[K";

bool IsTerminal() {
  const char* term = std::getenv("TERM");
  return isatty(STDOUT_FILENO) && (term == nullptr || std::string_view(term) != "dumb");
}

// See no-color.org.
bool ColoursWanted() {
  const char* no_color = std::getenv("NO_COLOR");
  return no_color == nullptr || *no_color == '\0';
}

std::size_t Columns() {
  winsize size = {};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? std::clamp<std::size_t>(size.ws_col, 60, 120) : 100;
}

}  // namespace

Screen::Screen()
    : terminal_(IsTerminal()), colours_(terminal_ && ColoursWanted()), width_(Columns()) {}

Screen::~Screen() {
  if (status_shown_) Write(kEraseLine);
}

void Screen::Print(std::string_view line) {
  Write(absl::StrCat(status_shown_ ? kEraseLine : "", std::string(line), "\n"));
  status_shown_ = false;
}

void Screen::Heading(std::string_view title, std::string_view explanation) {
  Print();
  Print(Bold(title));
  Print("   " + Dim(explanation));
  Print();
}

void Screen::Status(std::string_view line) {
  if (!terminal_) return;
  Write(absl::StrCat(kEraseLine, std::string(line)));
  status_shown_ = true;
}

std::string Screen::Bold(std::string_view text) const { return Paint("1", text); }
std::string Screen::Dim(std::string_view text) const { return Paint("2", text); }
std::string Screen::Green(std::string_view text) const { return Paint("32", text); }
std::string Screen::Red(std::string_view text) const { return Paint("1;31", text); }

std::string Screen::Colour(std::size_t number, std::string_view text) const {
  constexpr std::string_view kCodes[] = {"36", "33", "35", "32", "94", "31",
                                         "96", "93", "95", "92", "34", "91"};
  return Paint(kCodes[number % std::size(kCodes)], text);
}

std::string Screen::Paint(std::string_view code, std::string_view text) const {
  if (!colours_) return std::string(text);
  return absl::StrCat("\x1b[", std::string(code), "m", std::string(text), "\x1b[0m");
}

void Screen::Write(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  if (std::fflush(stdout) != 0) raise(SIGTERM);  // nobody listens any more
}

Progress::Progress(Screen& screen, std::string what, std::size_t total)
    : screen_(screen),
      what_(std::move(what)),
      total_(total),
      start_(absl::Now()),
      next_line_((total + 3) / 4) {}

void Progress::Update(std::size_t done) {
  if (screen_.terminal()) {
    const absl::Time now = absl::Now();
    if (now - shown_ < absl::Milliseconds(50)) return;
    shown_ = now;
    screen_.Status(Line(done));
  } else if (done >= next_line_) {
    next_line_ = done == total_ ? total_ + 1 : std::min(next_line_ + (total_ + 3) / 4, total_);
    screen_.Print(Line(done));
  }
}

std::string Progress::Line(std::size_t done) const {
  const double part = total_ == 0 ? 1 : static_cast<double>(done) / static_cast<double>(total_);
  const double seconds = std::max(absl::ToDoubleSeconds(absl::Now() - start_), 1e-3);
  const std::string figures =
      absl::StrFormat("%3.0f %%  %s %s  %s/s", std::floor(100 * part), Thousands(done), what_,
                      Thousands(static_cast<std::uint64_t>(static_cast<double>(done) / seconds)));
  if (!screen_.terminal()) return "   " + figures;
  return absl::StrCat("   ", screen_.Green(Bar(part, screen_.width() - 50)), " ", figures);
}

std::string Thousands(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string grouped;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string Count(std::uint64_t number, std::string_view noun) {
  return absl::StrCat(Thousands(number), " ", std::string(noun), number == 1 ? "" : "s");
}

std::string Bar(double part, std::size_t width) {
  constexpr std::string_view kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<std::size_t>(
      std::lround(std::clamp(part, 0.0, 1.0) * 8 * static_cast<double>(width)));
  std::string bar;
  for (std::size_t i = 0; i < eighths / 8; ++i) bar += "█";
  bar += kEighths[eighths % 8];
  bar.append(width - (eighths + 7) / 8, ' ');
  return bar;
}

}  // namespace concord::example
