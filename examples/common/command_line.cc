#include "examples/common/command_line.h"

#include <map>
#include <optional>
#include <utility>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace concord::example {
namespace {

struct Argument {
  std::string flag;  // without dashes
  std::optional<std::string> value;
};

absl::StatusOr<Argument> Split(std::string_view text) {
  const std::size_t dashes = text.find_first_not_of('-');
  if (dashes == std::string_view::npos || dashes == 0 || dashes > 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", std::string(text), "' is not a flag; flags begin with --"));
  }
  text.remove_prefix(dashes);
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return Argument{std::string(text), std::nullopt};
  return Argument{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

bool IsBool(const absl::CommandLineFlag& flag) { return flag.IsOfType<bool>(); }

// --noflag stands for --flag=false.
absl::CommandLineFlag* FindNegated(const Argument& argument) {
  if (argument.value || !absl::StartsWith(argument.flag, "no")) return nullptr;
  absl::CommandLineFlag* flag = absl::FindCommandLineFlag(argument.flag.substr(2));
  return flag != nullptr && IsBool(*flag) ? flag : nullptr;
}

absl::Status Set(absl::CommandLineFlag& flag, const std::string& value) {
  std::string error;
  if (flag.ParseFrom(value, &error)) return absl::OkStatus();
  return absl::InvalidArgumentError(error);
}

}  // namespace

absl::StatusOr<Wish> ParseCommandLine(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    absl::StatusOr<Argument> argument = Split(argv[i]);
    if (!argument.ok()) return argument.status();
    if (argument->flag == "help" || argument->flag == "h") return Wish::kHelp;

    if (absl::CommandLineFlag* negated = FindNegated(*argument)) {
      if (absl::Status s = Set(*negated, "false"); !s.ok()) return s;
      continue;
    }
    absl::CommandLineFlag* flag = absl::FindCommandLineFlag(argument->flag);
    if (flag == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("unknown flag --", argument->flag));
    }
    if (!argument->value && IsBool(*flag)) argument->value = "true";
    if (!argument->value && i + 1 < argc) argument->value = argv[++i];
    if (!argument->value) {
      return absl::InvalidArgumentError(absl::StrCat("--", argument->flag, " needs a value"));
    }
    if (absl::Status s = Set(*flag, *argument->value); !s.ok()) return s;
  }
  return Wish::kRun;
}

absl::Status CheckLimits(std::string_view flag, double value, double low, double high) {
  if (low <= value && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--", std::string(flag), " is ", value, "; it must be ", low, " to ", high));
}

std::string Help(std::string_view synopsis) {
  std::map<std::string, const absl::CommandLineFlag*> flags;
  for (const auto& [name, flag] : absl::GetAllFlags()) flags.emplace(std::string(name), flag);

  std::string help(synopsis);
  absl::StrAppend(&help, "\n\nFlags:\n");
  for (const auto& [name, flag] : flags) {
    const std::string value = flag->DefaultValue();
    absl::StrAppend(&help, "  --", name, value.empty() ? "" : absl::StrCat("=", value), "\n      ",
                    flag->Help(), "\n");
  }
  return help;
}

}  // namespace concord::example
