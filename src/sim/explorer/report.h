// Schedules for people and for tests.
#ifndef CONCORD_SIM_EXPLORER_REPORT_H_
#define CONCORD_SIM_EXPLORER_REPORT_H_

#include <string>

#include "sim/explorer/model.h"
#include "sim/explorer/search.h"

namespace concord::sim {

// One line a step: what happens, what follows for whom it happens to, and the ring after it.
std::string ReadableSchedule(const Model& model, const Schedule& schedule);

// A GoogleTest that replays the schedule on real members and expects that nothing breaks.
std::string ScheduleAsTest(const Model& model, const Schedule& schedule);

// Replays the schedule on real members. Where they come to differ from what the explorer says, in
// words; empty if nowhere. Anything else is an error of the explorer.
std::string ReplayDiffers(const Model& model, const Schedule& schedule);

}  // namespace concord::sim

#endif  // CONCORD_SIM_EXPLORER_REPORT_H_
