// Stores as processes: what they acknowledge outlives them.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "examples/kv/client.h"
#include "kv/store_process.h"
#include "support/certificates.h"
#include "support/eventually.h"

namespace kv {
namespace {

using concord::testing::Eventually;
using ::testing::HasSubstr;

absl::Status Put(Client& client, const std::string& key, const std::string& value) {
  wire::PutRequest request;
  request.set_key(key);
  request.set_value(value);
  return client.Put(request).status();
}

std::string Get(Client& client, const std::string& key) {
  wire::GetRequest request;
  request.set_key(key);
  const auto got = client.Get(request);
  return got.ok() ? got->value() : absl::StrCat("(", got.status().ToString(), ")");
}

std::string Cli(std::vector<std::string> argv, int expected = 0) {
  argv.insert(argv.begin(), CONCORD_KV_CLI);
  Child child(argv);
  child.CloseInput();
  std::string lines = child.ReadAll();
  EXPECT_EQ(child.Wait(), expected) << child.Complaint();
  return expected == 0 ? lines : child.Complaint();
}

bool AreComplete(Client& client, std::size_t stores) {
  const auto ring = client.Ring();
  if (!ring.ok() || ring->size() != stores) return false;
  return std::all_of(ring->begin(), ring->end(),
                     [](const auto& store) { return store.complete(); });
}

// --- Kill -9 at every write boundary -------------------------------------------------------------

const std::vector<std::string> kAlone = {"--copies=1", "--write_quorum=1", "--read_quorum=1"};

class FaultPoints : public ::testing::TestWithParam<std::string> {};

TEST_P(FaultPoints, WhatWasAcknowledgedIsThereAfterwards) {
  for (const int times : {1, 2, 7}) {
    Folder folder;
    std::map<std::string, std::string> acknowledged;
    std::set<std::string> tried;
    {
      Store store("s", folder.At("s"), kAlone, absl::StrCat(GetParam(), ":", times));
      store.Wait();
      // Several at a time, so that they share a commit.
      std::mutex mutex;
      std::vector<std::thread> clients;
      for (int c = 0; c < 4; ++c) {
        clients.emplace_back([&, c] {
          Client client({store.address()}, absl::Seconds(2));
          for (int i = 0; i < 100; ++i) {
            const std::string key = absl::StrCat("key-", c, "-", i % 10);
            const std::string value = absl::StrCat(c, "-", i);
            const absl::Status put = Put(client, key, value);
            const std::lock_guard lock(mutex);
            tried.insert(absl::StrCat(key, "=", value));
            if (!put.ok()) return;
            acknowledged[key] = value;
          }
        });
      }
      for (std::thread& client : clients) client.join();
      EXPECT_EQ(store.WaitForEnd(), 128 + SIGKILL) << "it never came to " << GetParam();
    }
    Store store("s", folder.At("s"), kAlone);
    store.Wait();
    Client client({store.address()});
    for (const auto& [key, value] : acknowledged) {
      const std::string found = Get(client, key);
      if (found == value) continue;
      // The next write of the key may have been done, and its acknowledgement lost.
      EXPECT_EQ(tried.count(absl::StrCat(key, "=", found)), 1u) << key << ": " << found;
      const auto number = [](const std::string& text) {
        return std::stoi(text.substr(text.find('-') + 1));
      };
      EXPECT_GT(number(found), number(value)) << key;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, FaultPoints,
                         ::testing::Values("before_put", "after_put", "before_sync", "after_sync"),
                         [](const auto& info) { return info.param; });

class FaultPointsOfLettingGo : public ::testing::TestWithParam<std::string> {};

// What a newcomer owns now goes, once that has it.
TEST_P(FaultPointsOfLettingGo, NothingIsLost) {
  Folder folder;
  auto a = std::make_unique<Store>("a", folder.At("a"), kAlone, GetParam() + ":1");
  a->Wait();
  Client first({a->address()}, absl::Seconds(10));
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(Put(first, absl::StrCat("key-", i), "value").ok());
  const std::string at = a->address();
  std::vector<std::string> join = kAlone;
  join.push_back("--join=" + at);
  Store b("b", folder.At("b"), join);
  b.Wait();
  EXPECT_EQ(a->WaitForEnd(), 128 + SIGKILL) << "it never came to " << GetParam();

  std::vector<std::string> again = kAlone;
  again.push_back("--bind=" + at);
  again.push_back("--join=" + b.address());
  a = std::make_unique<Store>("a", folder.At("a"), again);
  a->Wait();
  Client client({b.address()}, absl::Seconds(30));
  ASSERT_TRUE(Eventually([&] { return AreComplete(client, 2); }));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Get(client, absl::StrCat("key-", i)), "value") << i;
}

INSTANTIATE_TEST_SUITE_P(Of, FaultPointsOfLettingGo,
                         ::testing::Values("before_remove", "after_remove"),
                         [](const auto& info) { return info.param; });

// --- Metrics -------------------------------------------------------------------------------------

TEST(Metrics, AreServedToPrometheus) {
  Folder folder;
  const std::string at = absl::StrCat("127.0.0.1:", FreePort());
  std::vector<std::string> flags = kAlone;
  flags.push_back("--metrics=" + at);
  Store store("s", folder.At("s"), flags);
  store.Wait();
  Client client({store.address()});
  ASSERT_TRUE(Put(client, "key", "value").ok());
  Get(client, "nothing");
  const auto page = [&] {
    Child reader({"/usr/bin/env", "python3", "-c",
                  "import urllib.request, sys; "
                  "print(urllib.request.urlopen(sys.argv[1]).read().decode())",
                  absl::StrCat("http://", at, "/metrics")});
    return reader.ReadAll();
  };
  EXPECT_TRUE(Eventually([&] { return absl::StrContains(page(), "concord_kv_entries 1"); }));
  const std::string metrics = page();
  for (const char* line : {
           R"(concord_kv_requests_total{code="OK",operation="put"} 1)",
           R"(concord_kv_requests_total{code="NOT_FOUND",operation="get"} 1)",
           R"(concord_kv_request_seconds_count{operation="put"} 1)",
           "concord_kv_owned_entries 1",
           "concord_kv_complete 1",
           "concord_kv_moved_bytes_total 0",
       }) {
    EXPECT_THAT(metrics, HasSubstr(line));
  }
}

// --- Real input ----------------------------------------------------------------------------------

// Words with themselves as values, and files of this tree: some of them, and with
// CONCORD_KV_ALL_INPUT all that there are.
std::map<std::string, std::string> RealInput() {
  std::map<std::string, std::string> input;
  const bool all = std::getenv("CONCORD_KV_ALL_INPUT") != nullptr;
  std::size_t left = all ? ~std::size_t{0} : 1500;
  std::ifstream words("/usr/share/dict/words");
  for (std::string word; left > 0 && std::getline(words, word); --left) input[word] = word;
  const std::filesystem::path root = CONCORD_SOURCE_DIR;
  const std::set<std::string> some = {"include", "examples", "docs"}, built = {"build", ".git"};
  for (const auto& top : std::filesystem::directory_iterator(root)) {
    const std::string name = top.path().filename().string();
    if (!top.is_directory() || (all ? built.count(name) != 0 : some.count(name) == 0)) continue;
    for (const auto& file : std::filesystem::recursive_directory_iterator(top)) {
      if (!file.is_regular_file()) continue;
      std::ifstream bytes(file.path(), std::ios::binary);
      input[file.path().lexically_relative(root).string()] = {std::istreambuf_iterator<char>(bytes),
                                                              std::istreambuf_iterator<char>()};
    }
  }
  return input;
}

// Each entry of `input`, by several threads.
void ForEach(const std::map<std::string, std::string>& input,
             const std::function<void(const std::string&, const std::string&)>& visit) {
  std::mutex mutex;
  auto next = input.begin();
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (;;) {
        std::unique_lock lock(mutex);
        if (next == input.end()) return;
        const auto& [key, value] = *next++;
        lock.unlock();
        visit(key, value);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Stores, KeepRealInputThroughTwoKillsAJoinAndALeave) {
  Folder folder;
  const std::map<std::string, std::string> input = RealInput();
  ASSERT_GT(input.size(), 100u);
  // The first begins the ring, and serves when there is a second.
  Store a("a", folder.At("a"), {});
  a.Wait();
  const std::vector<std::string> join = {absl::StrCat("--join=", a.address())};
  Store b("b", folder.At("b"), join), c("c", folder.At("c"), join), d("d", folder.At("d"), join);
  for (Store* store : {&b, &c, &d}) store->Wait();
  Client client({a.address(), c.address()}, absl::Seconds(30));
  ASSERT_TRUE(Eventually([&] { return AreComplete(client, 4); }));

  ForEach(input, [&](const auto& key, const auto& value) {
    const absl::Status put = Put(client, key, value);
    ASSERT_TRUE(put.ok()) << key << ": " << put;
  });
  b.Kill();
  ASSERT_TRUE(Eventually([&] { return AreComplete(client, 3); }));
  Store e("e", folder.At("e"), join);
  e.Wait();
  ASSERT_TRUE(Eventually([&] { return AreComplete(client, 4); }));
  d.Kill();
  ASSERT_TRUE(Eventually([&] { return AreComplete(client, 3); }));
  Store again("b", folder.At("b"), join);
  again.Wait();
  ASSERT_TRUE(Eventually([&] { return AreComplete(client, 4); }));
  // Of the four, three hold each key, and no more: what b had on its disk, or held for a while,
  // goes.
  const auto held = [&] {
    const auto stores = client.Ring();
    std::size_t entries = 0;
    if (!stores.ok()) return entries;
    for (const wire::StatsResponse& store : *stores) entries += store.entries();
    return entries;
  };
  EXPECT_TRUE(Eventually([&] { return held() == 3 * input.size(); }, absl::Minutes(1)))
      << held() << " of " << 3 * input.size();
  EXPECT_EQ(e.Leave(), 0);
  ASSERT_TRUE(Eventually([&] { return AreComplete(client, 3); }));
  ForEach(input, [&](const auto& key, const auto& value) { ASSERT_EQ(Get(client, key), value); });

  // Each key has one owner.
  const auto ring = client.Ring();
  ASSERT_TRUE(ring.ok());
  std::size_t owned = 0;
  for (const wire::StatsResponse& store : *ring) owned += store.owned_entries();
  EXPECT_EQ(owned, input.size());
}

TEST(Stores, WhoBeganTheRingComesBackToItByTheSameLine) {
  Folder folder;
  auto a = std::make_unique<Store>("a", folder.At("a"), std::vector<std::string>{});
  a->Wait();
  Store b("b", folder.At("b"), {absl::StrCat("--join=", a->address())});
  b.Wait();
  Client client({b.address()}, absl::Seconds(30));
  ASSERT_TRUE(Eventually([&] { return AreComplete(client, 2); }));
  ASSERT_TRUE(Put(client, "key", "value").ok());
  const std::string at = a->address();
  ASSERT_TRUE(Eventually([&] {  // it has written down whom it knows
    std::ifstream peers(folder.At("a/peers"));
    std::stringstream text;
    text << peers.rdbuf();
    return absl::StrContains(text.str(), b.address());
  }));
  a->Kill();
  ASSERT_TRUE(Eventually([&] { return AreComplete(client, 1); }));
  a = std::make_unique<Store>("a", folder.At("a"), std::vector<std::string>{"--bind=" + at});
  a->Wait();
  ASSERT_TRUE(Eventually([&] { return AreComplete(client, 2); }));
  EXPECT_EQ(Get(client, "key"), "value");
}

TEST(Stores, WithoutFsyncWhatIsAcknowledgedOutlivesTheProcess) {
  Folder folder;
  std::vector<std::string> flags = kAlone;
  flags.push_back("--nofsync");
  auto store = std::make_unique<Store>("s", folder.At("s"), flags, "before_sync:20");
  store->Wait();
  Client client({store->address()}, absl::Seconds(2));
  int acknowledged = 0;
  while (Put(client, absl::StrCat("key-", acknowledged), "value").ok()) ++acknowledged;
  EXPECT_GE(acknowledged, 19);
  EXPECT_EQ(store->WaitForEnd(), 128 + SIGKILL);
  store = std::make_unique<Store>("s", folder.At("s"), flags);
  store->Wait();
  Client again({store->address()});
  for (int i = 0; i < acknowledged; ++i) EXPECT_EQ(Get(again, absl::StrCat("key-", i)), "value");
}

TEST(Stores, NameTheFlagThatIsWrong) {
  const auto complaint = [](const std::vector<std::string>& flags) {
    std::vector<std::string> argv = {CONCORD_KV, "--name=s", "--data=/nowhere"};
    argv.insert(argv.end(), flags.begin(), flags.end());
    Child child(argv);
    EXPECT_EQ(child.ReadAll(), "");
    EXPECT_EQ(child.Wait(), 2);
    return child.Complaint();
  };
  EXPECT_THAT(complaint({"--copies=5"}),
              HasSubstr("--copies is 5; it must be 1 to --successors, 3"));
  EXPECT_THAT(complaint({"--write_quorum=4"}), HasSubstr("--write_quorum is 4; it must be 1 to"));
  EXPECT_THAT(complaint({"--tombstone_lifetime=1s"}),
              HasSubstr("--tombstone_lifetime is 1s; it must be 1 min or more"));
}

// --- One that stands still -------------------------------------------------------------------

TEST(Stores, WhoStandsStillDoesNotUseUpAClientsTime) {
  Folder folder;
  Store a("a", folder.At("a"), {});
  a.Wait();
  const std::vector<std::string> join = {absl::StrCat("--join=", a.address())};
  Store b("b", folder.At("b"), join), c("c", folder.At("c"), join);
  for (Store* store : {&b, &c}) store->Wait();
  Client client({a.address(), b.address()}, absl::Seconds(6));
  ASSERT_TRUE(Eventually([&] { return AreComplete(client, 3); }));
  // The others go on without it.
  a.Signal(SIGSTOP);
  Client others({b.address(), c.address()}, absl::Seconds(2));
  ASSERT_TRUE(Eventually([&] { return AreComplete(others, 2); }));
  ASSERT_TRUE(Eventually([&] { return Put(others, "key", "begin").ok(); }));  // it has an owner

  // Each of these asks it, or the one after it.
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(Put(client, "key", absl::StrCat("first ", i)), absl::OkStatus());
    EXPECT_EQ(Get(client, "key"), absl::StrCat("first ", i));
  }
  ASSERT_EQ(Put(others, "key", "second"), absl::OkStatus());
  // What waits there for it to go on has been done by another: it is too late for that.
  a.Signal(SIGCONT);
  Client same({a.address()}, absl::Seconds(30));
  ASSERT_TRUE(Eventually([&] { return AreComplete(same, 3); }));
  EXPECT_EQ(Get(same, "key"), "second");

  // A write on a condition is not tried again: the other would refuse it.
  a.Signal(SIGSTOP);
  Client once({a.address(), b.address()}, absl::Milliseconds(300));
  wire::PutRequest request;
  request.set_key("key");
  request.mutable_expected_version();
  EXPECT_TRUE(Eventually([&] { return absl::IsDeadlineExceeded(once.Put(request).status()); }));
  a.Signal(SIGCONT);
}

TEST(Stores, BeginNoWriteAfterItsTime) {
  Folder folder;
  Store store("s", folder.At("s"), kAlone);
  store.Wait();
  const auto stub =
      wire::Kv::NewStub(grpc::CreateChannel(store.address(), grpc::InsecureChannelCredentials()));
  wire::PutRequest put;
  put.set_key("key");
  wire::DeleteRequest erase;
  erase.set_key("key");
  wire::PutResponse response;
  for (const absl::Duration left : {-absl::Seconds(1), absl::Seconds(60)}) {
    const auto until = static_cast<std::uint64_t>(absl::ToUnixMillis(absl::Now() + left));
    put.set_until(until);
    erase.set_until(until);
    const auto expected = left > absl::ZeroDuration() ? grpc::OK : grpc::DEADLINE_EXCEEDED;
    grpc::ClientContext first, second;
    EXPECT_EQ(stub->Put(&first, put, &response).error_code(), expected);
    EXPECT_EQ(stub->Delete(&second, erase, &response).error_code(), expected);
  }
}

// --- TLS -----------------------------------------------------------------------------------------

class Tls : public ::testing::Test {
 protected:
  std::unique_ptr<Store> Start(const std::string& name, std::vector<std::string> flags = {}) {
    certificates_.Make(name);
    flags.insert(flags.end(), {"--tls_cert=" + certificates_.certificate(name),
                               "--tls_key=" + certificates_.key(name),
                               "--tls_trust=" + certificates_.ca(), "--tls_require_node_name"});
    auto store = std::make_unique<Store>(name, folder_.At(name), flags);
    store->Wait();
    return store;
  }
  ClientTls For(const std::string& name) const {
    return {certificates_.ca(), certificates_.certificate(name), certificates_.key(name), ""};
  }
  // Whether a Put fails with a message that has `part` in it. (When there was time for it to be
  // refused, that is.)
  static ::testing::AssertionResult IsRefused(Client& client, const std::string& part) {
    std::string said;
    const bool refused = Eventually([&] {
      said = Put(client, "key", "value").ToString();
      return absl::StrContains(said, part);
    });
    return (refused ? ::testing::AssertionSuccess() : ::testing::AssertionFailure()) << said;
  }
  static ::testing::AssertionResult IsRefused(const Store& store, const ClientTls& tls,
                                              const std::string& part) {
    auto client = Client::WithTls({store.address()}, absl::Milliseconds(500), tls);
    if (!client.ok()) return ::testing::AssertionFailure() << client.status();
    return IsRefused(**client, part);
  }

  Folder folder_;
  concord::testing::Certificates certificates_;
};

TEST_F(Tls, LetsInThoseWithACertificate) {
  const auto a = Start("a");
  const std::vector<std::string> join = {absl::StrCat("--join=", a->address())};
  const auto b = Start("b", join), c = Start("c", join);
  certificates_.Make("client", "--no-name");
  auto client = *Client::WithTls({a->address(), b->address()}, absl::Seconds(30), For("client"));
  ASSERT_TRUE(Eventually([&] { return AreComplete(*client, 3); }));
  ASSERT_TRUE(Put(*client, "key", "value").ok());
  EXPECT_EQ(Get(*client, "key"), "value");
  const std::vector<std::string> flags = {"--store=" + c->address(),
                                          "--tls_trust=" + certificates_.ca(),
                                          "--tls_cert=" + certificates_.certificate("client"),
                                          "--tls_key=" + certificates_.key("client")};
  std::vector<std::string> get = {"get", "key"}, ring = {"ring"};
  get.insert(get.end(), flags.begin(), flags.end());
  ring.insert(ring.end(), flags.begin(), flags.end());
  EXPECT_THAT(Cli(get), HasSubstr("value"));
  EXPECT_THAT(Cli(ring), HasSubstr("copies at"));

  // Others are refused.
  Client plaintext({b->address()}, absl::Milliseconds(500));
  EXPECT_TRUE(IsRefused(plaintext, "it may want TLS, and this client speaks plaintext"));
  ClientTls tls = For("client");
  tls.certificate = tls.key = "";
  EXPECT_TRUE(IsRefused(*b, tls, "it may want a certificate, and this client shows none"));
  concord::testing::Certificates strangers;
  strangers.Make("client");
  tls = For("client");
  tls.certificate = strangers.certificate("client");
  tls.key = strangers.key("client");
  EXPECT_TRUE(IsRefused(
      *b, tls,
      absl::StrCat("it may refuse the certificate of this client, --tls_cert=", tls.certificate)));
  // And it refuses others.
  tls = For("client");
  tls.trust = strangers.ca();
  EXPECT_TRUE(IsRefused(*b, tls, "its certificate leads to none in --tls_trust=" + tls.trust));
  tls = For("client");
  tls.member_host = "elsewhere";
  EXPECT_TRUE(IsRefused(*b, tls, "elsewhere"));
}

TEST_F(Tls, IsToldFromPlaintext) {
  Store store("s", folder_.At("s"), kAlone);
  store.Wait();
  certificates_.Make("client");
  EXPECT_TRUE(IsRefused(store, For("client"), "it answers in plaintext"));
}

TEST_F(Tls, NamesTheFileThatCannotBeUsed) {
  certificates_.Make("client other");
  const auto says = [](const ClientTls& tls) {
    return std::string(CredentialsOf(tls).status().message());
  };
  EXPECT_EQ(says(For("client")), "");
  ClientTls tls = For("client");
  tls.trust = "";
  EXPECT_THAT(says(tls), HasSubstr("--tls_trust is missing"));
  tls = For("client");
  tls.key = "";
  EXPECT_THAT(says(tls), HasSubstr("--tls_key is missing"));
  tls = For("client");
  tls.certificate = "/nowhere";
  EXPECT_EQ(says(tls), "--tls_cert=/nowhere: No such file or directory");
  tls = For("client");
  tls.trust = tls.key;
  EXPECT_THAT(says(tls), HasSubstr(absl::StrCat("--tls_trust=", tls.key, ": ")));
  tls = For("client");
  tls.certificate = tls.key;
  EXPECT_THAT(says(tls), HasSubstr(absl::StrCat("--tls_cert=", tls.key, ": ")));
  tls = For("client");
  tls.key = For("other").key;
  EXPECT_THAT(says(tls), HasSubstr(absl::StrCat("--tls_key=", tls.key, ": ")));
}

// --- The command line ----------------------------------------------------------------------------

TEST(Cli, PutsGetsDeletesAndTells) {
  Folder folder;
  Store store("s", folder.At("s"), kAlone);
  store.Wait();
  const std::string at = absl::StrCat("--store=", store.address());
  EXPECT_EQ(Cli({"put", "key", "value", at}), "");
  EXPECT_THAT(Cli({"get", "key", at}), HasSubstr("value"));
  EXPECT_THAT(Cli({"get", "key", "--json", at}), HasSubstr("\"value\":\"dmFsdWU=\""));
  std::ofstream(folder.At("lines")) << "a\t1\nb\n";
  EXPECT_THAT(Cli({"load", folder.At("lines"), "--json", at}), HasSubstr("{\"keys\":"));
  EXPECT_THAT(Cli({"get", "b", at}), HasSubstr("b"));
  const std::string dump = Cli({"dump", at});
  for (const char* line : {"a\t1", "b\tb", "key\tvalue"}) EXPECT_THAT(dump, HasSubstr(line));
  EXPECT_THAT(Cli({"stats", at}), HasSubstr("holds 3, owns 3 of them, complete"));
  EXPECT_THAT(Cli({"ring", at}), HasSubstr("100.0 %  s "));
  EXPECT_EQ(Cli({"del", "key", at}), "");
  EXPECT_THAT(Cli({"get", "key", at}, 1), HasSubstr("the key has no value"));
}

TEST(Cli, SaysWhatIsWrong) {
  EXPECT_THAT(Cli({"get"}, 2), HasSubstr("'get' with 0 words behind it is no command"));
  EXPECT_THAT(Cli({"get", "key", "--concurrency=0"}, 2), HasSubstr("it must be 1 to 1000"));
  EXPECT_THAT(Cli({"get", "key", "--tls_cert=x"}, 2), HasSubstr("--tls_trust is missing"));
  EXPECT_THAT(Cli({"get", "key", "--tls_trust=/nowhere"}, 2),
              HasSubstr("--tls_trust=/nowhere: No such file or directory"));
  EXPECT_THAT(Cli({"load", "/nowhere"}, 2), HasSubstr("/nowhere cannot be read"));
  EXPECT_THAT(Cli({"get", "key", "--store=127.0.0.1:1", "--timeout=100ms"}, 1),
              HasSubstr("127.0.0.1:1: "));
  Folder folder;
  Store store("s", folder.At("s"), kAlone);
  store.Wait();
  EXPECT_THAT(Cli({"put", "", "value", "--store=" + store.address()}, 2),
              HasSubstr("the key has 0 bytes: it must have 1 to 1024"));
}

}  // namespace
}  // namespace kv
