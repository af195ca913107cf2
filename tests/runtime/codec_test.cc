// Between the messages of the wire and the values of the core.
#include "runtime/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "runtime/byte_buffer.h"
#include "station.h"

namespace concord::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr core::IdSpace kWhole{64};
constexpr core::IdSpace kByte{8};

wire::Server WireServer(Id id, const std::string& name, const std::string& address) {
  wire::Server server;
  server.set_id(id);
  server.set_name(name);
  server.set_address(address);
  return server;
}

absl::Status Refusal(const core::IdSpace& space, const wire::Server& server) {
  return FromWire(space, server).status();
}

// --- Round trips ---

TEST(Codec, GivesAServerBack) {
  for (const Server& server :
       {At(0), At(1), At(~Id{0}), Server{5, "gr\303\274n \"x\"", "[::1]:65535"}}) {
    EXPECT_EQ(FromWire(kWhole, ToWire(server)).value(), server);
  }
}

TEST(Codec, GivesARingBack) {
  const core::RingView alone{.predecessor = At(7), .successors = {At(7)}};
  EXPECT_EQ(FromWire(kWhole, ToWire(alone)).value(), alone);
  const core::RingView ring{.predecessor = At(1), .successors = {At(2), At(3), At(2), At(1)}};
  EXPECT_EQ(FromWire(kWhole, ToWire(ring)).value(), ring);
}

TEST(Codec, TakesARingWithoutSuccessors) {
  const core::RingView ring{.predecessor = At(1), .successors = {}};
  EXPECT_EQ(FromWire(kWhole, ToWire(ring)).value(), ring);
}

TEST(Codec, GivesAMeetingBack) {
  for (const core::Meeting& meeting :
       {core::Meeting{.from = At(7)}, core::Meeting{.from = At(1),
                                                    .incarnation = ~Id{0},
                                                    .members = 256,
                                                    .roster = ~Id{0},
                                                    .complete = 1,
                                                    .member = true}}) {
    EXPECT_EQ(FromWire(kWhole, ToWire(meeting)).value(), meeting);
  }
}

TEST(Codec, AMeetingIsSomebodys) {
  EXPECT_EQ(FromWire(kWhole, wire::Meeting()).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FromWire(kByte, ToWire(core::Meeting{.from = At(256)})).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Codec, GivesAQuestionAndItsAnswerBack) {
  const FindRequest request =
      FromWire(kWhole, ToWire(FindRequest{.id = ~Id{0}, .hops = 3, .unanswered = {7, ~Id{0}}}));
  EXPECT_EQ(request.id, ~Id{0});
  EXPECT_EQ(request.hops, 3u);
  EXPECT_THAT(request.unanswered, ElementsAre(7, ~Id{0}));
  const FindResponse response =
      FromWire(kWhole, ToWire(FindResponse{.owner = At(9), .hops = 4})).value();
  EXPECT_EQ(response.owner, At(9));
  EXPECT_EQ(response.hops, 4u);
}

// The numbers of the fields are those of the wire, whatever this library calls them.
TEST(Codec, WritesTheFieldsOfTheWire) {
  EXPECT_EQ(ToWire(Server{1, "n", "h:1"}).SerializeAsString(), "\x08\x01\x12\x01n\x1a\x03h:1");
  EXPECT_EQ(ToWire(FindRequest{.id = 5, .hops = 0}).SerializeAsString(), "\x08\x05");
  EXPECT_EQ(ToWire(FindRequest{.id = 5, .hops = 2}).SerializeAsString(), "\x08\x05\x80\x01\x02");
  EXPECT_EQ(ToWire(FindRequest{.id = 5, .unanswered = {2}}).SerializeAsString(),
            std::string("\x08\x05\x8a\x01\x08\x02\0\0\0\0\0\0\0", 13));
  EXPECT_EQ(ToWire(FindResponse{.owner = {1, "n", "h:1"}, .hops = 0}).SerializeAsString(),
            "\x0a\x0a\x08\x01\x12\x01n\x1a\x03h:1");
  EXPECT_EQ(ToWire(core::RingView{{1, "n", "h:1"}, {{2, "m", "h:2"}}}).SerializeAsString(),
            "\x0a\x0a\x08\x01\x12\x01n\x1a\x03h:1\x12\x0a\x08\x02\x12\x01m\x1a\x03h:2");
}

// --- Servers that did not answer ---

TEST(Codec, TakesTheLastOfManyThatDidNotAnswer) {
  wire::FindReq request;
  for (std::uint64_t i = 0; i <= core::kMaxUnanswered; ++i) request.add_unanswered(i);
  const std::vector<std::uint64_t> taken = FromWire(kWhole, request).unanswered;
  EXPECT_EQ(taken.size(), core::kMaxUnanswered);
  EXPECT_EQ(taken.front(), 1);
  EXPECT_EQ(taken.back(), core::kMaxUnanswered);
}

// --- Identifiers ---

TEST(Codec, MasksAnIdentifierThatIsAskedFor) {
  wire::FindReq request;
  request.set_id(0x1234);
  EXPECT_EQ(FromWire(kByte, request).id, 0x34u);
  EXPECT_EQ(FromWire(core::IdSpace(1), request).id, 0u);
  EXPECT_EQ(FromWire(kWhole, request).id, 0x1234u);
}

TEST(Codec, RefusesAServerThatIsNotOnTheCircle) {
  EXPECT_TRUE(FromWire(kByte, WireServer(255, "n", "h:1")).ok());
  EXPECT_EQ(Refusal(kByte, WireServer(256, "n", "h:1")),
            absl::InvalidArgumentError("server id 256 does not fit the 8 hash_bits of this ring"));
  EXPECT_EQ(Refusal(core::IdSpace(1), WireServer(~Id{0}, "n", "h:1")),
            absl::InvalidArgumentError(
                "server id 18446744073709551615 does not fit the 1 hash_bits of this ring"));
}

// --- Names ---

TEST(Codec, TakesNamesOfOneTo255Bytes) {
  EXPECT_TRUE(FromWire(kWhole, WireServer(1, "n", "h:1")).ok());
  EXPECT_TRUE(FromWire(kWhole, WireServer(1, std::string(255, 'n'), "h:1")).ok());
  EXPECT_EQ(Refusal(kWhole, WireServer(1, "", "h:1")),
            absl::InvalidArgumentError("server name of 0 bytes: it must have 1 to 255"));
  EXPECT_EQ(Refusal(kWhole, WireServer(1, std::string(256, 'n'), "h:1")),
            absl::InvalidArgumentError("server name of 256 bytes: it must have 1 to 255"));
}

// --- Addresses ---

TEST(Codec, RefusesAnAddressThatNobodyCanBeReachedBy) {
  EXPECT_EQ(Refusal(kWhole, WireServer(1, "n", "")),
            absl::InvalidArgumentError("server 'n': address '': it must be host:port"));
  EXPECT_EQ(
      Refusal(kWhole, WireServer(1, "n", "h:0")),
      absl::InvalidArgumentError("server 'n': address 'h:0': nobody can be reached on port 0"));
  EXPECT_EQ(
      Refusal(kWhole, WireServer(1, "n", "0.0.0.0:1")),
      absl::InvalidArgumentError("server 'n': address '0.0.0.0:1': a wildcard host names nobody"));
  EXPECT_EQ(Refusal(kWhole, WireServer(1, "n", "h:65536")),
            absl::InvalidArgumentError(
                "server 'n': address 'h:65536': the port must be a number from 0 to 65535"));
  const std::string long_host(254, 'h');
  EXPECT_EQ(Refusal(kWhole, WireServer(1, "n", long_host + ":1")),
            absl::InvalidArgumentError("server 'n': address '" + long_host +
                                       ":1': the host is longer than 253 bytes"));
}

TEST(Codec, QuotesAStrangersWordsSoThatTheyFitALine) {
  EXPECT_EQ(
      Refusal(kWhole, WireServer(1, "a\nb'", "h\x1b")),
      absl::InvalidArgumentError(R"(server 'a\nb\'': address 'h\x1b': it must be host:port)"));
  EXPECT_EQ(Refusal(kWhole, WireServer(1, "a\n\xff", "h:1")),
            absl::InvalidArgumentError(R"(server name 'a\n\xff' is not UTF-8)"));
}

// --- Rings and answers ---

TEST(Codec, RefusesARingWithoutAPredecessor) {
  wire::Ring ring;
  *ring.add_successors() = ToWire(At(1));
  EXPECT_EQ(FromWire(kWhole, ring).status(),
            absl::InvalidArgumentError("ring without a predecessor"));
}

TEST(Codec, RefusesARingWithTooManySuccessors) {
  core::RingView ring{.predecessor = At(1), .successors = std::vector<Server>(64, At(2))};
  EXPECT_THAT(FromWire(kWhole, ToWire(ring)).value().successors, SizeIs(64));
  ring.successors.push_back(At(2));
  EXPECT_EQ(FromWire(kWhole, ToWire(ring)).status(),
            absl::InvalidArgumentError("ring with 65 successors: the limit is 64"));
}

TEST(Codec, RefusesARingWithAServerThatIsNone) {
  wire::Ring ring = ToWire(core::RingView{At(1), {At(2), At(3)}});
  ring.mutable_successors(1)->set_id(256);
  EXPECT_THAT(std::string(FromWire(kByte, ring).status().message()), HasSubstr("server id 256"));
  ring = ToWire(core::RingView{At(1), {At(2)}});
  ring.mutable_predecessor()->clear_name();
  EXPECT_THAT(std::string(FromWire(kByte, ring).status().message()), HasSubstr("name of 0 bytes"));
}

TEST(Codec, RefusesAnAnswerWithoutAServerOrWithOneThatIsNone) {
  EXPECT_EQ(FromWire(kWhole, wire::FindResp()).status(),
            absl::InvalidArgumentError("answer without a server"));
  wire::FindResp response = ToWire(FindResponse{.owner = At(9), .hops = 0});
  response.mutable_server()->set_address("nowhere");
  EXPECT_THAT(std::string(FromWire(kWhole, response).status().message()), HasSubstr("'nowhere'"));
}

// --- Bytes ---

grpc::ByteBuffer Buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

TEST(ByteBuffer, GivesAMessageBack) {
  grpc::ByteBuffer buffer = Serialize(ToWire(At(5)));
  wire::Server message;
  ASSERT_TRUE(Parse(buffer, message).ok());
  EXPECT_EQ(FromWire(kWhole, message).value(), At(5));
}

TEST(ByteBuffer, ReadsAMessageInManySlices) {
  const std::string bytes = ToWire(At(5)).SerializeAsString();
  std::vector<grpc::Slice> slices;
  for (const char byte : bytes) slices.emplace_back(&byte, 1);
  grpc::ByteBuffer buffer(slices.data(), slices.size());
  wire::Server message;
  ASSERT_TRUE(Parse(buffer, message).ok());
  EXPECT_EQ(FromWire(kWhole, message).value(), At(5));
}

TEST(ByteBuffer, RefusesWhatIsTooLong) {
  wire::FindReq message;
  grpc::ByteBuffer longest = Buffer(std::string(kMaxMessageBytes, '\0'));
  EXPECT_EQ(Parse(longest, message).message(), "message of 65536 bytes is no concord.wire.FindReq");
  grpc::ByteBuffer longer = Buffer(std::string(kMaxMessageBytes + 1, '\0'));
  EXPECT_EQ(Parse(longer, message),
            absl::InvalidArgumentError("message of 65537 bytes: the limit is 65536"));
}

TEST(ByteBuffer, RefusesWhatIsNoMessage) {
  wire::Server message;
  for (const std::string& bytes : std::vector<std::string>{
           "\x08",      // a field without its value
           "\x08\xff",  // a number that goes on
           "\x12\x05"
           "ab",                        // shorter than it says
           std::string("\x00\x01", 2),  // field 0
           "\x0c",                      // the end of a group that never began
       }) {
    grpc::ByteBuffer buffer = Buffer(bytes);
    EXPECT_EQ(Parse(buffer, message).code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(ByteBuffer, RefusesWhatIsNothing) {
  grpc::ByteBuffer nothing;
  wire::Server message;
  EXPECT_EQ(Parse(nothing, message).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace concord::runtime
