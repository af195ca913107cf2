// An input of fuzz_schedule is a head that says what the ring and its network are like, then what
// is done to it, in records of one size, so that one left out, doubled or moved leaves the others
// as they are.
//
//   head     a byte for each field of ScheduleHead, which picks one of a few choices
//   record   four bytes: kind of the Action, gap to the one before, host, detail
#ifndef CONCORD_FUZZ_SCHEDULE_PROGRAM_H_
#define CONCORD_FUZZ_SCHEDULE_PROGRAM_H_

#include <cstddef>

#include "input.h"
#include "sim/scenario.h"

namespace concord::fuzz {

inline constexpr std::size_t kHeadBytes = 12;
inline constexpr std::size_t kRecordBytes = 4;
inline constexpr std::size_t kMostRecords = 64;

struct ScheduleHead {
  unsigned assumptions = 0;
  unsigned successor_count = 0;
  unsigned more_members = 0;  // than the assumptions ask for
  unsigned more_hosts = 0;    // than there are members at first
  unsigned bits = 0;
  unsigned stabilize_interval = 0;
  unsigned check_predecessor_interval = 0;
  unsigned latency = 0;
  unsigned loss = 0;
  unsigned duplicate = 0;
  unsigned reorder = 0;
  unsigned seed = 0;
};

// Any bytes are a scenario; what comes after kMostRecords is not read.
sim::Scenario ReadSchedule(Input input);

// The other way round, for the seeds.
void WriteHead(Output& out, const ScheduleHead& head);
void WriteAction(Output& out, sim::Action::Kind kind, unsigned gap, unsigned host, unsigned detail);

}  // namespace concord::fuzz

#endif  // CONCORD_FUZZ_SCHEDULE_PROGRAM_H_
