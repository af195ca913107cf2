// The keys that are read from standard input, one a line.
#ifndef CONCORD_EXAMPLES_NODE_KEY_INPUT_H_
#define CONCORD_EXAMPLES_NODE_KEY_INPUT_H_

#include <cstddef>
#include <optional>

#include "examples/common/line_splitter.h"

namespace concord::example {

class KeyInput {
 public:
  static constexpr std::size_t kMaxKeyBytes = 65536;

  // `fd` stays the caller's.
  explicit KeyInput(int fd) : fd_(fd), lines_(kMaxKeyBytes) {}

  // True iff Read() would bring something new: no key is left, and more may come.
  bool wants_more() const { return !ended_ && lines_.empty(); }
  bool at_end() const { return ended_ && lines_.empty(); }

  // Does not wait when poll() has said that there is something to read.
  void Read();
  std::optional<Line> Next() { return lines_.Next(); }

 private:
  const int fd_;
  LineSplitter lines_;
  bool ended_ = false;
};

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_NODE_KEY_INPUT_H_
