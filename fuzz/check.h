// What a fuzz target expects, in every kind of build.
#ifndef CONCORD_FUZZ_CHECK_H_
#define CONCORD_FUZZ_CHECK_H_

#include <cstdio>
#include <cstdlib>
#include <string>

namespace concord::fuzz {

// Ends the program, which is how a fuzzer is told, unless `holds`. `what` names the rule.
inline void Check(bool holds, const char* what, const std::string& detail = "") {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s%s%s\n", what, detail.empty() ? "" : ": ", detail.c_str());
  std::abort();
}

}  // namespace concord::fuzz

#endif  // CONCORD_FUZZ_CHECK_H_
