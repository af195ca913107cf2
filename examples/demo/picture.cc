#include "examples/demo/picture.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "examples/common/text.h"

namespace concord::example {
namespace {

constexpr std::string_view kPrefix = "node-";

std::size_t NumberOf(std::string_view name) {
  std::size_t number = 0;
  if (!absl::SimpleAtoi(std::string(name.substr(std::min(kPrefix.size(), name.size()))), &number)) {
    return 0;
  }
  return number;
}

char Letter(std::size_t number) { return "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36]; }

// The identifier in the middle of column `i` of `width`.
Id Middle(std::size_t i, std::size_t width) {
  return static_cast<Id>(
      std::ldexp((static_cast<double>(i) + 0.5) / static_cast<double>(width), 64));
}

}  // namespace

std::string NameOf(std::size_t number) { return absl::StrCat(std::string(kPrefix), number); }

std::string Painted(const Screen& screen, std::string_view name) {
  return screen.Colour(NumberOf(name), name);
}

std::vector<std::string> Painted(const Screen& screen, const std::vector<Server>& servers) {
  std::vector<std::string> names;
  for (const Server& server : servers) names.push_back(Painted(screen, server.name));
  return names;
}

std::string Strip(const Screen& screen, const Oracle& oracle) {
  const std::size_t width = screen.width() - 30;
  std::string strip;
  for (std::size_t i = 0; i < width; ++i) {
    const std::size_t number = NumberOf(oracle.OwnerOf(Middle(i, width)).name);
    strip += screen.Colour(number, std::string(1, Letter(number)));
  }
  return strip;
}

void PrintStrips(Screen& screen, const Oracle& before, const Oracle& after) {
  screen.Print();
  screen.Print("   before  " + Strip(screen, before));
  screen.Print("   after   " + Strip(screen, after));
  screen.Print();
}

void PrintTable(Screen& screen, const Oracle& oracle, const std::map<Id, std::size_t>& keys) {
  double largest = 0;
  for (const Server& member : oracle.members()) {
    largest = std::max(largest, oracle.ShareOf(member.id));
  }
  const std::size_t bar = std::min<std::size_t>(screen.width() - 56, 32);
  screen.Print(
      screen.Dim(absl::StrFormat("   %-9s%-19s%-*s%11s", "node", "id", static_cast<int>(bar) + 12,
                                 "share of the ring", "keys owned")));
  for (const Server& member : oracle.members()) {
    const double share = oracle.ShareOf(member.id);
    const auto owned = keys.find(member.id);
    screen.Print(
        absl::StrCat("   ", Painted(screen, absl::StrFormat("%-9s", member.name)),
                     absl::StrFormat("%-19s%6.2f %%  ", Hex(member.id, 64), 100 * share),
                     screen.Colour(NumberOf(member.name), Bar(share / largest, bar)), "  ",
                     absl::StrFormat("%11s", Thousands(owned == keys.end() ? 0 : owned->second))));
  }
}

}  // namespace concord::example
