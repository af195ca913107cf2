// What is logged can be read back.
#ifndef CONCORD_FUZZ_LOG_CHECKS_H_
#define CONCORD_FUZZ_LOG_CHECKS_H_

#include "input.h"

namespace concord::fuzz {

// Logs an event of a node with two fields, all three values from the input, in both formats, and
// reads the lines with protobuf's JSON parser.
void CheckLog(Input& input);

}  // namespace concord::fuzz

#endif  // CONCORD_FUZZ_LOG_CHECKS_H_
