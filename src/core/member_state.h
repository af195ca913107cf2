// All that a member remembers from one event to the next.
#ifndef CONCORD_CORE_MEMBER_STATE_H_
#define CONCORD_CORE_MEMBER_STATE_H_

#include <cstdint>
#include <optional>

#include "concord/types.h"
#include "core/finger_table.h"
#include "core/id_space.h"
#include "core/messages.h"
#include "core/operations.h"
#include "core/remembered_servers.h"
#include "core/successor_list.h"

namespace concord::core {

// A member is its options and this: what a search stores, and begins from again.
struct MemberState {
  MemberState(const IdSpace& space, Id self) : fingers(space, self) {}

  bool joined = false;
  Server predecessor;  // exactly one while joined: possibly dead, never unset
  std::uint64_t predecessor_incarnation = 0;  // 0: not known
  // Who told us last that it leaves, and which life that ended: its notifications may come late.
  Server leaver;
  std::uint64_t leaver_incarnation = 0;  // 0: nobody, or it did not say
  bool predecessor_dead = false;  // known dead: the next notifier is adopted without a question
  SuccessorList successors;
  unsigned head_busy = 0;  // how many times in a row the head was busy when it was asked
  FingerTable fingers;
  RememberedServers remembered;
  std::size_t probed = 0;  // how many were asked: whose turn it is
  std::uint64_t epoch = 0;

  std::uint64_t founders = 0;  // those who began the ring together with us; 0: nobody did

  std::optional<BootstrapOperation> bootstrap;
  std::optional<JoinOperation> join;
  std::optional<StabilizeOperation> stabilize;
  std::optional<PredecessorOperation> predecessor_check;
  std::optional<FingerOperation> fix_finger;
  std::optional<FingerCheckOperation> finger_check;
  std::optional<ProbeOperation> probe;
  std::optional<RivalOperation> rival_check;
  std::optional<LeaveOperation> leave;
  Pace stabilize_pace;
  Pace predecessor_pace;
  QuestionId last_question = 0;
};

}  // namespace concord::core

#endif  // CONCORD_CORE_MEMBER_STATE_H_
