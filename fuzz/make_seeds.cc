// make_seeds FOLDER: writes the inputs that the fuzzers start from, FOLDER/fuzz_codec/*,
// FOLDER/fuzz_member/* and FOLDER/fuzz_schedule/*. Each is a small true story; the fuzzers make up
// the rest.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "codec_input.h"
#include "concord_wire.pb.h"
#include "core/events.h"
#include "core/messages.h"
#include "input.h"
#include "member_program.h"
#include "runtime/codec.h"
#include "schedule_program.h"

namespace concord::fuzz {
namespace {

using Seeds = std::map<std::string, std::string>;

// --- fuzz_codec -------------------------------------------------------------------------------

const Server kServer{0x12, "cache-1", "cache-1.example.com:7000"};
const Server kIpv6{0x34, "k\xC3\xB6ln", "[2001:db8::1]:7000"};

constexpr unsigned kOnce = 7;  // cut after 7 bytes
constexpr unsigned kManyTimes = 255;

template <typename Message>
std::string MessageSeed(Subject subject, unsigned hash_bits, const Message& message,
                        unsigned shape = kOnce) {
  return Output()
      .Byte(static_cast<unsigned>(subject))
      .Byte(hash_bits - 1)
      .Byte(shape)
      .Rest(message.SerializeAsString())
      .bytes();
}

std::string TextSeed(Subject subject, const std::string& text) {
  return Output().Byte(static_cast<unsigned>(subject)).Rest(text).bytes();
}

std::string LogSeed(const std::string& node, const std::string& key, const std::string& reason) {
  return Output()
      .Byte(static_cast<unsigned>(Subject::kLog))
      .Chunk(node)
      .Chunk(key)
      .Rest(reason)
      .bytes();
}

std::string NameSeed(std::size_t bytes) {
  return MessageSeed(Subject::kServer, 8,
                     runtime::ToWire(Server{1, std::string(bytes, 'n'), "a:1"}));
}

std::string ListSeed(std::size_t successors) {
  const Server short_one{1, "n", "a:1"};
  const std::vector<Server> list(successors, short_one);
  return MessageSeed(Subject::kRing, 8, runtime::ToWire(core::RingView{short_one, list}));
}

// What lies on either side of a limit. No fuzzer gets there in a minute.
Seeds LimitSeeds() {
  return {
      {"name_255", NameSeed(255)},
      {"name_256", NameSeed(256)},
      {"list_64", ListSeed(64)},
      {"list_65", ListSeed(65)},
      {"host_253", TextSeed(Subject::kAddress, std::string(253, 'h') + ":1")},
      {"host_254", TextSeed(Subject::kAddress, std::string(254, 'h') + ":1")},
      {"port_65535", TextSeed(Subject::kAddress, "a:65535")},
      {"port_65536", TextSeed(Subject::kAddress, "a:65536")},
      {"message_too_long",
       MessageSeed(Subject::kServer, 8, runtime::ToWire(Server{1, std::string(60, 'n'), "a:1"}),
                   kManyTimes)},
  };
}

Seeds CodecSeeds() {
  using runtime::FindRequest;
  using runtime::FindResponse;
  using runtime::ToWire;
  wire::Ring lonely;
  *lonely.add_successors() = ToWire(kServer);
  wire::Server off_circle = ToWire(kServer);
  off_circle.set_id(0x1234);
  return {
      {"find_req", MessageSeed(Subject::kFindReq, 64, ToWire(FindRequest{~Id{0}, 3}))},
      {"find_req_unmasked", MessageSeed(Subject::kFindReq, 8, ToWire(FindRequest{0x1234, 0}))},
      {"find_resp", MessageSeed(Subject::kFindResp, 64, ToWire(FindResponse{kServer, 2}))},
      {"find_resp_empty", MessageSeed(Subject::kFindResp, 64, wire::FindResp())},
      {"server", MessageSeed(Subject::kServer, 64, ToWire(kServer))},
      {"server_ipv6", MessageSeed(Subject::kServer, 8, ToWire(kIpv6))},
      {"server_off_circle", MessageSeed(Subject::kServer, 8, off_circle)},
      {"server_without_name", MessageSeed(Subject::kServer, 8, ToWire(Server{1, "", "a:1"}))},
      {"ring",
       MessageSeed(Subject::kRing, 64, ToWire(core::RingView{kServer, {kServer, kIpv6, kServer}}))},
      {"ring_without_predecessor", MessageSeed(Subject::kRing, 64, lonely)},
      {"address_name", TextSeed(Subject::kAddress, "cache-1.example.com:7000")},
      {"address_ipv4", TextSeed(Subject::kAddress, "127.0.0.1:7000")},
      {"address_ipv6", TextSeed(Subject::kAddress, "[::1]:80")},
      {"address_bare_ipv6", TextSeed(Subject::kAddress, "::1:80")},
      {"address_wildcard", TextSeed(Subject::kAddress, "0.0.0.0:0")},
      {"text", TextSeed(Subject::kText, "k\xC3\xB6ln \xE2\x82\xAC \xF0\x9F\x98\x80")},
      {"text_surrogate", TextSeed(Subject::kText, "\xED\xA0\x80")},
      {"text_overlong", TextSeed(Subject::kText, "\xC0\x80 \xE0\x80\x80 \xF0\x80\x80\x80")},
      {"log", LogSeed("cache-1", "user:42", "connection refused")},
      {"log_quotes", LogSeed("a \"b\"", "c=d\\e", "line\nline\x7F")},
      {"regression_nul_in_brackets", TextSeed(Subject::kAddress, std::string("[::1\0]:80", 9))},
      {"regression_wildcard_ipv6", TextSeed(Subject::kAddress, "[::0]:80")},
      {"regression_wildcard_ipv4", TextSeed(Subject::kAddress, "0:80")},
      {"regression_wildcard_mapped", TextSeed(Subject::kAddress, "[::ffff:0.0.0.0]:80")},
      {"log_bytes", LogSeed("k\xC3\xB6ln", "\xFF\x80", std::string("\0x", 2))},
  };
}

// --- fuzz_member ------------------------------------------------------------------------------

// A program for one member of an 8-bit ring. Places are identifiers there.
class Program {
 public:
  explicit Program(unsigned self, unsigned successors = 3) {
    out_.Byte(8 - 1).Byte(successors - 1).Byte(self).Byte(0);
  }

  Program& Create() { return Do(Op::kCreate); }
  Program& Join(unsigned seeds) { return Do(Op::kJoin, seeds - 1); }
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

Seeds MemberSeeds() {
  using core::Timer;
  const auto program = [] { return Program(50); };
  const auto joined = [] { return Program(50).JoinOthers(); };
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
      {"again", joined().Stop().Create().Stop().JoinOthers().GetRing().bytes()},
      {"regression_answer_while_pausing",
       program().Join(1).Refuse().NobodysAnswer(NobodysQuestion::kAnsweredBefore, 60).bytes()},
      {"regression_answer_to_zero_while_pausing",
       program().Join(1).Refuse().NobodysAnswer(NobodysQuestion::kZero, 60).bytes()},
      {"regression_answer_of_other_kind",
       program().Join(1).NobodysAnswer(NobodysQuestion::kOtherKind, 60).bytes()},
      {"regression_finger_covered", Program(50, 2)
                                        .JoinOthers()
                                        .Fire(Timer::kFixFinger)
                                        .Found(200)
                                        .Ring(50, {220})
                                        .Fire(Timer::kFixFinger)
                                        .bytes()},
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

// --- fuzz_schedule ----------------------------------------------------------------------------

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

void Write(const std::filesystem::path& folder, const Seeds& seeds) {
  std::filesystem::create_directories(folder);
  for (const auto& [name, bytes] : seeds) {
    std::ofstream(folder / name, std::ios::binary) << bytes;
  }
}

}  // namespace
}  // namespace concord::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "Usage: make_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  concord::fuzz::Write(folder / "fuzz_codec", concord::fuzz::CodecSeeds());
  concord::fuzz::Write(folder / "fuzz_codec", concord::fuzz::LimitSeeds());
  concord::fuzz::Write(folder / "fuzz_member", concord::fuzz::MemberSeeds());
  concord::fuzz::Write(folder / "fuzz_schedule", concord::fuzz::ScheduleSeeds());
  return 0;
}
