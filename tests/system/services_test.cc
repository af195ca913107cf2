// The application's own services on a node's port, and its calls over the ring's channels.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "concord/node.h"
#include "echo.grpc.pb.h"
#include "support/certificates.h"
#include "support/eventually.h"
#include "support/gate.h"
#include "system/test_ring.h"

namespace concord::testing {
namespace {

using ::testing::HasSubstr;

// Answers with what it is told and its own name, on a thread of gRPC's.
class EchoService final : public Echo::Service {
 public:
  using Handler = std::function<grpc::Status(const grpc::ServerContext&)>;
  explicit EchoService(std::string name, Handler handler = nullptr)
      : name_(std::move(name)), handler_(std::move(handler)) {}

  grpc::Status Say(grpc::ServerContext* context, const Line* line, Line* answer) override {
    if (handler_) {
      if (grpc::Status status = handler_(*context); !status.ok()) return status;
    }
    answer->set_text(line->text());
    answer->set_by(name_);
    return grpc::Status::OK;
  }

 private:
  const std::string name_;
  const Handler handler_;
};

class CallbackEchoService final : public Echo::CallbackService {
  grpc::ServerUnaryReactor* Say(grpc::CallbackServerContext* context, const Line* line,
                                Line* answer) override {
    answer->set_text(line->text());
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

Config Serving(const std::string& name, grpc::Service& service) {
  Config config = TestConfig(name);
  config.services = {&service};
  return config;
}

struct Said {
  grpc::Status status;
  std::string text, by;
};

Said Say(Node& from, const Server& to, const std::string& text,
         grpc::ClientContext&& context = {}) {
  const absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = from.Channel(to);
  EXPECT_TRUE(channel.ok()) << channel.status();
  if (!channel.ok()) return {};
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  Line line, answer;
  line.set_text(text);
  const grpc::Status status = Echo::NewStub(*channel)->Say(&context, line, &answer);
  return {status, answer.text(), answer.by()};
}

Server Of(const Node& node) { return {node.id(), node.name(), node.address()}; }

TEST(Services, AnsweredByTheOwnerOfAKey) {
  EchoService at_a("a"), at_b("b"), at_c("c");
  TestRing ring;
  ring.Add(Serving("a", at_a));
  ring.Add(Serving("b", at_b));
  ring.Add(Serving("c", at_c));
  ring.WaitUntilIdeal();
  Node& a = ring.node("a");
  for (int i = 0; i < 20; ++i) {
    const std::string key = absl::StrCat("key-", i);
    const Said said = Say(a, a.Lookup(key).value(), key);
    ASSERT_TRUE(said.status.ok()) << said.status.error_message();
    EXPECT_EQ(said.text, key);
    EXPECT_EQ(said.by, ring.Owner(key).name);
  }
}

TEST(Services, OfTheCallbackApiAreServedToo) {
  CallbackEchoService service;
  TestRing ring;
  Node& a = ring.Add(Serving("a", service));
  Node& b = ring.Add("b");
  EXPECT_EQ(Say(b, Of(a), "hello").text, "hello");
}

TEST(Services, CallsShareTheConnectionOfTheRing) {
  EchoService service("a");
  Gate gate;
  Config config = Serving("a", service);
  PutBehind(gate, config);
  Node a(config), b(TestConfig("b"));
  ASSERT_TRUE(a.Start().ok());
  ASSERT_TRUE(a.Create().ok());
  ASSERT_TRUE(b.Start().ok());
  ASSERT_TRUE(b.Join({a.address()}).ok());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Say(b, Of(a), "hello").by, "a");
  EXPECT_EQ(gate.passed(), 1);
}

TEST(Services, TakeMessagesAsLongAsTheConfigSays) {
  EchoService service("a");
  Config config = Serving("a", service);
  config.max_service_message = 2 << 20;
  TestRing ring;
  Node& a = ring.Add(config);
  Node& b = ring.Add("b");
  const std::string fits((2 << 20) - 100, 'x'), too_long((2 << 20) + 1, 'x');
  EXPECT_EQ(Say(b, Of(a), fits).text, fits);
  EXPECT_EQ(Say(b, Of(a), too_long).status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  // Who calls has a limit of its own.
  Config strict = TestConfig("c");
  strict.max_service_message = 1 << 20;
  Node& c = ring.Add(strict);
  EXPECT_EQ(Say(c, Of(a), fits).status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  ring.WaitUntilIdeal();
}

TEST(Services, BeyondTheirThreadsAreRefusedAndTheRingIsNot) {
  std::atomic<int> waiting = 0;
  std::promise<void> go;
  const std::shared_future<void> gone = go.get_future().share();
  EchoService service("a", [&](const grpc::ServerContext&) {
    ++waiting;
    gone.wait();
    return grpc::Status::OK;
  });
  Config config = Serving("a", service);
  config.service_threads = 4;
  TestRing ring;
  Node& a = ring.Add(config);
  Node& b = ring.Add("b");
  ring.WaitUntilIdeal();
  std::atomic<int> refused = 0, answered = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      const Said said = Say(b, Of(a), "hello");
      ++(said.status.ok() ? answered : refused);
      if (!said.status.ok()) {
        EXPECT_EQ(said.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
      }
    });
  }
  EXPECT_TRUE(Eventually([&] { return waiting + refused == 8; }));
  EXPECT_GT(refused, 0);
  EXPECT_LE(waiting, 4);
  ring.ExpectAllAgree(20);
  go.set_value();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(answered, waiting);
}

TEST(Services, MayLookUpAndAreAnsweredBeforeTheNodeStops) {
  Node* node = nullptr;
  std::promise<void> begun;
  EchoService service("a", [&](const grpc::ServerContext&) {
    begun.set_value();
    EXPECT_TRUE(Eventually([&] { return !node->range(); }));  // it stops
    EXPECT_FALSE(node->Lookup("key").ok());
    return grpc::Status::OK;
  });
  TestRing ring;
  Node& b = ring.Add("b");
  Node a(Serving("a", service));
  node = &a;
  ASSERT_TRUE(a.Start().ok());
  ASSERT_TRUE(a.Join({b.address()}).ok());
  auto said = std::async(std::launch::async, [&, to = Of(a)] { return Say(b, to, "hello"); });
  begun.get_future().wait();
  a.Stop();
  EXPECT_EQ(said.get().text, "hello");
}

TEST(Services, AreServedAgainAfterARestart) {
  EchoService service("a");
  TestRing ring;
  Node& b = ring.Add("b");
  Node a(Serving("a", service));
  for (int life = 0; life < 3; ++life) {
    ASSERT_TRUE(a.Start().ok());
    EXPECT_EQ(Say(b, Of(a), "hello").by, "a");
    a.Stop();
  }
}

TEST(Services, ThatCannotBeAreNamed) {
  EchoService one("a"), other("a");
  Config config = Serving("a", one);
  config.services.push_back(nullptr);
  EXPECT_EQ(Node(config).Start(), absl::InvalidArgumentError("Config.services[1] is null"));
  config.services[1] = &other;
  const absl::Status twice = Node(config).Start();
  EXPECT_TRUE(absl::IsUnavailable(twice));
  EXPECT_THAT(std::string(twice.message()), HasSubstr("two of them may have one name"));
  config = Serving("a", one);
  config.max_service_message = 1000;
  EXPECT_THAT(std::string(Node(config).Start().message()),
              HasSubstr("Config.max_service_message is 1000: it must be from 1024 to 1073741824"));
  config = Serving("a", one);
  config.service_threads = 1;
  EXPECT_THAT(std::string(Node(config).Start().message()),
              HasSubstr("Config.service_threads is 1: it must be from 2 to 10000"));
}

TEST(Channels, AreTheSameForTheSameMember) {
  TestRing ring;
  Node& a = ring.Add("a");
  Node& b = ring.Add("b");
  EXPECT_EQ(a.Channel(Of(b)).value(), a.Channel(Of(b)).value());
}

TEST(Channels, SayWhatIsWrong) {
  TestRing ring;
  Node& b = ring.Add("b");
  Node a(TestConfig("a"));
  EXPECT_TRUE(absl::IsFailedPrecondition(a.Channel(Of(b)).status()));
  ASSERT_TRUE(a.Start().ok());
  EXPECT_TRUE(a.Channel(Of(b)).ok());
  const absl::Status bad = a.Channel({1, "c", "nowhere"}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(bad));
  EXPECT_THAT(std::string(bad.message()), HasSubstr("nowhere"));
  absl::Status many;
  for (int port = 1; many.ok() && port < 2000; ++port) {
    many = a.Channel({1, "c", absl::StrCat("127.0.0.1:", port)}).status();
  }
  EXPECT_TRUE(absl::IsResourceExhausted(many)) << many;
  a.Stop();
  EXPECT_TRUE(absl::IsFailedPrecondition(a.Channel(Of(b)).status()));
}

TEST(Channels, OutliveTheNode) {
  EchoService service("b");
  TestRing ring;
  Node& b = ring.Add(Serving("b", service));
  Node a(TestConfig("a"));
  ASSERT_TRUE(a.Start().ok());
  const std::shared_ptr<grpc::Channel> channel = a.Channel(Of(b)).value();
  a.Stop();
  grpc::ClientContext context;
  Line line, answer;
  EXPECT_TRUE(Echo::NewStub(channel)->Say(&context, line, &answer).ok());
  EXPECT_EQ(answer.by(), "b");
}

class SecuredServices : public ::testing::Test {
 protected:
  SecuredServices() { certificates_.Make("a b c"); }

  Config Named(const std::string& name, grpc::Service* service = nullptr) {
    Config config = TestConfig(name);
    config.tls = certificates_.For(name);
    config.tls->require_node_name = true;
    if (service != nullptr) config.services = {service};
    return config;
  }

  Certificates certificates_;
};

TEST_F(SecuredServices, KnowWhoCallsAndWhoAnswers) {
  Node* node = nullptr;
  std::atomic<bool> from_b = false, from_c = true;
  EchoService service("a", [&](const grpc::ServerContext& context) {
    from_b = node->CheckClaim(*context.auth_context(), {node->IdOf("b"), "b", ""}).ok();
    from_c = node->CheckClaim(*context.auth_context(), {node->IdOf("c"), "c", ""}).ok();
    return grpc::Status::OK;
  });
  TestRing ring;
  Node& a = ring.Add(Named("a", &service));
  node = &a;
  Node& b = ring.Add(Named("b"));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  Line line, answer;
  const auto stub = Echo::NewStub(b.Channel(Of(a)).value());
  const grpc::Status status = stub->Say(&context, line, &answer);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(from_b);
  EXPECT_FALSE(from_c);
  EXPECT_TRUE(b.CheckClaim(*context.auth_context(), Of(a)).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(b.CheckClaim(*context.auth_context(), Of(b))));
}

TEST_F(SecuredServices, AreClosedToStrangers) {
  EchoService service("a");
  TestRing ring;
  Node& a = ring.Add(Named("a", &service));
  const auto stranger =
      Echo::NewStub(grpc::CreateChannel(a.address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  Line line, answer;
  EXPECT_EQ(stranger->Say(&context, line, &answer).error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace concord::testing
