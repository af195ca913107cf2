// "host:port".
#include "runtime/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace concord::runtime {
namespace {

using ::testing::HasSubstr;
using namespace std::string_view_literals;

const std::string kLongestHost(253, 'h');

struct Good {
  std::string_view text;
  std::string_view host;
  int port;
};

TEST(ParseAddress, TakesHostNamesAndAddressesOfBothFamilies) {
  const std::string longest = kLongestHost + ":1";
  for (const Good& good : {
           Good{"a:1", "a", 1},
           Good{"node-1.example.org:7000", "node-1.example.org", 7000},
           Good{"under_score:7000", "under_score", 7000},
           Good{"UPPER.and.dot.:7000", "UPPER.and.dot.", 7000},
           Good{"127.0.0.1:0", "127.0.0.1", 0},
           Good{"0.0.0.0:65535", "0.0.0.0", 65535},
           Good{"[::1]:7000", "::1", 7000},
           Good{"[::]:7000", "::", 7000},
           Good{"[fe80::1:2:3]:7000", "fe80::1:2:3", 7000},
           Good{"[::ffff:10.0.0.1]:7000", "::ffff:10.0.0.1", 7000},
           Good{longest, kLongestHost, 1},
       }) {
    SCOPED_TRACE(good.text);
    const absl::StatusOr<Address> address = ParseAddress(good.text);
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(address->host, good.host);
    EXPECT_EQ(address->port, good.port);
    EXPECT_EQ(address->ToString(), good.text);
  }
}

struct Bad {
  std::string_view text;
  const char* why;
};

TEST(ParseAddress, SaysWhatIsWrongWithTheRest) {
  const std::string too_long = kLongestHost + "h:1";
  for (const Bad& bad : {
           Bad{"", "it must be host:port"},
           Bad{"host", "it must be host:port"},
           Bad{":7000", "the host is empty"},
           Bad{"[]:7000", "the host is empty"},
           Bad{":", "the host is empty"},
           Bad{too_long, "the host is longer than 253 bytes"},
           Bad{"[127.0.0.1]:7000", "only an IPv6 address stands in brackets"},
           Bad{"[host]:7000", "only an IPv6 address stands in brackets"},
           Bad{"[::g]:7000", "only an IPv6 address stands in brackets"},
           Bad{"[fe80::1%eth0]:7000", "only an IPv6 address stands in brackets"},
           Bad{"::1:7000", "an IPv6 address must stand in brackets"},
           Bad{"::", "an IPv6 address must stand in brackets"},
           Bad{"http://host:7000", "an IPv6 address must stand in brackets"},
           Bad{"[::1:7000", "an IPv6 address must stand in brackets"},
           Bad{"::1]:7000", "an IPv6 address must stand in brackets"},
           Bad{"[::1]", "an IPv6 address must stand in brackets"},
           Bad{"[host:7000", "a host has letters, digits, '-', '_' and '.' only"},
           Bad{" host:7000", "a host has letters"},
           Bad{"host :7000", "a host has letters"},
           Bad{"a/b:7000", "a host has letters"},
           Bad{"a,b:7000", "a host has letters"},
           Bad{"user@host:7000", "a host has letters"},
           Bad{"100%:7000", "a host has letters"},
           Bad{"h\303\266st:7000", "a host has letters"},
           Bad{"ho\0st:7000"sv, "a host has letters"},
           Bad{"ho\nst:7000", "a host has letters"},
           Bad{"host:", "the port must be a number from 0 to 65535"},
           Bad{"host:http", "the port must be a number from 0 to 65535"},
           Bad{"host:65536", "the port must be a number from 0 to 65535"},
           Bad{"host:100000", "the port must be a number from 0 to 65535"},
           Bad{"host:4294967297", "the port must be a number from 0 to 65535"},
           Bad{"host:-1", "the port must be a number from 0 to 65535"},
           Bad{"host:+1", "the port must be a number from 0 to 65535"},
           Bad{"host: 1", "the port must be a number from 0 to 65535"},
           Bad{"host:1 ", "the port must be a number from 0 to 65535"},
           Bad{"host:1.0", "the port must be a number from 0 to 65535"},
           Bad{"host:0x50", "the port must be a number from 0 to 65535"},
           Bad{"host:1\0"sv, "the port must be a number from 0 to 65535"},
       }) {
    SCOPED_TRACE(bad.text);
    const absl::StatusOr<Address> address = ParseAddress(bad.text);
    ASSERT_FALSE(address.ok()) << address->ToString();
    EXPECT_EQ(address.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(address.status().message()), HasSubstr(bad.why));
  }
}

TEST(ParseAddress, QuotesTheTextSoThatItFitsALine) {
  EXPECT_EQ(ParseAddress("no\nport").status().message(),
            "address 'no\\nport': it must be host:port");
  EXPECT_EQ(ParseAddress("a\"'\\\x01\xff").status().message(),
            "address 'a\\\"\\'\\\\\\x01\\xff': it must be host:port");
}

TEST(ParseAddress, QuotesOnlyTheBeginningOfWhatIsHuge) {
  const absl::Status status = ParseAddress(std::string(1 << 20, 'x')).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(300, 'x')));
  EXPECT_LT(status.message().size(), 400u);
}

// inet_pton reads up to the first zero byte.
TEST(ParseAddress, RefusesAZeroByteBehindAnIpv6Address) {
  EXPECT_FALSE(ParseAddress("[::1\0]:7000"sv).ok());
  EXPECT_FALSE(ParseAddress("[::1\0evil.example]:7000"sv).ok());
}

TEST(Address, PutsBracketsAroundIpv6Only) {
  EXPECT_EQ((Address{"::1", 80}).ToString(), "[::1]:80");
  EXPECT_EQ((Address{"10.0.0.1", 80}).ToString(), "10.0.0.1:80");
  EXPECT_EQ((Address{"host", 0}).ToString(), "host:0");
}

TEST(Address, KnowsAWildcardHost) {
  EXPECT_TRUE(ParseAddress("0.0.0.0:7000")->wildcard());
  EXPECT_TRUE(ParseAddress("[::]:7000")->wildcard());
  EXPECT_FALSE(ParseAddress("127.0.0.1:7000")->wildcard());
  EXPECT_FALSE(ParseAddress("[::1]:7000")->wildcard());
  EXPECT_FALSE(ParseAddress("host:7000")->wildcard());
}

TEST(Address, KnowsAWildcardHostInEverySpelling) {
  for (const char* text : {"[0::]:7000", "[::0]:7000", "[0:0:0:0:0:0:0:0]:7000", "[::0.0.0.0]:7000",
                           "0:7000", "00.0.0.0:7000", "0.0:7000"}) {
    SCOPED_TRACE(text);
    const absl::StatusOr<Address> address = ParseAddress(text);
    EXPECT_TRUE(!address.ok() || address->wildcard());
  }
}

TEST(ParsePeerAddress, TakesWhatCanBeConnectedTo) {
  for (const char* text : {"host:1", "127.0.0.1:65535", "[::1]:7000"}) {
    const absl::StatusOr<Address> address = ParsePeerAddress(text);
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(address->ToString(), text);
  }
}

TEST(ParsePeerAddress, RefusesWhatLeadsNowhere) {
  for (const Bad& bad : {
           Bad{"host:0", "address 'host:0': nobody can be reached on port 0"},
           Bad{"0.0.0.0:7000", "address '0.0.0.0:7000': a wildcard host names nobody"},
           Bad{"[::]:7000", "address '[::]:7000': a wildcard host names nobody"},
           Bad{"host", "address 'host': it must be host:port"},
       }) {
    const absl::StatusOr<Address> address = ParsePeerAddress(bad.text);
    ASSERT_FALSE(address.ok()) << address->ToString();
    EXPECT_EQ(address.status(), absl::InvalidArgumentError(bad.why));
  }
}

}  // namespace
}  // namespace concord::runtime
