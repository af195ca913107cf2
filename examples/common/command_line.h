// Sets the program's Abseil flags from its command line.
//
// absl::ParseCommandLine ends the process with status 1 when a flag is unknown or has a bad value,
// and also for --help. These programs promise 2 and 0, so they set the flags by reflection.
#ifndef CONCORD_EXAMPLES_COMMON_COMMAND_LINE_H_
#define CONCORD_EXAMPLES_COMMON_COMMAND_LINE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace concord::example {

enum class Wish { kRun, kHelp };

// Takes --flag=value, --flag value, --flag and --noflag (booleans), and --help.
//   INVALID_ARGUMENT  an argument that is no flag of this program, or a value that does not parse
absl::StatusOr<Wish> ParseCommandLine(int argc, char** argv);

// INVALID_ARGUMENT, which names the flag, its value and the limits, unless it is within them.
absl::Status CheckLimits(std::string_view flag, double value, double low, double high);

// `synopsis` followed by a line or two for every flag: its name, default and meaning.
std::string Help(std::string_view synopsis);

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_COMMON_COMMAND_LINE_H_
