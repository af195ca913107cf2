#include <string>

#include "input.h"
#include "schedule_program.h"
#include "seeds/seeds.h"
#include "sim/scenario.h"

namespace concord::fuzz {
namespace {

class Schedule {
 public:
  explicit Schedule(const ScheduleHead& head) { WriteHead(out_, head); }
  Schedule& Do(sim::Action::Kind kind, unsigned gap, unsigned host, unsigned detail = 0) {
    WriteAction(out_, kind, gap, host, detail);
    return *this;
  }
  const std::string& bytes() const { return out_.bytes(); }

 private:
  Output out_;
};

}  // namespace

Seeds ScheduleSeeds() {
  using Kind = sim::Action::Kind;
  const auto proof = [] { return Schedule({.successor_count = 1, .more_hosts = 3}); };
  const auto young = [] {
    return Schedule({.assumptions = 1, .successor_count = 2, .more_hosts = 5});
  };
  const auto harsh = [] {
    return Schedule({.assumptions = 2, .successor_count = 2, .more_hosts = 5});
  };
  return {
      {"quiet", proof().bytes()},
      {"joins", proof().Do(Kind::kJoin, 10, 3).Do(Kind::kJoin, 0, 4).Do(Kind::kJoin, 0, 5).bytes()},
      {"crash", proof().Do(Kind::kCrash, 20, 1).Do(Kind::kRestart, 40, 1).bytes()},
      {"silent_crash", proof().Do(Kind::kCrash, 20, 1, 1).Do(Kind::kRestart, 40, 1, 1).bytes()},
      {"join_and_crash", proof()
                             .Do(Kind::kJoin, 10, 3)
                             .Do(Kind::kTick, 1, 0)
                             .Do(Kind::kCrash, 1, 2)
                             .Do(Kind::kTick, 0, 1, 1)
                             .bytes()},
      {"stop_slow", proof().Do(Kind::kDelay, 1, 0, 1).Do(Kind::kStop, 30, 2).bytes()},
      {"grow", young()
                   .Do(Kind::kJoin, 10, 1)
                   .Do(Kind::kJoin, 0, 2)
                   .Do(Kind::kJoin, 10, 3)
                   .Do(Kind::kCrash, 30, 0)
                   .bytes()},
      {"partition", harsh()
                        .Do(Kind::kJoin, 10, 1)
                        .Do(Kind::kJoin, 10, 2)
                        .Do(Kind::kJoin, 10, 3)
                        .Do(Kind::kPartition, 63, 0, 2)
                        .Do(Kind::kHealNetwork, 63, 0)
                        .bytes()},
      {"pause", harsh()
                    .Do(Kind::kJoin, 10, 1)
                    .Do(Kind::kJoin, 10, 2)
                    .Do(Kind::kPause, 63, 1, 40)
                    .Do(Kind::kBreakLinks, 10, 0, 7)
                    .bytes()},
  };
}

// Records, and pairs of them that belong together.
Words ScheduleWords() {
  using Kind = sim::Action::Kind;
  const std::size_t head = Schedule({}).bytes().size();
  const auto word = [head](const Schedule& schedule) { return schedule.bytes().substr(head); };
  const auto record = [] { return Schedule({}); };
  return {
      {"join", word(record().Do(Kind::kJoin, 1, 3))},
      {"join_with_crash", word(record().Do(Kind::kJoin, 1, 3).Do(Kind::kCrash, 1, 0))},
      {"join_with_tick", word(record().Do(Kind::kJoin, 1, 4).Do(Kind::kTick, 1, 0))},
      {"crash", word(record().Do(Kind::kCrash, 1, 1))},
      {"crash_silently", word(record().Do(Kind::kCrash, 1, 1, 1))},
      {"crash_and_restart", word(record().Do(Kind::kCrash, 1, 1).Do(Kind::kRestart, 20, 1))},
      {"stop", word(record().Do(Kind::kStop, 1, 2))},
      {"stop_and_restart", word(record().Do(Kind::kStop, 1, 2).Do(Kind::kRestart, 1, 2, 1))},
      {"stabilize", word(record().Do(Kind::kTick, 0, 0, 0))},
      {"check_predecessor", word(record().Do(Kind::kTick, 0, 1, 1))},
      {"slow_for_a_while", word(record().Do(Kind::kDelay, 0, 0, 5).Do(Kind::kDelay, 60, 0, 0))},
      {"pause", word(record().Do(Kind::kPause, 1, 1, 100))},
      {"partition", word(record().Do(Kind::kPartition, 1, 0, 2).Do(Kind::kHealNetwork, 60, 0))},
      {"break_links", word(record().Do(Kind::kBreakLinks, 1, 0, 7))},
  };
}

}  // namespace concord::fuzz
