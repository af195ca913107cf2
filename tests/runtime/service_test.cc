// The server's side of the wire, called with raw bytes.
#include "runtime/service.h"

#include <gmock/gmock.h>
#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "arrivals.h"
#include "raw_wire.h"
#include "runtime/codec.h"
#include "runtime/methods.h"
#include "station.h"
#include "support/eventually.h"

namespace concord::runtime {
namespace {

using concord::testing::Eventually;
using ::testing::HasSubstr;
using ::testing::Not;

class ServiceTest : public ::testing::Test {
 protected:
  RawAnswer Call(const std::string& method, const std::string& request,
                 const RawCall::Options& options = {}) {
    return RawCall(channel_, method, request, options).Wait();
  }
  RawAnswer Call(const std::string& method, const google::protobuf::MessageLite& request) {
    return Call(method, request.SerializeAsString());
  }
  std::unique_ptr<RawCall> Begin(const std::string& method, const std::string& request = "") {
    return std::make_unique<RawCall>(channel_, method, request);
  }

  void ExpectInvalid(const std::string& method, const std::string& request,
                     const std::string& why) {
    const int calls = ring_.calls();
    const RawAnswer answer = Call(method, request);
    EXPECT_EQ(answer.status.error_code(), grpc::INVALID_ARGUMENT) << why;
    EXPECT_THAT(answer.status.error_message(), HasSubstr(why));
    EXPECT_EQ(ring_.calls(), calls) << "the handler heard of it: " << why;
  }

  FakeRing ring_;
  Station station_{ring_, {.space = core::IdSpace(8)}};
  std::shared_ptr<grpc::Channel> channel_ = PlainChannel(station_.address());
};

template <typename Message>
Message Parsed(const RawAnswer& answer) {
  Message message;
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_TRUE(message.ParseFromString(answer.bytes));
  return message;
}

// --- Well-formed calls ---

TEST_F(ServiceTest, FindSuccessorIsAnswered) {
  Arrivals<FindRequest> asked;
  ring_.SetFind([&](const FindRequest& request, absl::Time, RingHandler::FindAnswer answer) {
    asked.Put(request);
    answer(FindResponse{.owner = At(9), .hops = 3});
  });
  const auto response =
      Parsed<wire::FindResp>(Call(kFindSuccessorMethod, ToWire(FindRequest{.id = 5, .hops = 2})));
  EXPECT_EQ(FromWire(core::IdSpace(8), response.server()).value(), At(9));
  EXPECT_EQ(response.hops(), 3u);
  const FindRequest request = asked.Take();
  EXPECT_EQ(request.id, 5u);
  EXPECT_EQ(request.hops, 2u);
}

TEST_F(ServiceTest, FindSuccessorOfAnIdentifierThatIsNotMaskedIsMasked) {
  Arrivals<Id> asked;
  ring_.SetFind([&](const FindRequest& request, absl::Time, RingHandler::FindAnswer answer) {
    asked.Put(request.id);
    answer(FindResponse{.owner = At(9), .hops = 0});
  });
  EXPECT_TRUE(Call(kFindSuccessorMethod, ToWire(FindRequest{.id = 0x1234})).status.ok());
  EXPECT_EQ(asked.Take(), 0x34u);
}

TEST_F(ServiceTest, GetRingIsAnswered) {
  const core::RingView view{.predecessor = At(1), .successors = {At(2), At(3)}};
  ring_.SetRing([view](RingHandler::RingAnswer answer) { answer(view); });
  const auto ring = Parsed<wire::Ring>(Call(kGetRingMethod, ""));
  EXPECT_EQ(FromWire(core::IdSpace(8), ring).value(), view);
}

TEST_F(ServiceTest, NotifyIsAnswered) {
  Arrivals<Server> notified;
  ring_.SetNotify([&](const Server& from) {
    notified.Put(from);
    return absl::OkStatus();
  });
  const RawAnswer answer = Call(kNotifyMethod, ToWire(At(5)));
  EXPECT_TRUE(answer.status.ok());
  EXPECT_EQ(answer.bytes, "");
  EXPECT_EQ(notified.Take(), At(5));
}

TEST_F(ServiceTest, FieldsThatNobodyKnowsAreSkipped) {
  EXPECT_TRUE(Call(kFindSuccessorMethod, Padded(ToWire(FindRequest{.id = 5}), 100)).status.ok());
  EXPECT_TRUE(Call(kGetRingMethod, Padded(google::protobuf::Empty(), 100)).status.ok());
  EXPECT_TRUE(Call(kNotifyMethod, Padded(ToWire(At(5)), 100)).status.ok());
  EXPECT_EQ(ring_.calls(), 3);
}

// --- Refusals of the handler ---

TEST_F(ServiceTest, ARefusalTravelsWithItsCodeAndReason) {
  ring_.AnswerFind(absl::AbortedError("those behind me are silent"));
  const RawAnswer find = Call(kFindSuccessorMethod, ToWire(FindRequest{.id = 5}));
  EXPECT_EQ(find.status.error_code(), grpc::ABORTED);
  EXPECT_EQ(find.status.error_message(), "those behind me are silent");

  ring_.SetNotify([](const Server&) { return absl::UnavailableError("nobody is home"); });
  const RawAnswer notify = Call(kNotifyMethod, ToWire(At(5)));
  EXPECT_EQ(notify.status.error_code(), grpc::UNAVAILABLE);
  EXPECT_EQ(notify.status.error_message(), "nobody is home");
}

TEST_F(ServiceTest, GetRingOfOneThatIsNoMemberIsUnavailable) {
  ring_.SetRing([](RingHandler::RingAnswer answer) { answer(std::nullopt); });
  const RawAnswer answer = Call(kGetRingMethod, "");
  EXPECT_EQ(answer.status.error_code(), grpc::UNAVAILABLE);
  EXPECT_EQ(answer.status.error_message(), "this node is not a member of a ring");
}

// --- What is not well-formed ---

const std::vector<std::string> kGarbage = {
    "\x08",      // a field without its value
    "\x08\xff",  // a number that goes on
    "\x1a\x05"
    "ab",                        // shorter than it says
    std::string("\x00\x01", 2),  // field 0
    "\x0c",                      // the end of a group that never began
    std::string(1000, '\xff'),
};

TEST_F(ServiceTest, BytesThatAreNoMessageAreInvalid) {
  for (const std::string& garbage : kGarbage) {
    const std::string why = absl::StrCat("message of ", garbage.size(), " bytes is no ");
    ExpectInvalid(kFindSuccessorMethod, garbage, why);
    ExpectInvalid(kGetRingMethod, garbage, why);
    ExpectInvalid(kNotifyMethod, garbage, why);
  }
}

TEST_F(ServiceTest, AMessageOver64KibIsInvalid) {
  const wire::FindReq find = ToWire(FindRequest{.id = 5});
  const google::protobuf::Empty empty;
  EXPECT_TRUE(Call(kFindSuccessorMethod, Padded(find, 65536)).status.ok());
  EXPECT_TRUE(Call(kGetRingMethod, Padded(empty, 65536)).status.ok());
  EXPECT_TRUE(Call(kNotifyMethod, Padded(ToWire(At(5)), 65536)).status.ok());
  EXPECT_EQ(ring_.calls(), 3);
  const std::string why = "message of 65537 bytes: the limit is 65536";
  ExpectInvalid(kFindSuccessorMethod, Padded(find, 65537), why);
  ExpectInvalid(kGetRingMethod, Padded(empty, 65537), why);
  ExpectInvalid(kNotifyMethod, Padded(ToWire(At(5)), 65537), why);
}

TEST_F(ServiceTest, AMessageUpToTheTransportsLimitIsInvalidToo) {
  ExpectInvalid(kNotifyMethod, Padded(ToWire(At(5)), 1 << 20),
                "message of 1048576 bytes: the limit is 65536");
}

TEST_F(ServiceTest, AMessageOverTheTransportsLimitIsRefusedByIt) {
  for (const char* method : {kFindSuccessorMethod, kGetRingMethod, kNotifyMethod}) {
    const RawAnswer answer = Call(method, std::string((1 << 20) + 1, 'x'));
    EXPECT_EQ(answer.status.error_code(), grpc::RESOURCE_EXHAUSTED) << method;
  }
  EXPECT_EQ(ring_.calls(), 0);
  EXPECT_TRUE(Call(kGetRingMethod, "").status.ok());
}

// Small as it travels, huge once it is unpacked: gRPC would do that before it looks at the size.
TEST_F(ServiceTest, ACompressedMessageIsRefusedAsItTravels) {
  const std::string bytes = Padded(ToWire(At(5)), 32 << 20);
  const RawAnswer answer = Call(kNotifyMethod, bytes, {.gzip = true});
  EXPECT_EQ(answer.status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(answer.status.error_message(), Not(HasSubstr(std::to_string(32 << 20))));
  EXPECT_EQ(ring_.calls(), 0);
}

std::string NotifyOf(Id id, const std::string& name, const std::string& address) {
  wire::Server server;
  server.set_id(id);
  server.set_name(name);
  server.set_address(address);
  return server.SerializeAsString();
}

TEST_F(ServiceTest, ANotifierThatIsNoServerIsInvalid) {
  EXPECT_TRUE(Call(kNotifyMethod, NotifyOf(255, std::string(255, 'n'), "h:65535")).status.ok());
  EXPECT_EQ(ring_.notifies(), 1);
  ExpectInvalid(kNotifyMethod, "", "server name of 0 bytes: it must have 1 to 255");
  ExpectInvalid(kNotifyMethod, NotifyOf(1, "", "h:1"), "server name of 0 bytes");
  ExpectInvalid(kNotifyMethod, NotifyOf(1, std::string(256, 'n'), "h:1"),
                "server name of 256 bytes: it must have 1 to 255");
  ExpectInvalid(kNotifyMethod, NotifyOf(1, "n", ""), "address '': it must be host:port");
  ExpectInvalid(kNotifyMethod, NotifyOf(1, "n", "h:0"), "nobody can be reached on port 0");
  ExpectInvalid(kNotifyMethod, NotifyOf(1, "n", "0.0.0.0:1"), "a wildcard host names nobody");
  ExpectInvalid(kNotifyMethod, NotifyOf(1, "n", std::string(60'000, 'h')), "it must be host:port");
  ExpectInvalid(kNotifyMethod, NotifyOf(256, "n", "h:1"),
                "server id 256 does not fit the 8 hash_bits of this ring");
  ExpectInvalid(kNotifyMethod, "\x12\x01\xff\x1a\x03h:1", R"(server name '\xff' is not UTF-8)");
}

// Whoever embeds the library would find a stranger's doings on its own standard error.
TEST_F(ServiceTest, ABadMessageIsNotWrittenAbout) {
  ::testing::internal::CaptureStderr();
  for (const std::string& bad :
       {kGarbage[0], kGarbage[3], NotifyOf(1, "", "h:1"), std::string("\x12\x01\xff\x1a\x03h:1"),
        std::string((1 << 20) + 1, 'x')}) {
    EXPECT_FALSE(Call(kNotifyMethod, bad).status.ok());
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_F(ServiceTest, AnUnknownMethodIsUnimplemented) {
  for (const char* method : {"/concord.ChordService/Depart", "/concord.ChordService/",
                             "/other.Service/GetRing", "/concord.wire.ChordService/GetRing"}) {
    EXPECT_EQ(Call(method, "").status.error_code(), grpc::UNIMPLEMENTED) << method;
  }
  EXPECT_EQ(ring_.calls(), 0);
}

// A client that says it has sent everything, and sent nothing.
TEST_F(ServiceTest, ACallWithoutAMessageIsRefusedAndUsesNothingUp) {
  grpc::GenericStub stub(channel_);
  for (int i = 0; i < 20; ++i) {  // more than calls of a method are taken at once
    grpc::CompletionQueue queue;
    grpc::ClientContext context;
    grpc::Status status;
    const auto stream = stub.PrepareCall(&context, kNotifyMethod, &queue);
    const auto step = [&] {
      void* tag = nullptr;
      bool ok = false;
      queue.Next(&tag, &ok);
    };
    stream->StartCall(nullptr);
    step();
    stream->WritesDone(nullptr);
    step();
    stream->Finish(&status, nullptr);
    step();
    EXPECT_FALSE(status.ok());
  }
  EXPECT_EQ(ring_.calls(), 0);
  EXPECT_TRUE(Call(kNotifyMethod, ToWire(At(5))).status.ok());
}

// --- Deadlines ---

TEST_F(ServiceTest, TheCallersDeadlineReachesTheHandler) {
  Arrivals<absl::Time> deadlines;
  ring_.SetFind([&](const FindRequest&, absl::Time deadline, RingHandler::FindAnswer answer) {
    deadlines.Put(deadline);
    answer(FindResponse{.owner = At(9), .hops = 0});
  });
  const std::string request = ToWire(FindRequest{.id = 5}).SerializeAsString();
  for (const absl::Duration timeout : {absl::Minutes(2), absl::Hours(1)}) {
    const absl::Time before = absl::Now();
    EXPECT_TRUE(Call(kFindSuccessorMethod, request, {.deadline = before + timeout}).status.ok());
    const absl::Time deadline = deadlines.Take();
    EXPECT_GT(deadline, before + timeout / 2);
    EXPECT_LT(deadline, absl::Now() + timeout + timeout / 2);
  }
}

TEST_F(ServiceTest, WithoutADeadlineTheHandlerHearsOfNone) {
  Arrivals<absl::Time> deadlines;
  ring_.SetFind([&](const FindRequest&, absl::Time deadline, RingHandler::FindAnswer answer) {
    deadlines.Put(deadline);
    answer(FindResponse{.owner = At(9), .hops = 0});
  });
  const std::string request = ToWire(FindRequest{.id = 5}).SerializeAsString();
  EXPECT_TRUE(
      Call(kFindSuccessorMethod, request, {.deadline = absl::InfiniteFuture()}).status.ok());
  EXPECT_EQ(deadlines.Take(), absl::InfiniteFuture());
}

// --- Answers that come later ---

TEST_F(ServiceTest, AnAnswerMayComeFromAnotherThread) {
  Arrivals<std::thread> threads;
  ring_.SetFind([&](const FindRequest&, absl::Time, RingHandler::FindAnswer answer) {
    threads.Put(std::thread([answer = std::move(answer)]() mutable {
      answer(FindResponse{.owner = At(9), .hops = 1});
    }));
  });
  ring_.SetRing([&](RingHandler::RingAnswer answer) {
    threads.Put(std::thread([answer = std::move(answer)]() mutable {
      answer(core::RingView{.predecessor = At(1), .successors = {At(2)}});
    }));
  });
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Parsed<wire::FindResp>(Call(kFindSuccessorMethod, "")).server().id(), 9u);
    EXPECT_EQ(Parsed<wire::Ring>(Call(kGetRingMethod, "")).predecessor().id(), 1u);
  }
  for (int i = 0; i < 40; ++i) threads.Take().join();
}

// Far more than are taken at once, and answered last come, first served.
TEST_F(ServiceTest, ManyCallsMayBeOpenAtOnce) {
  constexpr int kCalls = 100;  // (of kMaxCallsOfConnection)
  Arrivals<std::pair<Id, RingHandler::FindAnswer>> open;
  ring_.SetFind([&](const FindRequest& request, absl::Time, RingHandler::FindAnswer answer) {
    open.Put({request.id, std::move(answer)});
  });
  std::vector<std::unique_ptr<RawCall>> calls;
  for (int i = 0; i < kCalls; ++i) {
    calls.push_back(
        Begin(kFindSuccessorMethod, ToWire(FindRequest{.id = Id(i % 256)}).SerializeAsString()));
  }
  std::vector<std::pair<Id, RingHandler::FindAnswer>> taken;
  for (int i = 0; i < kCalls; ++i) taken.push_back(open.Take());
  for (auto it = taken.rbegin(); it != taken.rend(); ++it) {
    it->second(FindResponse{.owner = At(it->first), .hops = 0});
  }
  for (int i = 0; i < kCalls; ++i) {
    EXPECT_EQ(Parsed<wire::FindResp>(calls[i]->Wait()).server().id(), Id(i % 256));
  }
}

TEST_F(ServiceTest, AnAnswerToACallerThatIsGoneHarmsNobody) {
  Arrivals<RingHandler::RingAnswer> open;
  ring_.SetRing([&](RingHandler::RingAnswer answer) { open.Put(std::move(answer)); });
  auto call = Begin(kGetRingMethod);
  RingHandler::RingAnswer answer = open.Take();
  call->Cancel();
  EXPECT_EQ(call->Wait().status.error_code(), grpc::CANCELLED);
  answer(core::RingView{.predecessor = At(1), .successors = {At(2)}});
  ring_.SetRing(nullptr);
  EXPECT_TRUE(Call(kGetRingMethod, "").status.ok());
}

// --- The end ---

TEST_F(ServiceTest, StopWaitsForCallsThatAreBeingAnswered) {
  Arrivals<RingHandler::RingAnswer> open;
  ring_.SetRing([&](RingHandler::RingAnswer answer) { open.Put(std::move(answer)); });
  auto call = Begin(kGetRingMethod);
  RingHandler::RingAnswer answer = open.Take();
  std::thread stopper([&] { station_.Stop(absl::Minutes(10)); });
  // New callers are turned away by now.
  EXPECT_TRUE(Eventually([&] {
    RawCall late(PlainChannel(station_.address()), kNotifyMethod,
                 ToWire(At(5)).SerializeAsString());
    return late.Wait().status.error_code() == grpc::UNAVAILABLE;
  }));
  answer(core::RingView{.predecessor = At(1), .successors = {At(2)}});
  EXPECT_TRUE(call->Wait().status.ok());
  stopper.join();
}

TEST_F(ServiceTest, ACallThatNobodyAnswersIsCutOffWhenTheGraceIsOver) {
  Arrivals<RingHandler::RingAnswer> open;
  ring_.SetRing([&](RingHandler::RingAnswer answer) { open.Put(std::move(answer)); });
  auto call = Begin(kGetRingMethod);
  RingHandler::RingAnswer answer = open.Take();

  station_.peers().Stop();
  station_.service().StopTaking();
  station_.network().StopServing(absl::Milliseconds(20));  // returns without the answer
  EXPECT_FALSE(call->Wait().status.ok());

  // The service itself waits, since whoever holds the answer may still give it.
  std::atomic<bool> answered{false};
  std::thread answering([&] {
    answered = true;
    answer(core::RingView{.predecessor = At(1), .successors = {At(2)}});
  });
  station_.service().WaitUntilIdle();
  EXPECT_TRUE(answered);
  answering.join();
}

// Callers on two threads while the service goes away: every call ends, one way or the other.
TEST_F(ServiceTest, StopsInTheMiddleOfTraffic) {
  std::atomic<int> answered{0};
  std::atomic<bool> over{false};
  std::vector<std::thread> callers;
  for (int t = 0; t < 2; ++t) {
    callers.emplace_back([&] {
      while (!over) {
        if (RawCall(channel_, kFindSuccessorMethod, "").Wait().status.ok()) ++answered;
      }
    });
  }
  EXPECT_TRUE(Eventually([&] { return answered >= 20; }));
  station_.Stop();
  over = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(Call(kGetRingMethod, "").status.error_code(), grpc::UNAVAILABLE);
}

}  // namespace
}  // namespace concord::runtime
