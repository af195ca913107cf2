// Bytes from a stranger: as each message of the wire, as the answers to a walk along the ring, as
// an address, as text, as what a log line quotes. Nothing may crash, what passes keeps the limits,
// and everything is told apart as a second, independent reading of the rules tells it apart.
#include <google/protobuf/stubs/logging.h>

#include <cstddef>
#include <cstdint>

#include "codec_input.h"
#include "input.h"
#include "log_checks.h"
#include "message_checks.h"
#include "text_checks.h"
#include "walk_checks.h"

namespace concord::fuzz {
namespace {

void RunCodec(Input input) {
  switch (static_cast<Subject>(input.Below(static_cast<unsigned>(Subject::kCount)))) {
    case Subject::kFindReq:
      return CheckFindReq(input);
    case Subject::kServer:
      return CheckServer(input);
    case Subject::kRing:
      return CheckRing(input);
    case Subject::kFindResp:
      return CheckFindResp(input);
    case Subject::kAddress:
      return CheckAddress(input.Rest());
    case Subject::kText:
      return CheckText(input.Rest());
    case Subject::kLog:
      return CheckLog(input);
    case Subject::kWalk:
      return CheckWalk(input);
    case Subject::kFarewell:
      return CheckFarewell(input);
    case Subject::kMeeting:
      return CheckMeeting(input);
    case Subject::kIdentity:
      return CheckIdentity(input);
    case Subject::kCount:
      return;
  }
}

}  // namespace
}  // namespace concord::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // protobuf writes a line to standard error for each string that is no text.
  static const google::protobuf::LogSilencer silencer;
  concord::fuzz::RunCodec(concord::fuzz::Input(data, size));
  return 0;
}
