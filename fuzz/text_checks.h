// Addresses and text, checked against a second reading of the rules.
#ifndef CONCORD_FUZZ_TEXT_CHECKS_H_
#define CONCORD_FUZZ_TEXT_CHECKS_H_

#include <string>

#include "absl/status/status.h"

namespace concord::fuzz {

// "host:port" that names somebody who can be reached.
bool IsPeerAddress(const std::string& text);
bool IsText(const std::string& bytes);

void CheckAddress(const std::string& text);
void CheckText(const std::string& bytes);

// A refusal says INVALID_ARGUMENT, and why, in a line that may be printed and sent.
void CheckRefusal(const absl::Status& status);

}  // namespace concord::fuzz

#endif  // CONCORD_FUZZ_TEXT_CHECKS_H_
