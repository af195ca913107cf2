// What concord-node promises to those who run it, seen from outside.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "examples/demo/oracle.h"
#include "examples/demo/ring_poller.h"
#include "examples/demo/words.h"
#include "examples/node/json.h"
#include "support/certificates.h"
#include "support/child.h"

namespace concord::example {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

Child ConcordNode(std::vector<std::string> flags) {
  flags.insert(flags.begin(), CONCORD_NODE);
  return Child(flags);
}

// A node with --json, once it is ready.
struct JsonNode {
  explicit JsonNode(const std::string& name, std::vector<std::string> flags = {})
      : child(ConcordNode(With(name, std::move(flags)))) {
    self = Read().ready().self();
  }

  static std::vector<std::string> With(const std::string& name, std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"--name=" + name, "--json", "--interval=50ms"});
    return flags;
  }

  Output Read() {
    const std::string line = child.ReadLine();
    absl::StatusOr<Output> output = FromJson(line);
    EXPECT_TRUE(output.ok()) << output.status();
    return output.ok() ? *output : Output();
  }

  // The next answer; ranges are passed over.
  Output ReadAnswer() {
    Output output = Read();
    while (output.has_range()) output = Read();
    return output;
  }

  Child child;
  Member self;
};

void AwaitNeighbours(const Member& member, const Neighbours& neighbours) {
  RingPoller poller;
  const absl::Time end = absl::Now() + kPatience;
  absl::StatusOr<Neighbours> seen = absl::UnknownError("not asked");
  while (absl::Now() < end && !(seen.ok() && *seen == neighbours)) {
    seen = poller.Ask({member.address()}, absl::Seconds(1))[0];
  }
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_EQ(*seen, neighbours);
}

std::string KeyOf(const Server& owner, const Oracle& oracle) {
  int i = 0;
  while (oracle.OwnerOf(HashOf(absl::StrCat("key-", i))) != owner) ++i;
  return absl::StrCat("key-", i);
}

// A port of 127.0.0.1 that takes connections and never says anything.
class SilentServer {
 public:
  SilentServer() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(fd_, 8), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    address_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  }
  ~SilentServer() { close(fd_); }

  const std::string& address() const { return address_; }

  void AwaitConnection() const {
    pollfd incoming{fd_, POLLIN, 0};
    EXPECT_EQ(poll(&incoming, 1, static_cast<int>(absl::ToInt64Milliseconds(kPatience))), 1);
  }

 private:
  const int fd_;
  std::string address_;
};

// --- What it prints -----------------------------------------------------------------------------

TEST(ConcordNodeOutput, SaysWhenItIsReadyAndWhatItOwns) {
  Child node = ConcordNode({"--name=n1"});
  EXPECT_THAT(node.ReadLine(),
              MatchesRegex("ready: n1 \\([0-9a-f]{16}\\) at 127\\.0\\.0\\.1:[0-9]+"));
  EXPECT_THAT(node.ReadLine(), StartsWith("range: the whole ring"));
}

TEST(ConcordNodeOutput, AnswersKeysInTheirOrder) {
  Child node = ConcordNode({"--name=n1"});
  const std::string ready = node.ReadLine();
  const std::string owner = ready.substr(std::string("ready: ").size());
  std::string keys;
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&keys, "key-", i, "\n");
  node.Write(keys);
  EXPECT_EQ(node.ReadUntil("key-0'"), "'key-0' -> " + owner);
  for (int i = 1; i < 1000; ++i)
    EXPECT_EQ(node.ReadLine(), absl::StrCat("'key-", i, "' -> ", owner));
}

TEST(ConcordNodeOutput, EscapesOddKeys) {
  Child node = ConcordNode({"--name=n1"});
  node.Write("it's \"odd\"\\\n\x1b[2J\n\xff\xc3\xa9\n\n" + std::string("\0", 1) + "\n");
  EXPECT_THAT(node.ReadUntil("odd"), StartsWith(R"('it\'s "odd"\\' -> n1 ()"));
  EXPECT_THAT(node.ReadLine(), StartsWith(R"('\x1b[2J' -> n1 ()"));
  EXPECT_THAT(node.ReadLine(), StartsWith("'\\xff\xc3\xa9' -> n1 ("));
  EXPECT_THAT(node.ReadLine(), StartsWith("'' -> n1 ("));  // a blank line is the empty key
  EXPECT_THAT(node.ReadLine(), StartsWith(R"('\x00' -> n1 ()"));
}

TEST(ConcordNodeOutput, AnswersTheLastLineWithoutItsNewline) {
  Child node = ConcordNode({"--name=n1"});
  node.Write("first\nlast");
  node.CloseInput();
  EXPECT_THAT(node.ReadUntil("'last'"), StartsWith("'last' -> n1 ("));
}

TEST(ConcordNodeOutput, RefusesAKeyThatIsTooLongAndGoesOn) {
  Child node = ConcordNode({"--name=n1"});
  node.Write(std::string(70000, 'x') + "\n" + std::string(65536, 'y') + "\nnext\n");
  EXPECT_THAT(node.ReadUntil("xxx"), AllOf(HasSubstr("' -> error: INVALID_ARGUMENT: "),
                                           HasSubstr("70000"), HasSubstr("65536")));
  EXPECT_THAT(node.ReadLine(), AllOf(StartsWith("'yyy"), HasSubstr("' -> n1 (")));
  EXPECT_THAT(node.ReadLine(), StartsWith("'next' -> n1 ("));
}

TEST(ConcordNodeOutput, WritesIdentifiersAsWideAsTheyAre) {
  Child node = ConcordNode({"--name=n1", "--hash_bits=12"});
  EXPECT_THAT(node.ReadLine(), MatchesRegex("ready: n1 \\([0-9a-f]{3}\\) at .*"));
}

// --- --json -------------------------------------------------------------------------------------

TEST(ConcordNodeJson, TellsOwnerHopsAndTime) {
  JsonNode node("n1");
  EXPECT_EQ(node.self.name(), "n1");
  EXPECT_EQ(node.self.id(), HashOf("n1"));
  node.child.Write("apple\n");
  const Found found = node.ReadAnswer().found();
  EXPECT_EQ(found.key(), "apple");
  EXPECT_EQ(found.owner().SerializeAsString(), node.self.SerializeAsString());
  EXPECT_EQ(found.hops(), 0u);
  EXPECT_GT(found.micros(), 0);
}

TEST(ConcordNodeJson, LosesNothingOfAKey) {
  JsonNode node("n1");
  node.child.Write(
      "\"quoted\"\\\t\x7f\nn\xc3\xa9"
      "e\n\xff\xfe\n\n");
  EXPECT_EQ(node.ReadAnswer().found().key(), "\"quoted\"\\\t\x7f");
  EXPECT_EQ(node.ReadAnswer().found().key(),
            "n\xc3\xa9"
            "e");
  EXPECT_EQ(node.ReadAnswer().found().key_bytes(), "\xff\xfe");
  const Found empty = node.ReadAnswer().found();
  EXPECT_TRUE(empty.has_key());
  EXPECT_EQ(empty.key(), "");
}

TEST(ConcordNodeJson, TellsEveryChangeOfRange) {
  JsonNode first("n1");
  const RangeChanged whole = first.Read().range();
  EXPECT_EQ(whole.epoch(), 1u);
  EXPECT_EQ(whole.range().start(), whole.range().end());

  JsonNode second("n2", {"--join=" + first.self.address()});
  const RangeChanged lost = first.Read().range();
  EXPECT_EQ(lost.epoch(), 2u);
  EXPECT_EQ(lost.range().start(), second.self.id());
  EXPECT_EQ(lost.range().end(), first.self.id());
  EXPECT_EQ(lost.lost().end(), second.self.id());
  EXPECT_EQ(lost.peer().name(), "n2");

  second.child.Signal(SIGKILL);
  const RangeChanged gained = first.Read().range();
  EXPECT_EQ(gained.epoch(), 3u);
  EXPECT_EQ(gained.range().start(), gained.range().end());
  EXPECT_EQ(gained.peer().name(), "n2");
}

// Of three nodes that know one successor each, the first has to ask the second for the third's
// keys.
TEST(ConcordNodeJson, AnswersAKeyWithAnErrorIfItMust) {
  std::vector<JsonNode> nodes;
  nodes.emplace_back("n1", std::vector<std::string>{"--successors=1", "--leave_timeout=100ms"});
  const std::string join = "--join=" + nodes[0].self.address();
  for (const char* name : {"n2", "n3"}) {
    nodes.emplace_back(name, std::vector<std::string>{"--successors=1", join});
  }
  std::vector<Server> members;
  for (const JsonNode& n : nodes) members.push_back({n.self.id(), n.self.name(), n.self.address()});
  const Oracle oracle(members);
  JsonNode& node = nodes[0];
  AwaitNeighbours(node.self, oracle.NeighboursOf(node.self.id(), 1));
  for (JsonNode* other : {&nodes[1], &nodes[2]}) other->child.Freeze();

  const std::string own_key = KeyOf(oracle.OwnerOf(node.self.id()), oracle);
  const std::string far_key = KeyOf(oracle.NeighboursOf(node.self.id(), 1).predecessor, oracle);
  node.child.Write(absl::StrCat(own_key, "\n", far_key, "\n", own_key, "\n"));
  EXPECT_EQ(node.ReadAnswer().found().key(), own_key);

  node.child.Signal(SIGTERM);  // while the lookup of the far key waits for one who is frozen
  const Output answer = node.ReadAnswer();
  EXPECT_EQ(answer.error().key(), far_key);
  EXPECT_EQ(answer.error().code(), "CANCELLED");
  EXPECT_EQ(node.ReadAnswer().found().key(), own_key);
  EXPECT_EQ(node.child.Wait(), 0);
}

// --- Its end ------------------------------------------------------------------------------------

TEST(ConcordNodeEnd, InputMayEndAndTheNodeServesOn) {
  JsonNode first("n1");
  first.child.CloseInput();
  JsonNode second("n2", {"--join=" + first.self.address()});
  second.child.Write("apple\n");
  EXPECT_TRUE(second.ReadAnswer().has_found());
  first.child.Signal(SIGTERM);
  EXPECT_EQ(first.child.Wait(), 0);
}

TEST(ConcordNodeEnd, EndOfATerminalsInputEndsIt) {
  Terminal terminal;
  Child node({"/bin/sh", "-c", R"(exec "$0" --name=n1 <"$1")", CONCORD_NODE, terminal.name()});
  EXPECT_THAT(node.ReadLine(), StartsWith("ready: "));
  terminal.Type("apple\n\x04");  // Ctrl-D
  EXPECT_THAT(node.ReadUntil("'apple'"), StartsWith("'apple' -> n1"));
  EXPECT_EQ(node.Wait(), 0);
}

TEST(ConcordNodeEnd, SignalsEndItCleanly) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Child node = ConcordNode({"--name=n1"});
    node.ReadLine();
    node.Signal(signal);
    EXPECT_EQ(node.Wait(), 0) << node.Complaint();
    EXPECT_THAT(node.ReadAll(), EndsWith("range: nothing, lost the whole ring\n"));
    EXPECT_EQ(node.Complaint(), "");
  }
}

TEST(ConcordNodeEnd, SignalEndsAJoinThatGetsNoAnswer) {
  const SilentServer seed;
  Child node = ConcordNode({"--name=n1", "--join=" + seed.address()});
  seed.AwaitConnection();
  node.Signal(SIGTERM);
  EXPECT_EQ(node.Wait(), 0) << node.Complaint();
  EXPECT_EQ(node.ReadAll(), "");
}

TEST(ConcordNodeEnd, NobodyReadsItsOutput) {
  Child node({"/bin/sh", "-c", R"(exec "$0" --name=n1 >/dev/full)", CONCORD_NODE});
  EXPECT_EQ(node.Wait(), 1);
  EXPECT_THAT(node.Complaint(), HasSubstr("No space left on device"));
}

TEST(ConcordNodeEnd, ClosedStandardStreamsAreNoInputAndNoOutput) {
  JsonNode first("n1");
  first.Read();
  Child node({"/bin/sh", "-c", R"(exec "$0" --name=n2 --join="$1" <&- >&-)", CONCORD_NODE,
              first.self.address()});
  EXPECT_EQ(first.Read().range().peer().name(), "n2");  // it is in the ring
  node.Signal(SIGTERM);
  EXPECT_EQ(node.Wait(), 0) << node.Complaint();
}

TEST(ConcordNodeEnd, TakenPortIsAnError) {
  JsonNode first("n1");
  Child second = ConcordNode({"--name=n2", "--bind=" + first.self.address()});
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(second.Complaint(), AllOf(HasSubstr("UNAVAILABLE"), HasSubstr(first.self.address())));
}

TEST(ConcordNodeEnd, TakenNameIsAnError) {
  JsonNode first("n1");
  Child second = ConcordNode({"--name=n1", "--join=" + first.self.address()});
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(second.Complaint(), HasSubstr("ALREADY_EXISTS"));
}

// It was frozen for so long that it was started again elsewhere, and goes on then.
TEST(ConcordNodeEnd, AnEarlierLifeGivesWayToTheLater) {
  JsonNode first("n1");
  const std::string join = "--join=" + first.self.address();
  JsonNode earlier("n2", {join}), third("n3", {join});
  earlier.child.Freeze();
  JsonNode later("n2", {join});  // ready: the others have missed the earlier one
  earlier.child.Signal(SIGCONT);
  RangeChanged last;
  do {
    last = earlier.Read().range();
  } while (last.has_range());
  EXPECT_EQ(last.peer().address(), later.self.address());
  std::vector<Server> members;
  for (const JsonNode* n : {&first, &later, &third}) {
    members.push_back({n->self.id(), n->self.name(), n->self.address()});
  }
  const Oracle oracle(members);
  AwaitNeighbours(first.self, oracle.NeighboursOf(first.self.id(), 3));
  AwaitNeighbours(later.self, oracle.NeighboursOf(later.self.id(), 3));
  earlier.child.Signal(SIGTERM);
  EXPECT_EQ(earlier.child.Wait(), 0);
}

// --- Its flags ----------------------------------------------------------------------------------

struct BadFlag {
  std::vector<std::string> flags;
  std::string named;  // in the complaint
};

class ConcordNodeBadFlags : public ::testing::TestWithParam<BadFlag> {};

TEST_P(ConcordNodeBadFlags, UsageAndStatus2) {
  Child node = ConcordNode(GetParam().flags);
  EXPECT_EQ(node.Wait(), 2);
  EXPECT_EQ(node.ReadAll(), "");
  EXPECT_THAT(node.Complaint(),
              AllOf(HasSubstr(GetParam().named), HasSubstr("usage: concord-node")));
}

// --- A ring that begins as a whole ---------------------------------------------------------------

// Addresses that are known before anybody listens there: of a loopback host of this process's own.
std::vector<std::string> FixedAddresses(int count) {
  const auto pid = static_cast<unsigned>(getpid());
  std::vector<std::string> addresses;
  for (int i = 0; i < count; ++i) {
    addresses.push_back(absl::StrCat("127.", 64 + pid / 65536 % 128, ".", pid / 256 % 256, ".",
                                     1 + pid % 254, ":", 20001 + i));
  }
  return addresses;
}

TEST(ConcordNodeBootstrap, BeginsTheRingWithTheOthers) {
  const std::vector<std::string> addresses = FixedAddresses(3);
  std::vector<Child> nodes;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    nodes.push_back(ConcordNode(
        JsonNode::With(absl::StrCat("n", i), {"--bind=" + addresses[i], "--interval=10m",
                                              "--bootstrap=" + absl::StrJoin(addresses, ",")})));
  }
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    absl::StatusOr<Output> output = FromJson(nodes[i].ReadLine());
    while (output.ok() && output->has_range()) output = FromJson(nodes[i].ReadLine());
    ASSERT_TRUE(output.ok()) << output.status();
    EXPECT_EQ(output->ready().self().address(), addresses[i]);
    const auto ring = RingPoller().Ask({addresses[i]}, absl::Seconds(10))[0];
    ASSERT_TRUE(ring.ok()) << ring.status();
    EXPECT_EQ(ring->successors.size(), 2u) << "before any stabilize period is over";
  }
}

TEST(ConcordNodeBootstrap, TellsWhoIsMissing) {
  const std::vector<std::string> addresses = FixedAddresses(2);
  Child node = ConcordNode({"--name=n0", "--bind=" + addresses[0], "--bootstrap_timeout=200ms",
                            "--bootstrap=" + absl::StrJoin(addresses, ",")});
  EXPECT_EQ(node.Wait(), 1);
  EXPECT_THAT(node.Complaint(), AllOf(HasSubstr(addresses[1]), HasSubstr("within 200ms")));
}

// --- TLS ----------------------------------------------------------------------------------------

class ConcordNodeTls : public ::testing::Test {
 protected:
  ConcordNodeTls() { certificates_.Make("n1 n2"); }

  std::vector<std::string> Flags(const std::string& name, std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--tls_cert=" + certificates_.certificate(name),
                             "--tls_key=" + certificates_.key(name),
                             "--tls_trust=" + certificates_.ca(), "--tls_require_node_name"});
    return more;
  }

  const concord::testing::Certificates certificates_;
};

TEST_F(ConcordNodeTls, FormsARing) {
  JsonNode first("n1", Flags("n1"));
  JsonNode second("n2", Flags("n2", {"--join=" + first.self.address()}));
  second.child.Write("apple\n");
  EXPECT_TRUE(second.ReadAnswer().has_found());
}

TEST_F(ConcordNodeTls, DoesNotStartUnderTheNameOfAnother) {
  std::vector<std::string> flags = Flags("n2");
  flags.push_back("--name=n1");
  Child node = ConcordNode(flags);
  EXPECT_EQ(node.Wait(), 2);
  EXPECT_THAT(node.Complaint(), HasSubstr("it does not name the node 'n1'"));
}

TEST_F(ConcordNodeTls, TellsOfAClientThatSpeaksPlaintext) {
  JsonNode first("n1", Flags("n1", {"--log_json"}));
  EXPECT_FALSE(RingPoller().Ask({first.self.address()}, absl::Seconds(10))[0].ok());
  first.child.Signal(SIGTERM);
  EXPECT_EQ(first.child.Wait(), 0);
  EXPECT_THAT(first.child.Complaint(),
              AllOf(HasSubstr("\"event\":\"grpc\""), HasSubstr("wrong version number")));
}

INSTANTIATE_TEST_SUITE_P(
    All, ConcordNodeBadFlags,
    ::testing::Values(BadFlag{{}, "name is empty"},                                      //
                      BadFlag{{"--name=n1", "--colour=red"}, "--colour"},                //
                      BadFlag{{"--name=n1", "stray"}, "stray"},                          //
                      BadFlag{{"--name=n1", "--bind"}, "--bind needs a value"},          //
                      BadFlag{{"--name=n1", "--hash_bits=many"}, "many"},                //
                      BadFlag{{"--name=n1", "--hash_bits=65"}, "65"},                    //
                      BadFlag{{"--name=n1", "--successors=0"}, "successor_count is 0"},  //
                      BadFlag{{"--name=n1", "--interval=0s"}, "stabilize_interval"},     //
                      BadFlag{{"--name=n1", "--interval=soon"}, "soon"},                 //
                      BadFlag{{"--name=n1", "--bind=nowhere"}, "nowhere"},               //
                      BadFlag{{"--name=n1", "--join=nowhere"}, "nowhere"},               //
                      BadFlag{{"--name=n1", "--bootstrap=nowhere"}, "nowhere"},          //
                      BadFlag{{"--name=n1", "--bootstrap=a:1", "--join=b:1"}, "--join and"},
                      BadFlag{{"--name=n1", "--concurrency=0"}, "--concurrency is 0"},  //
                      BadFlag{{"--name=n1", "--leave_timeout=-1s"}, "--leave_timeout is -1s"},
                      BadFlag{{"--name=n1", "--tls_key=k"}, "--tls_cert is missing"},  //
                      BadFlag{{"--name=n1", "--tls_require_node_name"}, "--tls_cert is missing"},
                      BadFlag{{"--name=n1", "--tls_cert=nowhere"}, "Config.tls.certificate"},
                      BadFlag{{"--name=n1", "--log_level=loud"}, "loud"}));

TEST(ConcordNodeFlags, HelpListsThem) {
  Child node = ConcordNode({"--help"});
  EXPECT_EQ(node.Wait(), 0);
  EXPECT_THAT(node.ReadAll(), AllOf(HasSubstr("usage: concord-node"), HasSubstr("--join"),
                                    HasSubstr("--hash_bits=64"), HasSubstr("--log_json=false")));
}

TEST(ConcordNodeFlags, ValueMayStandApartAndBooleansMayBeNegated) {
  Child node = ConcordNode({"--json", "--nojson", "--name", "n1"});
  EXPECT_THAT(node.ReadLine(), StartsWith("ready: n1 ("));
}

TEST(ConcordNodeFlags, AdvertisedAddressIsTheOneThatIsTold) {
  Child node = ConcordNode({"--name=n1", "--bind=0.0.0.0:0", "--advertise=localhost:0"});
  EXPECT_THAT(node.ReadLine(), MatchesRegex("ready: n1 \\([0-9a-f]+\\) at localhost:[1-9][0-9]*"));
}

TEST(ConcordNodeFlags, LogsJsonToStandardError) {
  Child node = ConcordNode({"--name=n1", "--log_level=info", "--log_json"});
  node.ReadLine();
  node.Signal(SIGTERM);
  ASSERT_EQ(node.Wait(), 0);
  ASSERT_NE(node.Complaint(), "");
  for (const auto line : absl::StrSplit(node.Complaint(), '\n')) {
    google::protobuf::Struct event;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(std::string(line), &event).ok())
        << line;
    EXPECT_TRUE(event.fields().contains("event")) << line;
  }
}

}  // namespace
}  // namespace concord::example
