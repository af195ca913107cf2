// Every limit of Config, at it and just beyond it.
#include "config_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "concord/config.h"

namespace concord {
namespace {

using absl::Hours;
using absl::Milliseconds;
using absl::Minutes;
using absl::Nanoseconds;
using absl::Seconds;

using Change = std::function<void(Config&)>;

struct Good {
  const char* what;
  Change change;
};

struct Bad {
  Change change;
  std::string message;
};

Config Usable() {
  Config config;
  config.name = "node";
  return config;
}

void ExpectAllGood(const std::vector<Good>& table) {
  for (const Good& good : table) {
    Config config = Usable();
    good.change(config);
    EXPECT_TRUE(CheckConfig(config).ok()) << good.what << ": " << CheckConfig(config);
  }
}

void ExpectAllBad(const std::vector<Bad>& table) {
  for (const Bad& bad : table) {
    Config config = Usable();
    bad.change(config);
    EXPECT_EQ(CheckConfig(config), absl::InvalidArgumentError(bad.message));
  }
}

TEST(CheckConfig, NeedsNothingButAName) { EXPECT_TRUE(CheckConfig(Usable()).ok()); }

TEST(CheckConfig, Name) {
  const std::string longest(255, 'n');
  const std::string euros = "\342\202\254";
  ExpectAllGood({
      {"one byte", [](Config& c) { c.name = "n"; }},
      {"255 bytes", [&](Config& c) { c.name = longest; }},
      {"not ASCII", [&](Config& c) { c.name = euros; }},
      {"a newline", [](Config& c) { c.name = "a\nb"; }},
  });
  ExpectAllBad({
      {[](Config& c) { c.name = ""; }, "Config.name is empty: every node needs one"},
      {[&](Config& c) { c.name = longest + "n"; }, "Config.name has 256 bytes: the limit is 255"},
      {[&](Config& c) { c.name = euros.substr(0, 2); }, R"(Config.name '\xe2\x82' is not UTF-8)"},
      {[](Config& c) { c.name = "a\n\xff"; }, R"(Config.name 'a\n\xff' is not UTF-8)"},
  });
}

TEST(CheckConfig, BindAddr) {
  ExpectAllGood({
      {"port 0", [](Config& c) { c.bind_addr = "127.0.0.1:0"; }},
      {"the last port", [](Config& c) { c.bind_addr = "127.0.0.1:65535"; }},
      {"IPv6", [](Config& c) { c.bind_addr = "[::1]:7000"; }},
      {"a host name", [](Config& c) { c.bind_addr = "localhost:7000"; }},
  });
  ExpectAllBad({
      {[](Config& c) { c.bind_addr = ""; }, "Config.bind_addr: address '': it must be host:port"},
      {[](Config& c) { c.bind_addr = "host:65536"; },
       "Config.bind_addr: address 'host:65536': the port must be a number from 0 to 65535"},
      {[](Config& c) { c.bind_addr = "::1:7000"; },
       "Config.bind_addr: address '::1:7000': an IPv6 address must stand in brackets, [host]:port"},
  });
}

TEST(CheckConfig, AdvAddr) {
  ExpectAllGood({
      {"port 0", [](Config& c) { c.adv_addr = "10.0.0.1:0"; }},
      {"another port", [](Config& c) { c.adv_addr = "10.0.0.1:65535"; }},
      {"beside a wildcard", [](Config& c) { c.bind_addr = "0.0.0.0:0", c.adv_addr = "host:0"; }},
      {"beside an IPv6 wildcard", [](Config& c) { c.bind_addr = "[::]:1", c.adv_addr = "h:1"; }},
  });
  ExpectAllBad({
      {[](Config& c) { c.adv_addr = "host"; },
       "Config.adv_addr: address 'host': it must be host:port"},
      {[](Config& c) { c.adv_addr = "host:65536"; },
       "Config.adv_addr: address 'host:65536': the port must be a number from 0 to 65535"},
      {[](Config& c) { c.adv_addr = "0.0.0.0:7000"; },
       "Config.adv_addr '0.0.0.0:7000': others cannot reach a wildcard host"},
      {[](Config& c) { c.adv_addr = "[::]:7000"; },
       "Config.adv_addr '[::]:7000': others cannot reach a wildcard host"},
      {[](Config& c) { c.bind_addr = "0.0.0.0:7000"; },
       "Config.adv_addr is empty, and others cannot reach the wildcard host of Config.bind_addr "
       "'0.0.0.0:7000': name the host that they reach this node by"},
      {[](Config& c) { c.bind_addr = "[::]:0"; },
       "Config.adv_addr is empty, and others cannot reach the wildcard host of Config.bind_addr "
       "'[::]:0': name the host that they reach this node by"},
  });
}

Change MemberHost(const std::string& host) {
  return [host](Config& c) { c.tls.emplace().member_host = host; };
}

TEST(CheckConfig, MemberHost) {
  ExpectAllGood({
      {"none", MemberHost("")},
      {"a DNS name", MemberHost("ring.example")},
      {"an IPv4 address", MemberHost("10.0.0.1")},
      {"an IPv6 address", MemberHost("fd00::1")},
  });
  const std::string limit = "': it must be a DNS name or an IP address, without a port or brackets";
  ExpectAllBad({
      {MemberHost("ring.example:1"), "Config.tls.member_host 'ring.example:1" + limit},
      {MemberHost("[fd00::1]"), "Config.tls.member_host '[fd00::1]" + limit},
      {MemberHost(".ring.example"), "Config.tls.member_host '.ring.example" + limit},
      {MemberHost("ring\n"), "Config.tls.member_host 'ring\\n" + limit},
      {MemberHost("0.0.0.0"), "Config.tls.member_host '0.0.0.0" + limit},
  });
}

TEST(CheckConfig, HashBits) {
  ExpectAllGood({
      {"1", [](Config& c) { c.hash_bits = 1; }},
      {"64", [](Config& c) { c.hash_bits = 64; }},
  });
  ExpectAllBad({
      {[](Config& c) { c.hash_bits = 0; }, "Config.hash_bits is 0: it must be from 1 to 64"},
      {[](Config& c) { c.hash_bits = 65; }, "Config.hash_bits is 65: it must be from 1 to 64"},
      {[](Config& c) { c.hash_bits = ~0u; },
       "Config.hash_bits is 4294967295: it must be from 1 to 64"},
  });
}

TEST(CheckConfig, SuccessorCount) {
  ExpectAllGood({
      {"1", [](Config& c) { c.successor_count = 1; }},
      {"32", [](Config& c) { c.successor_count = 32; }},
  });
  ExpectAllBad({
      {[](Config& c) { c.successor_count = 0; },
       "Config.successor_count is 0: it must be from 1 to 32"},
      {[](Config& c) { c.successor_count = 33; },
       "Config.successor_count is 33: it must be from 1 to 32"},
  });
}

// --- Durations ---

struct Limits {
  const char* field;
  absl::Duration Config::* member;
  absl::Duration least, most;
  const char* text;  // how the limits are written
  bool zero_is_default = false;
};

void PrintTo(const Limits& limits, std::ostream* out) { *out << limits.field; }

const std::vector<Limits> kDurations = {
    {"Config.stabilize_interval", &Config::stabilize_interval, Milliseconds(10), Hours(1),
     "10ms to 1h"},
    {"Config.check_predecessor_interval", &Config::check_predecessor_interval, Milliseconds(10),
     Hours(1), "10ms to 1h", true},
    {"Config.fix_finger_interval", &Config::fix_finger_interval, Milliseconds(10), Hours(1),
     "10ms to 1h", true},
    {"Config.probe_interval", &Config::probe_interval, Milliseconds(10), Hours(1), "10ms to 1h",
     true},
    {"Config.call_timeout_ceiling", &Config::call_timeout_ceiling, Milliseconds(1), Minutes(1),
     "1ms to 1m"},
    {"Config.lookup_timeout", &Config::lookup_timeout, Milliseconds(1), Minutes(10), "1ms to 10m"},
    {"Config.channel_idle_timeout", &Config::channel_idle_timeout, Seconds(1), Hours(24),
     "1s to 24h"},
};

class CheckConfigDuration : public ::testing::TestWithParam<Limits> {
 protected:
  Config With(absl::Duration value) const {
    Config config = Usable();
    config.call_timeout_floor = Milliseconds(1);  // in the way of no ceiling
    config.*GetParam().member = value;
    return config;
  }
  void ExpectRefused(absl::Duration value, const std::string& shown) const {
    EXPECT_EQ(CheckConfig(With(value)),
              absl::InvalidArgumentError(std::string(GetParam().field) + " is " + shown +
                                         ": it must be from " + GetParam().text));
  }
};

TEST_P(CheckConfigDuration, PassesAtItsLimits) {
  EXPECT_TRUE(CheckConfig(With(GetParam().least)).ok()) << CheckConfig(With(GetParam().least));
  EXPECT_TRUE(CheckConfig(With(GetParam().most)).ok()) << CheckConfig(With(GetParam().most));
}

TEST_P(CheckConfigDuration, IsRefusedJustBeyondThem) {
  const absl::Duration below = GetParam().least - Nanoseconds(1);
  const absl::Duration above = GetParam().most + Nanoseconds(1);
  ExpectRefused(below, absl::FormatDuration(below));
  ExpectRefused(above, absl::FormatDuration(above));
}

TEST_P(CheckConfigDuration, IsRefusedWhenAbsurd) {
  ExpectRefused(-Seconds(1), "-1s");
  ExpectRefused(absl::InfiniteDuration(), "inf");
  ExpectRefused(-absl::InfiniteDuration(), "-inf");
}

TEST_P(CheckConfigDuration, MayBeZeroWhereThatStandsForTheDefault) {
  if (GetParam().zero_is_default) {
    EXPECT_TRUE(CheckConfig(With(absl::ZeroDuration())).ok());
  } else {
    ExpectRefused(absl::ZeroDuration(), "0");
  }
}

INSTANTIATE_TEST_SUITE_P(EveryField, CheckConfigDuration, ::testing::ValuesIn(kDurations),
                         [](const auto& info) {
                           return std::string(info.param.field).substr(sizeof "Config." - 1);
                         });

TEST(CheckConfig, CallTimeoutFloor) {
  ExpectAllGood({
      {"1 ms", [](Config& c) { c.call_timeout_floor = Milliseconds(1); }},
      {"the ceiling",
       [](Config& c) { c.call_timeout_floor = c.call_timeout_ceiling = Seconds(3); }},
      {"all of it", [](Config& c) { c.call_timeout_floor = c.call_timeout_ceiling = Minutes(1); }},
  });
  ExpectAllBad({
      {[](Config& c) { c.call_timeout_floor = Milliseconds(1) - Nanoseconds(1); },
       "Config.call_timeout_floor is 999.999us: it must be from 1ms to 2s"},
      {[](Config& c) { c.call_timeout_floor = c.call_timeout_ceiling + Nanoseconds(1); },
       "Config.call_timeout_floor is 2.000000001s: it must be from 1ms to 2s"},
      {[](Config& c) { c.call_timeout_ceiling = Milliseconds(100); },
       "Config.call_timeout_floor is 250ms: it must be from 1ms to 100ms"},
  });
}

// --- What is given to the methods ---

TEST(CheckJoin, TakesSeedsThatCanBeReached) {
  EXPECT_TRUE(CheckJoin({"host:1"}, Nanoseconds(1)).ok());
  EXPECT_TRUE(CheckJoin({"host:1", "127.0.0.1:65535", "[::1]:7000"}, Hours(24)).ok());
}

TEST(CheckJoin, RefusesTheRest) {
  const auto refused = [](const std::vector<std::string>& seeds) {
    return CheckJoin(seeds, Seconds(1));
  };
  EXPECT_EQ(refused({}), absl::InvalidArgumentError("Join: no seed is given"));
  EXPECT_EQ(refused({""}),
            absl::InvalidArgumentError("Join: seed address '': it must be host:port"));
  EXPECT_EQ(refused({"host:1", "host"}),
            absl::InvalidArgumentError("Join: seed address 'host': it must be host:port"));
  EXPECT_EQ(
      refused({"host:0"}),
      absl::InvalidArgumentError("Join: seed address 'host:0': nobody can be reached on port 0"));
  EXPECT_EQ(
      refused({"0.0.0.0:1"}),
      absl::InvalidArgumentError("Join: seed address '0.0.0.0:1': a wildcard host names nobody"));
}

TEST(CheckJoin, RefusesATimeoutThatIsNotPositiveOrEndless) {
  const auto refused = [](absl::Duration timeout) { return CheckJoin({"host:1"}, timeout); };
  EXPECT_EQ(refused(absl::ZeroDuration()),
            absl::InvalidArgumentError("Join: timeout is 0: it must be positive and at most 24h"));
  EXPECT_EQ(refused(-Seconds(1)), absl::InvalidArgumentError(
                                      "Join: timeout is -1s: it must be positive and at most 24h"));
  EXPECT_EQ(refused(Hours(24) + Nanoseconds(1)),
            absl::InvalidArgumentError(
                "Join: timeout is 24h0.000000001s: it must be positive and at most 24h"));
  EXPECT_FALSE(refused(absl::InfiniteDuration()).ok());
}

TEST(CheckLookupTimeout, TakesZeroForTheDefaultAndOneMillisecondToTenMinutes) {
  for (const absl::Duration good : {absl::ZeroDuration(), Milliseconds(1), Minutes(10)}) {
    EXPECT_TRUE(CheckLookupTimeout(good).ok()) << good;
  }
  EXPECT_EQ(
      CheckLookupTimeout(Milliseconds(1) - Nanoseconds(1)),
      absl::InvalidArgumentError("LookupOptions.timeout is 999.999us: it must be from 1ms to 10m"));
  EXPECT_EQ(CheckLookupTimeout(Minutes(10) + Nanoseconds(1)),
            absl::InvalidArgumentError(
                "LookupOptions.timeout is 10m0.000000001s: it must be from 1ms to 10m"));
  EXPECT_EQ(CheckLookupTimeout(-Seconds(1)),
            absl::InvalidArgumentError("LookupOptions.timeout is -1s: it must be from 1ms to 10m"));
  EXPECT_FALSE(CheckLookupTimeout(absl::InfiniteDuration()).ok());
}

}  // namespace
}  // namespace concord
