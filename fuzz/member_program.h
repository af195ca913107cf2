// An input of fuzz_member is a program: a head that says who the member is, then steps.
//
//   head     hash_bits - 1, successor_count - 1, place of the member, epoch
//   step     an Op, and what it needs
//   server   a Who and a place; a place is the upper byte of an identifier
//   question which of the open ones, newest first
#ifndef CONCORD_FUZZ_MEMBER_PROGRAM_H_
#define CONCORD_FUZZ_MEMBER_PROGRAM_H_

namespace concord::fuzz {

enum class Op : unsigned {
  kCreate,
  kJoin,  // number of seeds - 1
  kStop,
  kGetRing,
  kNotify,           // server
  kNotifyBytes,      // a chunk: wire::Server
  kAnswer,           // question, server that answers a lookup or is the predecessor, number of
                     // successors, servers; or server that begins a ring, a byte of Says
  kAnswerBytes,      // question, a chunk: wire::Ring or wire::FindResp
  kRefuse,           // question
  kTimeout,          // question
  kNobodysAnswer,    // a NobodysQuestion, server
  kEvidence,         // server
  kEvidenceOfKnown,  // which of the servers that the member knows
  kTimer,            // a core::Timer
  kLatenessOfKnown,  // which of the servers that the member knows: evidence of a late answer
  kLeave,
  kFarewellOfKnown,  // which of the servers that the member knows; server that is its predecessor,
                     // number of successors, servers
  kBootstrap,        // number of others - 1, servers
  kMeet,             // server that begins a ring, a byte of Says
  kCount,
};

// What somebody says who begins a ring, or has: bits.
enum Says : unsigned {
  kMember = 1,
  kOtherList = 2,  // and not ours
  kMetAll = 4,     // those that we have met
  kMetOthers = 8,  // others than we have
  kSecondLife = 16,
};

enum class Who : unsigned {
  kUsual,  // the server at that place
  kNear,   // a usual one, the place counted from the member itself
  kOther,  // a second server with the identifier of the usual one
  kSelf,   // the member itself
  kCount,
};

// Questions whose answer changes nothing.
enum class NobodysQuestion : unsigned {
  kNeverAsked,
  kZero,
  kAnsweredBefore,
  kOtherKind,  // an open one, answered with the other kind of answer
  kCount,
};

}  // namespace concord::fuzz

#endif  // CONCORD_FUZZ_MEMBER_PROGRAM_H_
