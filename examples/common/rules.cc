#include "examples/common/rules.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace concord::example {
namespace {

// The first line makes sure that there is something for the second to delete.
std::string Emptied(const std::string& table) {
  return absl::StrCat("table ", table, "\ndelete table ", table, "\n");
}

std::string Bridge(const std::vector<std::string>& rules) {
  return absl::StrCat(Emptied("bridge concord"),
                      "table bridge concord {\n  chain ways {\n"
                      "    type filter hook forward priority 0; policy accept;\n    ",
                      absl::StrJoin(rules, "\n    "), "\n  }\n}\n");
}

std::string Set(const std::vector<std::string>& hosts) {
  return absl::StrCat("{ ", absl::StrJoin(hosts, ", "), " }");
}

}  // namespace

std::string NoRules() { return Emptied("bridge concord"); }

std::string SplitRules(const std::vector<std::vector<std::string>>& sides) {
  std::vector<std::string> rules;
  for (const auto& from : sides) {
    for (const auto& to : sides) {
      if (&from == &to || from.empty() || to.empty()) continue;
      rules.push_back(absl::StrCat("ip saddr ", Set(from), " ip daddr ", Set(to), " drop"));
    }
  }
  return Bridge(rules);
}

std::string OneWayRules(const std::string& from, const std::string& to) {
  return Bridge({absl::StrCat("ip saddr ", from, " ip daddr ", to, " drop")});
}

std::string BlackHoleRules(const std::string& host) {
  return Bridge(
      {absl::StrCat("ip saddr ", host, " drop"), absl::StrCat("ip daddr ", host, " drop")});
}

std::string ResetRules() {
  return absl::StrCat(Emptied("inet concord"),
                      "table inet concord {\n  chain heard {\n"
                      "    type filter hook input priority 0; policy accept;\n"
                      "    tcp flags & syn == 0 reject with tcp reset\n  }\n}\n");
}

std::string NoResetRules() { return Emptied("inet concord"); }

}  // namespace concord::example
