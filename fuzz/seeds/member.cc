#include <initializer_list>
#include <string>

#include "core/events.h"
#include "core/messages.h"
#include "input.h"
#include "member_program.h"
#include "runtime/codec.h"
#include "seeds/seeds.h"

namespace concord::fuzz {
namespace {

// A program for one member of an 8-bit ring. Places are identifiers there.
class Program {
 public:
  explicit Program(unsigned self, unsigned successors = 3) {
    out_.Byte(8 - 1).Byte(successors - 1).Byte(self).Byte(0);
  }

  Program& Create() { return Do(Op::kCreate); }
  Program& Join(unsigned seeds) { return Do(Op::kJoin, seeds - 1); }
  Program& Leave() { return Do(Op::kLeave); }
  Program& Stop() { return Do(Op::kStop); }
  Program& GetRing() { return Do(Op::kGetRing); }
  Program& Notify(unsigned place, Who who = Who::kUsual) {
    Do(Op::kNotify);
    return PutServer(place, who);
  }
  Program& NotifyBytes(const Server& from) {
    Do(Op::kNotifyBytes);
    out_.Chunk(runtime::ToWire(from).SerializeAsString());
    return *this;
  }
  // The newest question is answered: a lookup with a server, GetRing with a ring.
  Program& Found(unsigned place, Who who = Who::kUsual) {
    Do(Op::kAnswer, 0);
    return PutServer(place, who);
  }
  Program& Ring(unsigned predecessor, std::initializer_list<unsigned> successors) {
    Found(predecessor);
    out_.Byte(static_cast<unsigned>(successors.size()));
    for (const unsigned place : successors) PutServer(place, Who::kUsual);
    return *this;
  }
  Program& Farewell(unsigned which, unsigned predecessor,
                    std::initializer_list<unsigned> successors) {
    Do(Op::kFarewellOfKnown, which);
    PutServer(predecessor, Who::kUsual).out_.Byte(static_cast<unsigned>(successors.size()));
    for (const unsigned place : successors) PutServer(place, Who::kUsual);
    return *this;
  }
  Program& RingBytes(const core::RingView& ring) {
    Do(Op::kAnswerBytes, 0);
    out_.Chunk(runtime::ToWire(ring).SerializeAsString());
    return *this;
  }
  Program& Refuse() { return Do(Op::kRefuse, 0); }
  Program& Timeout() { return Do(Op::kTimeout, 0); }
  Program& NobodysAnswer(NobodysQuestion question, unsigned place) {
    Do(Op::kNobodysAnswer, static_cast<unsigned>(question));
    PutServer(place, Who::kUsual);
    out_.Byte(0);
    return *this;
  }
  Program& Suspect(unsigned place) {
    Do(Op::kEvidence);
    return PutServer(place, Who::kUsual);
  }
  Program& SuspectKnown(unsigned which) { return Do(Op::kEvidenceOfKnown, which); }
  Program& KnownIsLate(unsigned which) { return Do(Op::kLatenessOfKnown, which); }
  Program& Fire(core::Timer timer) { return Do(Op::kTimer, static_cast<unsigned>(timer)); }

  // Begins a ring with those at these places.
  Program& Bootstrap(std::initializer_list<unsigned> places) {
    Do(Op::kBootstrap, static_cast<unsigned>(places.size()) - 1);
    for (const unsigned place : places) PutServer(place, Who::kUsual);
    return *this;
  }
  Program& Meet(unsigned place, unsigned says) {
    Do(Op::kMeet);
    PutServer(place, Who::kUsual).out_.Byte(says);
    return *this;
  }
  // The newest question is answered by who begins a ring.
  Program& Says(unsigned place, unsigned says) {
    Found(place);
    out_.Byte(says);
    return *this;
  }

  // Enters the ring of 20, 80, 120 and 200 through one seed.
  Program& JoinOthers() { return Join(1).Found(80).Ring(20, {}).Ring(200, {80, 120, 200}); }

  const std::string& bytes() const { return out_.bytes(); }

 private:
  Program& Do(Op op) {
    out_.Byte(static_cast<unsigned>(op));
    return *this;
  }
  Program& Do(Op op, unsigned argument) {
    Do(op);
    out_.Byte(argument);
    return *this;
  }
  Program& PutServer(unsigned place, Who who) {
    out_.Byte(static_cast<unsigned>(who)).Byte(place);
    return *this;
  }

  Output out_;
};

Server Usual(Id id) {
  return {id, "usual" + std::to_string(id), "usual" + std::to_string(id) + ":1"};
}

}  // namespace

Seeds MemberSeeds() {
  using core::Timer;
  const auto program = [] { return Program(50); };
  const auto joined = [] { return Program(50).JoinOthers(); };
  const auto bereft = [] { return Program(50).JoinOthers().Refuse().Ring(50, {200, 20}); };
  const auto alone = [] {
    Program node = Program(50).JoinOthers();
    for (int all = 0; all < 4; ++all) node.Refuse();
    return node;
  };
  return {
      {"create", program().Create().GetRing().Notify(40).Ring(50, {50}).GetRing().Stop().bytes()},
      {"create_twice", program().Create().Create().Join(1).Stop().Stop().bytes()},
      {"join", joined().Ring(20, {120, 200, 20}).GetRing().bytes()},
      {"join_someone_came_between",
       program().Join(2).Found(120).Ring(80, {}).Ring(20, {}).Ring(200, {80, 120}).bytes()},
      {"join_predecessor_learns_later",
       program().Join(1).Found(80).Ring(20, {}).Ring(200, {30, 80}).Ring(20, {80}).bytes()},
      {"join_predecessor_dead", program().Join(2).Found(80).Ring(20, {}).Refuse().bytes()},
      {"join_next_seed", program().Join(3).Refuse().Timeout().Found(80).Timeout().Refuse().bytes()},
      {"join_retry", program()
                         .Join(2)
                         .Refuse()
                         .Refuse()
                         .Fire(Timer::kJoinRetry)
                         .Refuse()
                         .Fire(Timer::kJoinTimeout)
                         .bytes()},
      {"join_duplicate", program().Join(1).Found(50, Who::kOther).Ring(20, {80}).bytes()},
      {"join_earlier_life", program().Join(1).Found(50, Who::kSelf).bytes()},
      {"stabilize_adopts", joined().Ring(60, {120, 200}).Ring(50, {80, 120}).bytes()},
      {"stabilize_candidate_dead", joined().Ring(60, {120, 200}).Refuse().bytes()},
      {"successors_die", joined().Refuse().Refuse().Timeout().Timeout().Refuse().bytes()},
      {"successor_suspected", joined()
                                  .Ring(50, {120, 200})
                                  .SuspectKnown(0)
                                  .Fire(Timer::kStabilizeCooldown)
                                  .Refuse()
                                  .bytes()},
      {"rectify", joined().Ring(50, {120}).Notify(30).Notify(10).Refuse().Notify(40).bytes()},
      {"rectify_other", joined().Notify(20, Who::kOther).Notify(50, Who::kOther).bytes()},
      {"predecessor_dies", joined()
                               .Ring(50, {120})
                               .Fire(Timer::kCheckPredecessor)
                               .Refuse()
                               .Notify(200)
                               .Fire(Timer::kPredecessorCooldown)
                               .bytes()},
      {"fingers", joined()
                      .Ring(50, {120, 200})
                      .Fire(Timer::kFixFinger)
                      .Found(20)
                      .Fire(Timer::kFixFinger)
                      .Refuse()
                      .Suspect(20)
                      .bytes()},
      {"finger_late", Program(50, 1)
                          .JoinOthers()
                          .Ring(50, {120})
                          .Fire(Timer::kFixFinger)
                          .Found(200)
                          .KnownIsLate(1)
                          .Timeout()
                          .Timeout()
                          .KnownIsLate(1)
                          .bytes()},
      {"one_successor",
       Program(1, 1).Join(1).Found(20).Ring(0, {}).Ring(200, {20}).Ring(0, {1}).GetRing().bytes()},
      {"fallback_answers", Program(50, 1).JoinOthers().Refuse().Ring(120, {50}).GetRing().bytes()},
      {"probe_adopts", bereft().Fire(Timer::kProbe).Ring(70, {85, 120}).bytes()},
      {"probe_silent", bereft().Fire(Timer::kProbe).Timeout().Timeout().Found(50).bytes()},
      {"probe_meets_somebody_else",
       bereft().Fire(Timer::kProbe).RingBytes({Usual(70), {Usual(120)}, Usual(130)}).bytes()},
      {"probe_finds_nearer",
       joined().Ring(50, {120}).Fire(Timer::kProbe).Found(60).Ring(55, {80}).bytes()},
      {"probe_finds_another_ring", joined().Ring(50, {120}).Fire(Timer::kProbe).Found(100).bytes()},
      {"alone_joins_again",
       alone().Fire(Timer::kStabilize).Found(80).Ring(20, {}).Ring(200, {80, 120}).bytes()},
      {"alone_is_found_first",
       alone().Fire(Timer::kStabilize).Found(80).Notify(30).Ring(50, {120}).bytes()},
      {"alone_stays_alone", alone().Fire(Timer::kProbe).Found(80).Refuse().bytes()},
      {"again", joined().Stop().Create().Stop().JoinOthers().GetRing().bytes()},
      {"regression_answer_while_pausing",
       program().Join(1).Refuse().NobodysAnswer(NobodysQuestion::kAnsweredBefore, 60).bytes()},
      {"regression_answer_to_zero_while_pausing",
       program().Join(1).Refuse().NobodysAnswer(NobodysQuestion::kZero, 60).bytes()},
      {"regression_answer_of_other_kind",
       program().Join(1).NobodysAnswer(NobodysQuestion::kOtherKind, 60).bytes()},
      {"regression_answer_of_somebody_else",
       joined().RingBytes({Usual(70), {Usual(120)}, Usual(130)}).bytes()},
      {"regression_finger_covered", Program(50, 2)
                                        .JoinOthers()
                                        .Fire(Timer::kFixFinger)
                                        .Found(200)
                                        .Ring(50, {220})
                                        .Fire(Timer::kFixFinger)
                                        .bytes()},
      {"leave", joined().Leave().Ring(20, {120}).Ring(200, {80}).GetRing().Stop().bytes()},
      {"leave_past_the_dead", joined().Leave().Refuse().Timeout().Timeout().Ring(80, {20}).bytes()},
      {"leave_given_up", joined().Leave().Fire(Timer::kLeaveTimeout).Join(1).Stop().bytes()},
      {"leave_behind_who_joined", joined().Leave().Ring(60, {120}).Ring(20, {80}).bytes()},
      {"regression_leave_has_an_heir", joined().Leave().Ring(20, {120}).bytes()},
      {"successor_leaves", joined().Farewell(1, 50, {120, 200}).Ring(50, {200, 20}).bytes()},
      {"predecessor_leaves", joined().Farewell(0, 200, {50, 80}).GetRing().Notify(200).bytes()},
      {"everybody_leaves", joined()
                               .Farewell(1, 50, {120, 200})
                               .Farewell(1, 50, {200, 20})
                               .Farewell(1, 50, {20})
                               .Farewell(0, 50, {50})
                               .bytes()},
      {"bootstrap", program()
                        .Bootstrap({20, 80})
                        .Says(20, 0)
                        .Says(80, 0)
                        .GetRing()
                        .Fire(Timer::kJoinRetry)
                        .Says(20, Says::kMetAll)
                        .Says(80, Says::kMetAll)
                        .Meet(20, Says::kMetAll)
                        .bytes()},
      {"bootstrap_second_life", program()
                                    .Bootstrap({20, 80})
                                    .Says(20, 0)
                                    .Says(80, 0)
                                    .Fire(Timer::kJoinRetry)
                                    .Says(20, Says::kMetAll)
                                    .Says(80, Says::kSecondLife)
                                    .Meet(80, Says::kSecondLife)
                                    .bytes()},
      {"bootstrap_ring_is_there", program()
                                      .Bootstrap({20, 80})
                                      .Says(20, Says::kMember)
                                      .Found(80)
                                      .Ring(20, {})
                                      .Ring(80, {80})
                                      .bytes()},
      {"bootstrap_placed_by_another", program()
                                          .Bootstrap({20})
                                          .Says(20, 0)
                                          .Fire(Timer::kJoinRetry)
                                          .Says(20, Says::kMember | Says::kMetAll)
                                          .bytes()},
      {"bootstrap_nobody_lets_in", program()
                                       .Bootstrap({20, 80})
                                       .Says(20, Says::kMember)
                                       .Refuse()
                                       .Refuse()
                                       .Fire(Timer::kJoinRetry)
                                       .Says(20, 0)
                                       .bytes()},
      {"bootstrap_other_list", program().Bootstrap({20}).Says(20, Says::kOtherList).bytes()},
      {"bootstrap_given_up",
       program().Bootstrap({20}).Refuse().Meet(20, 0).Fire(Timer::kJoinTimeout).bytes()},
      {"late_answers", joined()
                           .NobodysAnswer(NobodysQuestion::kNeverAsked, 60)
                           .NobodysAnswer(NobodysQuestion::kAnsweredBefore, 60)
                           .bytes()},
      {"bytes", program()
                    .Join(1)
                    .Found(80)
                    .RingBytes({Usual(20), {Usual(120)}})
                    .RingBytes({Usual(200), {Usual(80), Usual(120)}})
                    .NotifyBytes(Usual(30))
                    .bytes()},
  };
}

// Steps of the member at 50, without the head.
Words MemberWords() {
  using core::Timer;
  const auto word = [](const Program& program) {
    return program.bytes().substr(Program(50).bytes().size());
  };
  const auto program = [] { return Program(50); };
  return {
      {"join", word(program().JoinOthers())},
      {"create", word(program().Create())},
      {"stop_and_join", word(program().Stop().JoinOthers())},
      {"stabilize", word(program().Fire(Timer::kStabilize).Ring(50, {120, 200}))},
      {"adopt", word(program().Fire(Timer::kStabilize).Ring(60, {80, 120}).Ring(50, {80}))},
      {"candidate_dead", word(program().Fire(Timer::kStabilize).Ring(60, {80}).Refuse())},
      {"head_dead", word(program().Fire(Timer::kStabilize).Refuse().Ring(50, {200, 20}))},
      {"head_late", word(program().Fire(Timer::kStabilize).Timeout())},
      {"predecessor_dead", word(program().Fire(Timer::kCheckPredecessor).Refuse())},
      {"predecessor_lives", word(program().Fire(Timer::kCheckPredecessor).Ring(200, {50}))},
      {"rectify", word(program().Notify(30).Ring(20, {50}))},
      {"rectify_dead", word(program().Notify(30).Refuse())},
      {"rectify_other", word(program().Notify(20, Who::kOther))},
      {"finger", word(program().Fire(Timer::kFixFinger).Found(200))},
      {"suspect", word(program().SuspectKnown(0).Fire(Timer::kStabilizeCooldown))},
      {"late", word(program().KnownIsLate(1).KnownIsLate(1))},
      {"join_again", word(program().Refuse().Fire(Timer::kJoinRetry))},
      {"join_given_up", word(program().Fire(Timer::kJoinTimeout))},
      {"bootstrap", word(program().Bootstrap({20, 80}))},
      {"bootstrap_met", word(program().Says(20, 0).Says(80, 0).Fire(Timer::kJoinRetry))},
      {"bootstrap_met_all", word(program().Says(20, Says::kMetAll).Says(80, Says::kMetAll))},
      {"bootstrap_is_there", word(program().Says(20, Says::kMember))},
      {"meet", word(program().Meet(20, Says::kMetAll))},
      {"leave", word(program().Leave().Ring(20, {120}).Ring(200, {80}))},
      {"leave_given_up", word(program().Leave().Fire(Timer::kLeaveTimeout))},
      {"successor_leaves", word(program().Farewell(1, 50, {120, 200}))},
      {"predecessor_leaves", word(program().Farewell(0, 200, {50, 80}))},
      {"answered_before", word(program().NobodysAnswer(NobodysQuestion::kAnsweredBefore, 60))},
      {"bytes", word(program().RingBytes({Usual(20), {Usual(80), Usual(120)}}))},
  };
}

}  // namespace concord::fuzz
