#include "examples/common/tool.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "examples/common/line_writer.h"
#include "examples/common/process.h"

namespace concord::example {

absl::Status RunTool(const std::vector<std::string>& argv, std::string_view input) {
  constexpr absl::Duration kPatience = absl::Seconds(20);
  absl::StatusOr<std::unique_ptr<Process>> process = Process::Start(argv);
  if (!process.ok()) return process.status();
  LineWriter writer((*process)->input());
  writer.Add(input);
  if (absl::Status s = writer.Flush(kPatience); !s.ok()) return s;
  (*process)->CloseInput();
  const std::optional<int> status = (*process)->Wait(kPatience);
  if (status == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(absl::StrJoin(argv, " "), ": ",
                                          status ? absl::StrCat("status ", *status) : "no end",
                                          ": ", (*process)->Complaint()));
}

std::string BuiltWith(std::string_view path) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  for (std::filesystem::path folder = self; folder.has_relative_path();) {
    folder = folder.parent_path();
    if (std::filesystem::exists(folder / path, error)) return (folder / path).string();
  }
  return std::string(path);
}

std::string FindProgram(std::string_view name) {
  const char* path = std::getenv("PATH");
  const std::string folders =
      absl::StrCat(path == nullptr ? "" : path, ":/usr/sbin:/usr/bin:/sbin:/bin");
  const std::vector<std::string> each = absl::StrSplit(folders, ':', absl::SkipEmpty());
  for (const std::string& folder : each) {
    std::string file = absl::StrCat(folder, "/", std::string(name));
    if (access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

}  // namespace concord::example
