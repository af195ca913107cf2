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
  std::uint64_t incarnation = 0;              // its; 0: it does not say
  std::uint64_t epoch = 0;                    // of its range, likewise
  friend bool operator==(const RingView&, const RingView&) = default;
};

// What a member that leaves tells those beside it.
struct Farewell {
  Server from;
  Server predecessor;
  std::vector<Server> successors;  // nearest first
  std::uint64_t incarnation = 0;   // of the life that ends; 0: not said
  friend bool operator==(const Farewell&, const Farewell&) = default;
};

// What those who begin a ring together tell each other.
struct Meeting {
  Server from;
  std::uint64_t incarnation = 0;
  // How many are in the sender's list, and a digest of it.
  std::uint32_t members = 0;
  std::uint64_t roster = 0;
  // A digest of those in the list, when the sender has met them all; 0: not yet.
  std::uint64_t complete = 0;
  // The sender is a member of a ring, which those of `complete` began; 0: somebody else did.
  bool member = false;
  friend bool operator==(const Meeting&, const Meeting&) = default;
};

// Whether `asked` may have answered so. At the address of a server that is gone somebody else may
// live now; and of a seed only the address is known.
inline bool MayBeFrom(const Server& asked, const RingView& ring) {
  return !ring.self || asked.name.empty() ||
         (ring.self->id == asked.id && ring.self->name == asked.name);
}

// Of two that claim one identifier, whether the first was started later. Clocks may lie, so that
// all that counts is that everybody comes to the same answer.
inline bool IsLater(const Server& server, std::uint64_t incarnation, const Server& other,
                    std::uint64_t other_incarnation) {
  return incarnation != other_incarnation ? incarnation > other_incarnation
                                          : server.address > other.address;
}

// How a question to a server failed.
enum class Failure {
  kUnreachable,  // refused, reset, or answered with an error: dead, or no member
  kTimeout,      // the deadline passed: a suspicion, two in a row are a death
  kStranger,     // it answered, and belongs to another ring: no member of ours is there
  kBusy,         // it takes no more now, or we may call no more: says nothing about who is alive
  kUnsupported,  // it answered that it does not know such calls, as a node of the Go library may
};

}  // namespace concord::core

#endif  // CONCORD_CORE_MESSAGES_H_
