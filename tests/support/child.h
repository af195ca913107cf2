// A program under test: its lines in, its lines out, its end.
#ifndef CONCORD_TESTS_SUPPORT_CHILD_H_
#define CONCORD_TESTS_SUPPORT_CHILD_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "examples/common/line_splitter.h"
#include "examples/common/line_writer.h"
#include "examples/common/process.h"

namespace concord::example {

inline constexpr absl::Duration kPatience = absl::Seconds(30);

// Whatever does not happen within kPatience fails the test that waits for it.
class Child {
 public:
  explicit Child(const std::vector<std::string>& argv);

  pid_t pid() const { return process_->pid(); }

  // Bytes for its standard input: nothing is added.
  void Write(std::string_view bytes);
  void CloseInput() { process_->CloseInput(); }

  // The next line of its standard output; "(end)" when there are no more.
  std::string ReadLine();
  // The first line from here that has `part` in it; those before are dropped.
  std::string ReadUntil(std::string_view part);
  // All lines to the end.
  std::string ReadAll();

  void Signal(int signal) { process_->Signal(signal); }
  // Stops it as if its machine were gone: it keeps what it has, and does nothing. It cannot go on.
  void Freeze();
  // Its exit status, or 128 + the signal that ended it.
  int Wait();
  std::string Complaint() const { return process_->Complaint(); }  // on standard error

 private:
  std::unique_ptr<Process> process_;
  LineSplitter lines_{1 << 20};
  bool ended_ = false;
};

// A terminal without a person. A program is connected to it through its name().
class Terminal {
 public:
  Terminal();

  const std::string& name() const { return name_; }
  void Type(std::string_view keys);
  // All that is written to it until every program has closed it.
  std::string ReadAll();

 private:
  Fd fd_;
  std::string name_;
};

}  // namespace concord::example

#endif  // CONCORD_TESTS_SUPPORT_CHILD_H_
