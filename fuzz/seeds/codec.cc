#include "runtime/codec.h"

#include <string>
#include <vector>

#include "codec_input.h"
#include "concord_wire.pb.h"
#include "core/messages.h"
#include "input.h"
#include "seeds/seeds.h"

namespace concord::fuzz {
namespace {

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

std::string WalkSeed(std::size_t wanted, const Server& owner,
                     const std::vector<core::RingView>& rings) {
  Output out;
  out.Byte(static_cast<unsigned>(Subject::kWalk)).Byte(8 - 1).Byte(wanted - 1);
  out.Chunk(runtime::ToWire(runtime::FindResponse{owner, 0}).SerializeAsString());
  for (const core::RingView& ring : rings) out.Chunk(runtime::ToWire(ring).SerializeAsString());
  return out.bytes();
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

Seeds StorySeeds() {
  using runtime::FindRequest;
  using runtime::FindResponse;
  using runtime::ToWire;
  wire::Ring lonely;
  *lonely.add_successors() = ToWire(kServer);
  wire::Server off_circle = ToWire(kServer);
  off_circle.set_id(0x1234);
  const Server a{1, "a", "a:1"}, b{2, "b", "b:1"}, c{3, "c", "c:1"}, d{4, "d", "d:1"};
  return {
      {"find_req", MessageSeed(Subject::kFindReq, 64, ToWire(FindRequest{~Id{0}, 3}))},
      {"find_req_unmasked", MessageSeed(Subject::kFindReq, 8, ToWire(FindRequest{0x1234, 0}))},
      {"find_req_unanswered",
       MessageSeed(Subject::kFindReq, 8, ToWire(FindRequest{0x12, 1, {0x34, 0x1234, 0x56}}))},
      {"find_resp", MessageSeed(Subject::kFindResp, 64, ToWire(FindResponse{kServer, 2}))},
      {"find_resp_empty", MessageSeed(Subject::kFindResp, 64, wire::FindResp())},
      {"server", MessageSeed(Subject::kServer, 64, ToWire(kServer))},
      {"server_ipv6", MessageSeed(Subject::kServer, 8, ToWire(kIpv6))},
      {"server_off_circle", MessageSeed(Subject::kServer, 8, off_circle)},
      {"server_without_name", MessageSeed(Subject::kServer, 8, ToWire(Server{1, "", "a:1"}))},
      {"ring",
       MessageSeed(Subject::kRing, 64, ToWire(core::RingView{kServer, {kServer, kIpv6, kServer}}))},
      {"ring_without_predecessor", MessageSeed(Subject::kRing, 64, lonely)},
      {"ring_of_somebody",
       MessageSeed(Subject::kRing, 64, ToWire(core::RingView{a, {b, c}, d, ~Id{0}, 7}))},
      {"farewell", MessageSeed(Subject::kFarewell, 64, ToWire(core::Farewell{a, b, {c, d}}))},
      {"farewell_of_nobody", MessageSeed(Subject::kFarewell, 64, wire::Farewell())},
      {"meeting",
       MessageSeed(Subject::kMeeting, 64, ToWire(core::Meeting{a, 1, 2, ~Id{0}, 3, true}))},
      {"meeting_off_circle", MessageSeed(Subject::kMeeting, 1, ToWire(core::Meeting{c}))},
      {"identity",
       MessageSeed(Subject::kIdentity, 64, ToWire(core::RingIdentity{"blue", 64, ~Id{0}}))},
      {"identity_65_bits",
       MessageSeed(Subject::kIdentity, 64, ToWire(core::RingIdentity{"", 65, 0}))},
      {"address_name", TextSeed(Subject::kAddress, "cache-1.example.com:7000")},
      {"address_ipv4", TextSeed(Subject::kAddress, "127.0.0.1:7000")},
      {"address_ipv6", TextSeed(Subject::kAddress, "[::1]:80")},
      {"address_bare_ipv6", TextSeed(Subject::kAddress, "::1:80")},
      {"address_wildcard", TextSeed(Subject::kAddress, "0.0.0.0:0")},
      {"text", TextSeed(Subject::kText, "k\xC3\xB6ln \xE2\x82\xAC \xF0\x9F\x98\x80")},
      {"text_surrogate", TextSeed(Subject::kText, "\xED\xA0\x80")},
      {"text_overlong", TextSeed(Subject::kText, "\xC0\x80 \xE0\x80\x80 \xF0\x80\x80\x80")},
      {"walk", WalkSeed(5, a, {{d, {b, c}}, {b, {d, a}}, {b, {d, a}}})},
      {"walk_enough", WalkSeed(2, a, {{d, {b, c}}})},
      {"walk_backwards", WalkSeed(9, b, {{a, {d, c}}, {a, {b}}})},
      {"walk_alone", WalkSeed(3, a, {{a, {a}}})},
      {"log", LogSeed("cache-1", "user:42", "connection refused")},
      {"log_of_no_node", LogSeed("", "source", "words of gRPC")},
      {"log_quotes", LogSeed("a \"b\"", "c=d\\e", "line\nline\x7F")},
      {"regression_nul_in_brackets", TextSeed(Subject::kAddress, std::string("[::1\0]:80", 9))},
      {"regression_wildcard_ipv6", TextSeed(Subject::kAddress, "[::0]:80")},
      {"regression_wildcard_ipv4", TextSeed(Subject::kAddress, "0:80")},
      {"regression_wildcard_mapped", TextSeed(Subject::kAddress, "[::ffff:0.0.0.0]:80")},
      {"log_bytes", LogSeed("k\xC3\xB6ln", "\xFF\x80", std::string("\0x", 2))},
  };
}

}  // namespace

Seeds CodecSeeds() {
  Seeds seeds = StorySeeds();
  seeds.merge(LimitSeeds());
  return seeds;
}

// Fields of messages, and what addresses, text and logs have to tell apart.
Words CodecWords() {
  return {
      {"server", runtime::ToWire(kServer).SerializeAsString()},
      {"successors", runtime::ToWire(core::RingView{kServer, {kIpv6}}).SerializeAsString()},
      {"varint_longest", std::string(9, '\xFF') + '\x01'},
      {"varint_too_long", std::string(10, '\xFF')},
      {"length_255", "\xFF\x01"},
      {"length_256", "\x80\x02"},
      {"group", "\x0B\x0C"},
      {"field_unknown", "\x7A\x01x"},
      {"ipv6_any", "[::]"},
      {"ipv6_loopback", "[::1]"},
      {"ipv6_mapped", "[::ffff:0.0.0.0]"},
      {"ipv6_zone", "[fe80::1%eth0]"},
      {"ipv4_any", "0.0.0.0"},
      {"ipv4_number", "2130706433"},
      {"ipv4_hexadecimal", "0x7f.1"},
      {"port_zero", ":0"},
      {"port_highest", ":65535"},
      {"port_too_high", ":65536"},
      {"port_signed", ":+1"},
      {"scheme", "dns:///"},
      {"utf8_two", "\xC2\x80"},
      {"utf8_two_overlong", "\xC1\xBF"},
      {"utf8_three", "\xE0\xA0\x80"},
      {"utf8_three_overlong", "\xE0\x9F\xBF"},
      {"utf8_surrogate", "\xED\xA0\x80"},
      {"utf8_four", "\xF0\x90\x80\x80"},
      {"utf8_highest", "\xF4\x8F\xBF\xBF"},
      {"utf8_too_high", "\xF4\x90\x80\x80"},
      {"utf8_line_separator", "\xE2\x80\xA8"},
      {"control_c1", "\xC2\x9B"},
      {"escape_sequence", "\x1B[31m"},
      {"line_end", "\r\n"},
      {"delete", "\x7F"},
      {"nul", std::string(1, '\0')},
      {"quote", "\""},
      {"backslash", "\\"},
      {"field_of_log", " event=joined"},
  };
}

}  // namespace concord::fuzz
