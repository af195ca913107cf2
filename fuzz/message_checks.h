// The messages of the wire, from bytes.
#ifndef CONCORD_FUZZ_MESSAGE_CHECKS_H_
#define CONCORD_FUZZ_MESSAGE_CHECKS_H_

#include "input.h"

namespace concord::fuzz {

void CheckFindReq(Input& input);
void CheckServer(Input& input);
void CheckRing(Input& input);
void CheckFindResp(Input& input);
void CheckFarewell(Input& input);
void CheckMeeting(Input& input);
void CheckIdentity(Input& input);

}  // namespace concord::fuzz

#endif  // CONCORD_FUZZ_MESSAGE_CHECKS_H_
