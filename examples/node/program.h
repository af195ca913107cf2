// What concord-node does between its flags and its exit status.
#ifndef CONCORD_EXAMPLES_NODE_PROGRAM_H_
#define CONCORD_EXAMPLES_NODE_PROGRAM_H_

#include "absl/status/status.h"
#include "concord/node.h"
#include "examples/common/line_writer.h"
#include "examples/common/stop_signals.h"
#include "examples/node/flags.h"
#include "examples/node/key_input.h"
#include "examples/node/lookups.h"
#include "examples/node/mailbox.h"

namespace concord::example {

// Everything here runs on the main thread, which alone touches standard input and output; the node
// and the signals leave their news in the mailbox.
class Program {
 public:
  explicit Program(Options options);

  // Until the program was asked to stop (OK), or something failed.
  //   INVALID_ARGUMENT  an option is wrong
  absl::Status Run();

 private:
  Config WithCallback(Config config);
  absl::Status EnterRing();
  void Leave();
  absl::Status Serve();
  void StartLookups();
  absl::Status WaitAndTransfer();
  void Print(const Output& output);

  const Options options_;
  KeyInput keys_;
  LineWriter out_;
  Mailbox mailbox_;
  Node node_;
  Lookups lookups_;
  StopSignals signals_;
};

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_NODE_PROGRAM_H_
