// Runs a program of the system to its end.
#ifndef CONCORD_EXAMPLES_COMMON_TOOL_H_
#define CONCORD_EXAMPLES_COMMON_TOOL_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace concord::example {

// `argv` in this process's namespace or, with the prefix of another (Network::Enter), in that.
// Its standard input is `input`. An error has what it complained of.
absl::Status RunTool(const std::vector<std::string>& argv, std::string_view input);

// Where the build that this program is of has put another: `path` is as from the build's folder.
std::string BuiltWith(std::string_view path);

// Where a program is, or nothing: PATH and the folders of the system's administration.
std::string FindProgram(std::string_view name);

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_COMMON_TOOL_H_
