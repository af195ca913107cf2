#include "examples/demo/checks.h"

#include <string>

namespace concord::example {

void Checks::Check(bool held, std::string_view claim) {
  ++made_;
  failed_ += held ? 0 : 1;
  screen_.Print("   " + (held ? screen_.Green("✓") : screen_.Red("✗")) + " " + std::string(claim));
}

}  // namespace concord::example
