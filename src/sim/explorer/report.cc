#include "sim/explorer/report.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/explorer/replay.h"

namespace concord::sim {
namespace {

char Letter(unsigned node) { return static_cast<char>('a' + node); }
// A second life is a capital.
char PeerLetter(const Step& step) {
  if (step.peer == 0xff) return 0;
  return static_cast<char>((step.peer_life > 0 ? 'A' : 'a') + step.peer);
}

ReplayOptions OptionsOf(const Model& model, const Schedule& schedule) {
  return {.layout = schedule.layout,
          .successor_count = model.options().successor_count,
          .new_address = model.options().new_address,
          .fine = model.options().fine};
}

// Whether the real member of `node` points where the explorer says.
bool Agrees(const Model& model, const Ring& ring, unsigned node, const Replay& replay) {
  const LocalState& state = model.local(ring, node);
  const core::Member* const member = replay.member(Letter(node));
  if (state.role != Role::kMember) return member == nullptr || !member->joined();
  if (member == nullptr || !member->joined()) return false;
  const auto server = [&](Ref ref) {
    return ServerAt(model.PlaceOf(node, ref), LifeOf(ref), model.options().nodes());
  };
  std::vector<Server> list;
  for (Ref ref : state.successors) list.push_back(server(ref));
  return member->predecessor() == server(state.predecessor) &&
         member->predecessor_dead() == state.predecessor_dead &&
         member->successors().servers() == list &&
         member->state().stabilize.has_value() == (state.phase != Phase::kNone);
}

}  // namespace

std::string ReadableSchedule(const Model& model, const Schedule& schedule) {
  std::string text = absl::StrCat(schedule.broken, "\nafter these ", schedule.steps.size(),
                                  " steps from\n     ", model.Describe(schedule.root), "\n");
  int number = 0;
  for (const Successor& step : schedule.steps) {
    absl::StrAppendFormat(&text, "%3d  %-58s %s\n", ++number, Describe(step.step),
                          model.Describe(step.ring));
  }
  return text;
}

std::string ScheduleAsTest(const Model& model, const Schedule& schedule) {
  const ReplayOptions options = OptionsOf(model, schedule);
  const std::string name = schedule.broken.substr(0, schedule.broken.find(':'));
  std::string text = absl::StrCat(
      "// Found by concord-explore: ", schedule.broken, "\n#include \"sim/explorer/replay.h\"\n\n",
      "#include <gtest/gtest.h>\n\nnamespace concord::sim {\nnamespace {\n\n",
      "TEST(Counterexample, ", name, ") {\n  Replay ring({.layout = \"", options.layout,
      "\",\n               .successor_count = ", options.successor_count,
      ",\n               .new_address = ", options.new_address ? "true" : "false",
      ",\n               .fine = ", options.fine ? "true" : "false", "});\n");
  for (const Successor& step : schedule.steps) {
    std::string call = absl::StrCat("  ring.Do(StepKind::", NameOf(step.step.kind), ", '",
                                    std::string(1, Letter(step.step.node)), "'");
    if (const char peer = PeerLetter(step.step); peer != 0) {
      absl::StrAppend(&call, ", '", std::string(1, peer), "'");
    }
    absl::StrAppendFormat(&text, "%-46s // %s\n", call + ");", Describe(step.step));
  }
  absl::StrAppend(&text, "  EXPECT_EQ(ring.Broken(), \"\");\n");
  if (name == "Progress") absl::StrAppend(&text, "  EXPECT_TRUE(ring.BecomesIdeal());\n");
  return absl::StrCat(text, "}\n\n}  // namespace\n}  // namespace concord::sim\n");
}

std::string ReplayDiffers(const Model& model, const Schedule& schedule) {
  Replay replay(OptionsOf(model, schedule));
  int number = 0;
  for (const Successor& step : schedule.steps) {
    replay.Do(step.step.kind, Letter(step.step.node), PeerLetter(step.step));
    ++number;
    for (unsigned node = 0; node < model.options().nodes(); ++node) {
      if (!Agrees(model, step.ring, node, replay)) {
        return absl::StrCat("after step ", number, ", ", std::string(1, Letter(node)),
                            " is not as the explorer says");
      }
    }
  }
  const bool progress = schedule.broken.rfind("Progress", 0) == 0;
  if (replay.Broken().empty() && !progress) return "nothing breaks";
  return "";
}

}  // namespace concord::sim
