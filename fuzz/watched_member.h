// A Member, and next to it all that an outsider may expect of it, checked after every event.
#ifndef CONCORD_FUZZ_WATCHED_MEMBER_H_
#define CONCORD_FUZZ_WATCHED_MEMBER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "concord/types.h"
#include "core/effects.h"
#include "core/events.h"
#include "core/member.h"
#include "core/routing_table.h"

namespace concord::fuzz {

// A question that the member asked and that was not answered yet.
struct OpenQuestion {
  core::QuestionId id = 0;
  std::optional<Server> ring_of;  // nullopt: it asks for the owner of an identifier,
  bool meeting = false;           // or how far somebody is with beginning a ring
};

class WatchedMember {
 public:
  explicit WatchedMember(const core::MemberOptions& options);

  // One event, and then the checks. Commands are numbered by themselves.
  void Create();
  void Join(std::vector<std::string> seeds);
  void Bootstrap(std::vector<std::string> members);  // and the member itself
  void Leave();
  void Stop();
  void GetRing();
  void Notify(const Server& from) { Deliver(core::Notify{from}); }
  void Farewell(const core::Farewell& farewell);
  void Meet(const core::Meeting& meeting);
  void Evidence(const Server& suspect, core::Failure failure) {
    Deliver(core::Evidence{suspect, failure});
  }
  void Fire(core::Timer timer);
  // What became of open()[which], by the kind of question.
  void AnswerRing(std::size_t which, const core::RingView& ring);
  void AnswerSuccessor(std::size_t which, const Server& successor);
  void AnswerMeeting(std::size_t which, const core::Meeting& meeting);
  void Fail(std::size_t which, core::Failure failure);
  // An event that must change nothing.
  void DeliverInVain(const core::Event& event);

  const core::Member& member() const { return member_; }
  const std::vector<OpenQuestion>& open() const { return open_; }  // newest first
  core::QuestionId last_question() const { return last_question_; }
  const std::vector<core::QuestionId>& answered() const { return answered_; }
  std::vector<Server> Known() const;  // to the member

  // From here on nobody answers, and only timers that were set go off: the member must end alone,
  // or give up joining, in a bounded number of steps, and then be quiet.
  void EndInSilence();

 private:
  core::Effects EffectsOf(const core::Event& event);
  void Deliver(const core::Event& event);
  core::QuestionId Close(std::size_t which);
  void FailAll();
  bool IsFree() const;  // neither a member nor about to be or to have been one
  void FireAll();

  // After every event
  void Expect(const core::PublishRouting& effect);
  void Expect(const core::AskRing& effect);
  void Expect(const core::AskSeed& effect);
  void Expect(const core::FindSuccessor& effect);
  void Expect(const core::SendNotify& effect);
  void Expect(const core::SendFarewell& effect);
  void Expect(const core::SendMeeting& effect);
  void Expect(const core::AnswerRing& effect);
  void Expect(const core::AnswerMeeting& effect);
  void Expect(const core::SetTimer& effect);
  void Expect(const core::TellRange& effect);
  void Expect(const core::TellSuccessors& effect);
  void Expect(const core::CommandFinished& effect);
  void Expect(const core::Trace&) {}
  void ExpectRouting() const;
  void ExpectTimers() const;
  void ExpectFresh(core::QuestionId question, std::optional<Server> ring_of, bool meeting = false);
  void ExpectProbe(const std::string& address) const;
  void ExpectList(const Server& asked, const core::RingView& ring) const;

  core::Member member_;
  std::vector<OpenQuestion> open_;
  std::vector<core::QuestionId> answered_;
  core::QuestionId last_question_ = 0;
  std::set<core::Timer> set_timers_;
  std::vector<std::string> seeds_;      // of the Join or Bootstrap in progress
  std::optional<Server> named_;         // by the answer that is being delivered
  std::set<core::CommandId> commands_;  // that have not ended
  core::CommandId last_command_ = 0;
  std::optional<core::CallId> ring_call_;     // of a GetRing or a farewell, not answered yet
  bool told_farewell_ = false;                // ring_call_ is of a farewell
  std::optional<core::CallId> meeting_call_;  // of a Meet, likewise
  core::CallId last_call_ = 0;
  std::shared_ptr<const core::RoutingTable> routing_;  // as published last
  std::vector<Server> told_successors_;                // the same of those
  std::optional<Range> told_range_;  // what an application knows that heard all changes
  std::uint64_t told_epoch_ = 0;
};

}  // namespace concord::fuzz

#endif  // CONCORD_FUZZ_WATCHED_MEMBER_H_
