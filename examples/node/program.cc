#include "examples/node/program.h"

#include <poll.h>
#include <unistd.h>

#include <cstddef>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "examples/node/json.h"
#include "examples/node/output.h"

namespace concord::example {
namespace {

// While so many bytes of answers wait to be read, no further key is looked up.
constexpr std::size_t kMaxPendingOutput = 65536;

absl::Status TooLong(std::size_t length) {
  return absl::InvalidArgumentError(absl::StrCat("the key has ", length, " bytes, the limit is ",
                                                 KeyInput::kMaxKeyBytes, "; this is its start"));
}

}  // namespace

Program::Program(Options options)
    : options_(std::move(options)),
      keys_(STDIN_FILENO),
      out_(STDOUT_FILENO),
      node_(WithCallback(options_.membership.config)),
      lookups_(node_, mailbox_, options_.concurrency, [this](const Output& o) { Print(o); }),
      signals_([this] {
        mailbox_.Post([] {});              // wakes the main thread
        if (!node_.range()) node_.Stop();  // it may wait for a ring to let it in
      }) {}

absl::Status Program::Run() {
  absl::Status status = EnterRing();
  if (status.ok()) {
    Print(ReadyOutput({node_.id(), node_.name(), node_.address()}));
    status = Serve();
  }
  Leave();
  mailbox_.RunAll();  // what the lookups that Stop() cancelled have to say
  if (absl::Status flushed = out_.Flush(absl::Seconds(1)); status.ok()) status = flushed;
  return signals_.received() ? absl::OkStatus() : status;
}

Config Program::WithCallback(Config config) {
  config.on_range_change = [this](const RangeChange& change) {
    mailbox_.Post([this, change] { Print(RangeOutput(change)); });
  };
  return config;
}

absl::Status Program::EnterRing() {
  if (absl::Status s = node_.Start(); !s.ok()) return s;
  if (signals_.received()) return absl::OkStatus();  // the signal found nothing to stop yet
  return Enter(node_, options_.membership);
}

// Others notice at once, and not by and by; whether they have heard of it or not, we are gone.
void Program::Leave() {
  if (options_.membership.leave_timeout != absl::ZeroDuration()) {
    const absl::Status left = node_.Leave(options_.membership.leave_timeout);
    // (FAILED_PRECONDITION: it was no member.)
    if (!left.ok() && !absl::IsFailedPrecondition(left)) {
      std::cerr << "concord-node: " << left.message() << "\n";
    }
  }
  node_.Stop();
}

// The end of a terminal's input ends the program; the end of any other only means no more keys.
absl::Status Program::Serve() {
  const bool ends_with_input = isatty(STDIN_FILENO);
  while (!signals_.received()) {
    mailbox_.RunAll();
    StartLookups();
    if (ends_with_input && keys_.at_end() && lookups_.empty()) break;
    if (absl::Status s = WaitAndTransfer(); !s.ok()) return s;
  }
  return absl::OkStatus();
}

void Program::StartLookups() {
  while (!lookups_.full() && out_.pending() < kMaxPendingOutput) {
    std::optional<Line> key = keys_.Next();
    if (!key) return;
    if (key->length <= KeyInput::kMaxKeyBytes) {
      lookups_.Start(std::move(key->text));
    } else {
      lookups_.Refuse(key->text, TooLong(key->length));
    }
  }
}

// Sleeps until there is news in the mailbox, a key to read, or room for an answer.
absl::Status Program::WaitAndTransfer() {
  pollfd news{mailbox_.fd(), POLLIN, 0};
  pollfd in{keys_.wants_more() ? STDIN_FILENO : -1, POLLIN, 0};
  pollfd out{out_.pending() > 0 ? STDOUT_FILENO : -1, POLLOUT, 0};
  pollfd fds[] = {news, in, out};
  if (poll(fds, 3, -1) < 0) return absl::OkStatus();  // EINTR

  if (fds[1].revents != 0) keys_.Read();
  return fds[2].revents != 0 ? out_.WriteSome() : absl::OkStatus();
}

void Program::Print(const Output& output) {
  out_.Add(options_.json ? ToJson(output) : ToText(output, options_.membership.config.hash_bits));
}

}  // namespace concord::example
