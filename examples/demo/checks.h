// What the demo claims, and whether it was so.
#ifndef CONCORD_EXAMPLES_DEMO_CHECKS_H_
#define CONCORD_EXAMPLES_DEMO_CHECKS_H_

#include <cstddef>
#include <string_view>

#include "examples/demo/screen.h"

namespace concord::example {

class Checks {
 public:
  explicit Checks(Screen& screen) : screen_(screen) {}

  // Prints `claim` with a tick or a cross.
  void Check(bool held, std::string_view claim);

  std::size_t made() const { return made_; }
  std::size_t failed() const { return failed_; }

 private:
  Screen& screen_;
  std::size_t made_ = 0, failed_ = 0;
};

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_DEMO_CHECKS_H_
