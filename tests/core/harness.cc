#include "harness.h"

#include "absl/strings/str_cat.h"
#include "core/invariants.h"

namespace concord::core {
namespace {

Member MakeMember(const Situation& situation) {
  MemberOptions options;
  options.self = At(situation.self);
  options.space = IdSpace(situation.bits);
  options.successor_count = situation.successor_count;
  options.epoch = situation.epoch;
  options.incarnation = situation.incarnation;
  options.stabilize_interval = absl::Seconds(1);
  options.check_predecessor_interval = absl::Seconds(2);
  options.fix_finger_interval = absl::Seconds(3);
  options.probe_interval = absl::Seconds(5);
  options.evidence_cooldown = absl::Milliseconds(100);
  options.join_retry_floor = absl::Milliseconds(100);
  options.join_retry_ceiling = absl::Seconds(2);
  if (!situation.predecessor) return Member(std::move(options));
  return Member::InRing(std::move(options), At(*situation.predecessor),
                        AtAll(situation.successors));
}

}  // namespace

Server At(Id id) { return {id, absl::StrCat("n", id), absl::StrCat("host", id, ":1")}; }

Server OtherAt(Id id) {
  return {id, absl::StrCat("other", id), absl::StrCat("elsewhere", id, ":1")};
}

std::vector<Server> AtAll(const std::vector<Id>& ids) {
  std::vector<Server> servers;
  for (Id id : ids) servers.push_back(At(id));
  return servers;
}

std::vector<Id> Ids(const std::vector<Server>& servers) {
  std::vector<Id> ids;
  for (const Server& server : servers) ids.push_back(server.id);
  return ids;
}

void PrintTo(const AskRing& e, std::ostream* out) { *out << testing::PrintToString(e.to); }
void PrintTo(const AskSeed& e, std::ostream* out) { *out << e.seed << " for " << e.id; }
void PrintTo(const FindSuccessor& e, std::ostream* out) { *out << e.id; }
void PrintTo(const SendNotify& e, std::ostream* out) { *out << testing::PrintToString(e.to); }
void PrintTo(const SendFarewell& e, std::ostream* out) {
  *out << e.question << " to " << testing::PrintToString(e.to);
}
void PrintTo(const AnswerRing& e, std::ostream* out) { *out << testing::PrintToString(e.ring); }
void PrintTo(const SendMeeting& e, std::ostream* out) { *out << e.question << " to " << e.to; }
void PrintTo(const AnswerMeeting& e, std::ostream* out) {
  *out << (e.meeting ? e.meeting->from.name : "no");
}
void PrintTo(const SetTimer& e, std::ostream* out) {
  *out << "timer " << static_cast<int>(e.timer) << " in " << e.delay;
}
void PrintTo(const PublishRouting& e, std::ostream* out) { *out << (e.table ? "a table" : "null"); }
void PrintTo(const TellRange& e, std::ostream* out) { *out << testing::PrintToString(e.change); }
void PrintTo(const TellSuccessors& e, std::ostream* out) {
  *out << testing::PrintToString(e.successors);
}
void PrintTo(const CommandFinished& e, std::ostream* out) { *out << e.status; }
void PrintTo(const Trace& e, std::ostream* out) {
  *out << "moment " << static_cast<int>(e.moment) << " " << testing::PrintToString(e.server);
}
void PrintTo(const RingView& ring, std::ostream* out) {
  *out << "predecessor " << testing::PrintToString(ring.predecessor) << ", successors "
       << testing::PrintToString(ring.successors);
}

Harness::Harness(const Situation& situation)
    : member_(MakeMember(situation)),
      replay_(situation.bits, situation.epoch, member_.range()),
      told_successors_(member_.successors().servers()) {
  EXPECT_EQ(BrokenInvariant(member_), "") << "the situation that the test begins with";
}

void Harness::Deliver(const Event& event) {
  effects_ = member_.Deliver(event);
  Check();
}

void Harness::Check() {
  EXPECT_EQ(BrokenInvariant(member_), "");
  const auto fresh = [this](QuestionId question) {
    EXPECT_GT(question, newest_question_) << "a question id was used twice";
    newest_question_ = question;
    return question;
  };
  for (std::size_t i = 0; i < effects_.size(); ++i) {
    if (const auto* ask = std::get_if<AskRing>(&effects_[i])) {
      questions_.emplace_back(fresh(ask->question), ask->to.id);
      EXPECT_NE(ask->to.address, "") << "asked a server that nobody named";
    } else if (const auto* farewell = std::get_if<SendFarewell>(&effects_[i])) {
      questions_.emplace_back(fresh(farewell->question), farewell->to.id);
    } else if (const auto* seed = std::get_if<AskSeed>(&effects_[i])) {
      seed_question_ = fresh(seed->question);
    } else if (const auto* find = std::get_if<FindSuccessor>(&effects_[i])) {
      finger_question_ = fresh(find->question);
    } else if (const auto* tell = std::get_if<TellRange>(&effects_[i])) {
      replay_.Apply(tell->change);
    } else if (const auto* followed = std::get_if<TellSuccessors>(&effects_[i])) {
      EXPECT_NE(followed->successors, told_successors_) << "successors were told that were known";
      told_successors_ = followed->successors;
    } else if (const auto* publish = std::get_if<PublishRouting>(&effects_[i])) {
      EXPECT_EQ(i, 0u) << "routing is published first, and once";
      routing_ = publish->table;
      routing_seen_ = true;
    }
  }
  EXPECT_EQ(replay_.range(), member_.range()) << "a change of range was not told";
  EXPECT_EQ(told_successors_, member_.successors().servers())
      << "a change of successors was not told";
  if (!routing_seen_) return;
  ASSERT_EQ(routing_ != nullptr, member_.joined() || member_.leaving());
  if (!routing_) return;
  EXPECT_EQ(routing_->member(), member_.joined());
  EXPECT_EQ(routing_->range(), member_.range());
  EXPECT_EQ(routing_->predecessor(), member_.predecessor());
  EXPECT_EQ(routing_->successors(), member_.successors().servers());
}

void Harness::Answer(Id asked, Id predecessor, const std::vector<Id>& successors) {
  Deliver(RingAnswer{question_to(asked), {At(predecessor), AtAll(successors)}});
}

void Harness::Fail(Id asked, Failure failure, const std::string& reason) {
  Deliver(QuestionFailed{question_to(asked), failure, reason});
}

void Harness::FailSeed(Failure failure, const std::string& reason) {
  Deliver(QuestionFailed{seed_question_, failure, reason});
}

void Harness::JoinRing(Id predecessor, const std::vector<Id>& successors) {
  Deliver(Join{.command = 1, .seeds = {"seed:1"}, .timeout = absl::Seconds(30)});
  AnswerSeed(At(successors.front()));
  Answer(successors.front(), predecessor, {});  // only its predecessor's list counts
  Answer(predecessor, successors.back(), successors);
  ASSERT_TRUE(member_.joined());
}

void Harness::LearnFingers(const std::vector<Id>& owners) {
  for (Id owner : owners) {
    Fire(Timer::kFixFinger);
    AnswerFinger(owner);
  }
  ASSERT_EQ(fingers(), owners);
}

void Harness::CoolDown() {
  Fire(Timer::kStabilizeCooldown);
  Fire(Timer::kPredecessorCooldown);
}

std::vector<Id> Harness::fingers() const {
  std::vector<Id> ids;
  for (const FingerTable::Finger& finger : member_.fingers().fingers()) {
    ids.push_back(finger.server.id);
  }
  return ids;
}

QuestionId Harness::question_to(Id asked) const {
  for (auto it = questions_.rbegin(); it != questions_.rend(); ++it) {
    if (it->second == asked) return it->first;
  }
  ADD_FAILURE() << asked << " was never asked for its ring";
  return 0;
}

std::vector<Id> Harness::asked() const {
  std::vector<Id> ids;
  for (const AskRing& ask : all<AskRing>()) ids.push_back(ask.to.id);
  return ids;
}

std::vector<std::string> Harness::asked_seeds() const {
  std::vector<std::string> seeds;
  for (const AskSeed& ask : all<AskSeed>()) seeds.push_back(ask.seed);
  return seeds;
}

std::vector<Id> Harness::sought() const {
  std::vector<Id> ids;
  for (const AskSeed& ask : all<AskSeed>()) ids.push_back(ask.id);
  for (const FindSuccessor& find : all<FindSuccessor>()) ids.push_back(find.id);
  return ids;
}

std::vector<Id> Harness::notified() const {
  std::vector<Id> ids;
  for (const SendNotify& notify : all<SendNotify>()) ids.push_back(notify.to.id);
  return ids;
}

std::vector<Id> Harness::told_farewell() const {
  std::vector<Id> ids;
  for (const SendFarewell& farewell : all<SendFarewell>()) ids.push_back(farewell.to.id);
  return ids;
}

std::vector<RingView> Harness::rings() const {
  std::vector<RingView> rings;
  for (const AnswerRing& answer : all<AnswerRing>()) {
    if (!answer.ring) continue;
    EXPECT_EQ(answer.ring->self, member_.self());
    rings.push_back(*answer.ring);
    EXPECT_EQ(answer.ring->epoch, member_.epoch());
    EXPECT_EQ(answer.ring->incarnation, member_.options().incarnation);
    rings.back() = {answer.ring->predecessor, answer.ring->successors};
  }
  return rings;
}

std::vector<RangeChange> Harness::range_changes() const {
  std::vector<RangeChange> changes;
  for (const TellRange& tell : all<TellRange>()) changes.push_back(tell.change);
  return changes;
}

std::vector<absl::Status> Harness::finished() const {
  std::vector<absl::Status> statuses;
  for (const CommandFinished& command : all<CommandFinished>()) statuses.push_back(command.status);
  return statuses;
}

std::vector<CommandId> Harness::finished_commands() const {
  std::vector<CommandId> commands;
  for (const CommandFinished& command : all<CommandFinished>()) commands.push_back(command.command);
  return commands;
}

std::vector<Moment> Harness::moments() const {
  std::vector<Moment> moments;
  for (const Trace& trace : all<Trace>()) moments.push_back(trace.moment);
  return moments;
}

std::optional<SetTimer> Harness::timer(Timer timer) const {
  std::optional<SetTimer> found;
  for (const SetTimer& set : all<SetTimer>()) {
    if (set.timer == timer) found = set;
  }
  return found;
}

std::optional<absl::Duration> Harness::delay(Timer timer) const {
  const std::optional<SetTimer> set = this->timer(timer);
  return set ? std::optional<absl::Duration>(set->delay) : std::nullopt;
}

bool Harness::jittered(Timer timer) const {
  const std::optional<SetTimer> set = this->timer(timer);
  return set && set->jittered;
}

}  // namespace concord::core
