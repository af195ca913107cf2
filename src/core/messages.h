// What members say to each other, as values. How they travel is the shell's affair.
#ifndef CONCORD_CORE_MESSAGES_H_
#define CONCORD_CORE_MESSAGES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "concord/types.h"

namespace concord::core {

// Pairs a question with its answer. Fresh for every question of a member; an answer whose id
// belongs to no open operation is dropped.
using QuestionId = std::uint64_t;

// Names a call that a peer made to us, until it is answered.
using CallId = std::uint64_t;

// Names a command of the application, until it has ended.
using CommandId = std::uint64_t;

// The answer to GetRing. A member that is alone names itself as predecessor and only successor.
struct RingView {
  Server predecessor;
  std::vector<Server> successors;
  std::optional<Server> self = std::nullopt;  // who answers; a node of the Go library does not say
  friend bool operator==(const RingView&, const RingView&) = default;
};

// How a question to a server failed.
enum class Failure {
  kUnreachable,  // refused, reset, or answered with an error: dead, or no member
  kTimeout,      // the deadline passed: a suspicion, two in a row are a death
};

}  // namespace concord::core

#endif  // CONCORD_CORE_MESSAGES_H_
