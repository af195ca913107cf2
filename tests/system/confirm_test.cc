// Confirmed lookups: the owner itself answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "concord/node.h"
#include "support/eventually.h"
#include "support/log_text.h"
#include "support/silent_server.h"
#include "system/test_ring.h"

namespace concord::testing {
namespace {

using ::testing::HasSubstr;

// A node whose name is its identifier, and that looks after the ring so seldom that what it knows
// is out of date.
Config Stale(const std::string& name) {
  Config config = TestConfig(name);
  config.hash_bits = 8;
  config.hash_func = [](std::string_view text) {
    return static_cast<Id>(std::atoi(std::string(text).c_str()));
  };
  config.stabilize_interval = absl::Minutes(10);
  return config;
}

absl::StatusOr<LookupResult> LookUp(Node& node, std::string_view key, bool confirm,
                                    absl::Duration timeout = absl::Seconds(20)) {
  LookupOptions options;
  options.confirm = confirm;
  options.timeout = timeout;
  std::promise<absl::StatusOr<LookupResult>> found;
  node.LookupAsync(key, options, [&](const auto& result) { found.set_value(result); });
  return found.get_future().get();
}

// 10 and 30 know each other; then 20 joins, of which 10 does not hear.
class ConfirmTest : public ::testing::Test {
 protected:
  ConfirmTest() {
    Enter(ten_, nullptr);
    Enter(thirty_, &ten_);
    EXPECT_TRUE(Eventually([&] { return ten_.successors().size() == 1; }));
    // 10 asks once more when its list has changed, and that is the last that it does by itself:
    // would 20 come before, or 30 end, 10 would hear of it.
    EXPECT_TRUE(Eventually([&] {
      const std::string log = log_of_thirty_.text();
      const std::string notified = "event=notified node=30 server=10@";
      const auto first = log.find(notified);
      return first != std::string::npos && log.find(notified, first + 1) != std::string::npos;
    }));
    Enter(twenty_, &thirty_);
    EXPECT_TRUE(Eventually([&] { return thirty_.predecessor()->name == "20"; }));
  }
  static void Enter(Node& node, Node* seed) {
    ASSERT_TRUE(node.Start().ok());
    ASSERT_TRUE((seed == nullptr ? node.Create() : node.Join({seed->address()})).ok());
  }

  static Config Logged(Config config, const LogText& log) {
    config.logger = log.logger();
    config.logger->set_level(spdlog::level::debug);
    return config;
  }

  LogText log_of_thirty_;
  Node ten_{Stale("10")};
  Node thirty_{Logged(Stale("30"), log_of_thirty_)};
  Node twenty_{Stale("20")};
};

TEST_F(ConfirmTest, AStaleAnswerIsCorrected) {
  ASSERT_EQ(ten_.Lookup("15")->name, "30") << "what 10 believes";
  const auto found = LookUp(ten_, "15", /*confirm=*/true);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->owner.name, "20");
  EXPECT_EQ(found->range, (Range{10, 20}));
  EXPECT_EQ(found->epoch, 1u);
  EXPECT_EQ(found->hops, 2u) << "30 is asked, and 20";
}

TEST_F(ConfirmTest, OurOwnKeyNeedsNoCall) {
  const auto found = LookUp(ten_, "5", /*confirm=*/true);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->owner.name, "10");
  EXPECT_EQ(found->range, (Range{30, 10}));
  EXPECT_EQ(found->hops, 0u);
}

TEST_F(ConfirmTest, WithoutItNobodyIsAsked) {
  const auto found = LookUp(ten_, "15", /*confirm=*/false);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->range, std::nullopt);
  EXPECT_EQ(found->hops, 0u);
}

TEST_F(ConfirmTest, LookupNBeginsWithTheTrueOwner) {
  LookupOptions options;
  options.confirm = true;
  const auto found = ten_.LookupN("15", 2, options);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ((*found)[0].name, "20");
  EXPECT_EQ((*found)[1].name, "30");
}

TEST_F(ConfirmTest, AnOwnerThatHasDiedIsFoundOutAndTheNextAnswers) {
  thirty_.Stop();
  EXPECT_EQ(ten_.Lookup("25")->name, "30") << "dead, and 10 does not know it yet";
  const auto found = LookUp(ten_, "25", /*confirm=*/true);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_NE(found->owner.name, "30");
}

// Such an answer comes after a pause, and not from the network thread.
TEST_F(ConfirmTest, WhatBlocksIsRefusedInItsCallbackAndStopIsNot) {
  twenty_.Stop();
  thirty_.Stop();
  LookupOptions options;
  options.confirm = true;
  options.timeout = absl::Seconds(20);
  std::promise<std::vector<absl::Status>> ended;
  ten_.LookupAsync("25", options, [&](const auto& result) {
    std::vector<absl::Status> refused = {ten_.Create(), ten_.Join({"127.0.0.1:1"}), ten_.Leave(),
                                         ten_.Lookup("25").status()};
    EXPECT_TRUE(result.ok()) << result.status();
    ten_.Stop();
    ended.set_value(std::move(refused));
  });
  for (const absl::Status& refused : ended.get_future().get()) {
    EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
    EXPECT_THAT(refused.message(), HasSubstr("blocks"));
  }
  ten_.Stop();
}

// 10 and 30, which says that it is where nobody answers.
class ConfirmOfASilentOwner : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ten_.Start().ok());
    ASSERT_TRUE(ten_.Create().ok());
    ASSERT_TRUE(thirty_.Start().ok());
    ASSERT_TRUE(thirty_.Join({ten_.address()}).ok());
    ASSERT_TRUE(Eventually([&] { return ten_.predecessor()->name == "30"; }));
  }
  static Config Advertising(const std::string& address) {
    Config config = Stale("30");
    config.adv_addr = address;
    return config;
  }

  SilentServer silent_;
  Node ten_{Stale("10")};
  Node thirty_{Advertising(silent_.address())};
};

TEST_F(ConfirmOfASilentOwner, IsGivenUpAtTheDeadlineAndSaysWhatWasLast) {
  const auto found = LookUp(ten_, "20", /*confirm=*/true, absl::Milliseconds(50));
  EXPECT_TRUE(absl::IsDeadlineExceeded(found.status())) << found.status();
  EXPECT_THAT(found.status().message(), HasSubstr("nobody confirmed"));
}

TEST_F(ConfirmOfASilentOwner, EndsWithTheNode) {
  LookupOptions options;
  options.confirm = true;
  options.timeout = absl::Minutes(10);
  std::promise<absl::Status> ended;
  ten_.LookupAsync("20", options, [&](const auto& result) { ended.set_value(result.status()); });
  ten_.Stop();
  const absl::Status status = ended.get_future().get();
  EXPECT_TRUE(absl::IsCancelled(status) || absl::IsFailedPrecondition(status)) << status;
}

}  // namespace
}  // namespace concord::testing
