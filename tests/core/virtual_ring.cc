#include "virtual_ring.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/invariants.h"

namespace concord::core {
namespace {

constexpr absl::Duration kCallTimeout = absl::Milliseconds(250);

std::vector<Server> Servers(const FingerTable& table) {
  std::vector<Server> servers;
  for (const FingerTable::Finger& finger : table.fingers()) servers.push_back(finger.server);
  return servers;
}

}  // namespace

VirtualRing::VirtualRing(std::uint64_t seed, unsigned bits, std::size_t successor_count)
    : prng_(seed), space_(bits), successor_count_(successor_count) {}

// --- Nodes ---

VirtualRing::Node VirtualRing::MakeNode(std::size_t node, Id id, std::uint64_t epoch) const {
  MemberOptions options;
  options.self = {id, absl::StrCat("node", node), absl::StrCat("host", node, ":1")};
  options.space = space_;
  options.successor_count = successor_count_;
  options.epoch = epoch;
  return {.member = Member(options),
          .replay = RangeReplay(space_.bits(), epoch, std::nullopt),
          .routing = nullptr,
          .timers = {},
          .answer = {}};
}

std::size_t VirtualRing::AddNode() {
  Id id = space_.Mask(prng_.Next());
  const auto taken = [&id](const Node& node) { return node.member.self().id == id; };
  while (std::any_of(nodes_.begin(), nodes_.end(), taken)) id = space_.Mask(prng_.Next());
  nodes_.push_back(MakeNode(nodes_.size(), id, 0));
  by_address_[nodes_.back().member.self().address] = nodes_.size() - 1;
  return nodes_.size() - 1;
}

void VirtualRing::Create(std::size_t node) { Deliver(node, core::Create{.command = 1}); }

void VirtualRing::Join(std::size_t node, const std::vector<std::size_t>& seeds) {
  core::Join join{.command = 1, .seeds = {}, .timeout = absl::Hours(1)};
  for (std::size_t seed : seeds) join.seeds.push_back(ServerOf(seed).address);
  Deliver(node, join);
}

void VirtualRing::Crash(std::size_t node) {
  nodes_[node].alive = false;
  nodes_[node].silent = prng_.OneIn(2);
  ++nodes_[node].life;
}

void VirtualRing::Restart(std::size_t node) {
  const Member& member = nodes_[node].member;
  const std::uint64_t life = nodes_[node].life;
  nodes_[node] = MakeNode(node, member.self().id, member.epoch());
  nodes_[node].life = life + 1;
}

// --- Events and effects ---

void VirtualRing::Deliver(std::size_t node, const Event& event) {
  std::optional<Member> before;
  if (frozen_) before = nodes_[node].member;
  for (const Effect& effect : nodes_[node].member.Deliver(event)) Execute(node, effect);
  const Member& member = nodes_[node].member;
  EXPECT_EQ(BrokenInvariant(member), "") << ServerOf(node).name;
  EXPECT_EQ(nodes_[node].replay.range(), member.range()) << ServerOf(node).name;
  if (!before) return;
  EXPECT_EQ(member.predecessor(), before->predecessor()) << ServerOf(node).name;
  EXPECT_EQ(member.successors(), before->successors()) << ServerOf(node).name;
  EXPECT_EQ(Servers(member.fingers()), Servers(before->fingers())) << ServerOf(node).name;
}

void VirtualRing::Execute(std::size_t node, const Effect& effect) {
  if (const auto* ask = std::get_if<AskRing>(&effect)) {
    AskForRing(node, *ask);
  } else if (const auto* seed = std::get_if<AskSeed>(&effect)) {
    AskForSuccessor(node, *seed);
  } else if (const auto* find = std::get_if<FindSuccessor>(&effect)) {
    const QuestionId question = find->question;
    const Id id = find->id;
    AfterAt(node, absl::ZeroDuration(), [=, this] {
      Find(node, id, 0, [=, this](const auto& answer) { FinishFind(node, question, answer); });
    });
  } else if (const auto* notify = std::get_if<SendNotify>(&effect)) {
    NotifyServer(node, notify->to);
  } else if (const auto* answer = std::get_if<AnswerRing>(&effect)) {
    nodes_[node].answer = answer->ring;
  } else if (const auto* timer = std::get_if<SetTimer>(&effect)) {
    StartTimer(node, *timer);
  } else if (const auto* publish = std::get_if<PublishRouting>(&effect)) {
    nodes_[node].routing = publish->table;
  } else if (const auto* tell = std::get_if<TellRange>(&effect)) {
    nodes_[node].replay.Apply(tell->change);
  } else if (const auto* finished = std::get_if<CommandFinished>(&effect)) {
    EXPECT_TRUE(finished->status.ok()) << finished->status;
  }
}

void VirtualRing::AskForRing(std::size_t node, const AskRing& ask) {
  const QuestionId question = ask.question;
  Call(
      node, ask.to.address,
      [this](std::size_t to, const Reply& reply) {
        Deliver(to, GetRing{.call = 1});
        const std::optional<RingView>& ring = nodes_[to].answer;
        reply(ring ? std::optional<Answer>({*ring, {}}) : std::nullopt);
      },
      [=, this](const Outcome& outcome) {
        if (const auto* answer = std::get_if<Answer>(&outcome)) {
          Deliver(node, RingAnswer{question, answer->ring});
        } else {
          Deliver(node, QuestionFailed{question, std::get<Failure>(outcome), "no answer"});
        }
      });
}

void VirtualRing::AskForSuccessor(std::size_t node, const AskSeed& ask) {
  const QuestionId question = ask.question;
  Call(
      node, ask.seed,
      [this, id = ask.id](std::size_t to, const Reply& reply) { Find(to, id, 0, reply); },
      [=, this](const Outcome& outcome) {
        const auto* answer = std::get_if<Answer>(&outcome);
        FinishFind(node, question, answer ? std::optional<Answer>(*answer) : std::nullopt);
      });
}

void VirtualRing::NotifyServer(std::size_t node, const Server& to) {
  Call(
      node, to.address,
      [this, from = ServerOf(node)](std::size_t callee, const Reply& reply) {
        Deliver(callee, Notify{from});
        reply(Answer{});
      },
      [this, node, to](const Outcome& outcome) {
        if (std::holds_alternative<Failure>(outcome)) Deliver(node, Evidence{to});
      });
}

void VirtualRing::StartTimer(std::size_t node, const SetTimer& set) {
  const int setting = ++nodes_[node].timers[set.timer];
  const double spread = set.jittered ? 0.5 + prng_.Below(1000) / 1000.0 : 1.0;
  AfterAt(node, set.delay * spread, [this, node, timer = set.timer, setting] {
    if (nodes_[node].timers[timer] == setting) Deliver(node, TimerFired{timer});
  });
}

// --- Lookups ---

void VirtualRing::Find(std::size_t node, Id id, unsigned hops, const Reply& reply) {
  if (!nodes_[node].routing) return reply(std::nullopt);
  const auto lookup = std::make_shared<Lookup>(nodes_[node].routing, id, hops);
  if (const Server* owner = lookup->known_owner()) return reply(Answer{{}, *owner});
  Forward(node, lookup, reply);
}

void VirtualRing::Forward(std::size_t node, const std::shared_ptr<Lookup>& lookup,
                          const Reply& reply) {
  if (lookup->hops_exhausted() || !lookup->has_next_hop()) return reply(std::nullopt);
  Call(
      node, lookup->next_hop().address,
      [=, this](std::size_t to, const Reply& back) {
        Find(to, lookup->id(), lookup->hops_after_forward(), back);
      },
      [=, this](const Outcome& outcome) {
        if (const auto* answer = std::get_if<Answer>(&outcome)) return reply(*answer);
        Deliver(node, Evidence{lookup->next_hop()});
        lookup->DropNextHop();
        Forward(node, lookup, reply);
      });
}

void VirtualRing::FinishFind(std::size_t node, QuestionId question,
                             const std::optional<Answer>& answer) {
  if (answer) {
    Deliver(node, SuccessorAnswer{question, answer->owner});
  } else {
    Deliver(node, QuestionFailed{question, Failure::kUnreachable, "not found"});
  }
}

// --- The network ---

void VirtualRing::Call(std::size_t from, const std::string& address,
                       const std::function<void(std::size_t to, const Reply&)>& serve,
                       const std::function<void(const Outcome&)>& done) {
  const std::size_t to = by_address_.at(address);
  const auto open = std::make_shared<bool>(true);
  const auto end = [this, from, done, open](absl::Duration delay, const Outcome& outcome) {
    AfterAt(from, delay, [=] {
      if (std::exchange(*open, false)) done(outcome);
    });
  };
  end(kCallTimeout, Failure::kTimeout);
  const bool lost = Loses(from, to);
  const bool lose_answer = prng_.OneIn(2);
  if (lost && !lose_answer) return;
  After(Latency(), [=, this] {
    const Node& callee = nodes_[to];
    if (!callee.alive && callee.silent) return;
    if (!callee.alive) return end(Latency(), Failure::kUnreachable);
    serve(to, [=, this](const std::optional<Answer>& answer) {
      if (lost) return;
      end(Latency(), answer ? Outcome(*answer) : Outcome(Failure::kUnreachable));
    });
  });
}

bool VirtualRing::Loses(std::size_t from, std::size_t to) {
  absl::Duration& no_loss_until = no_loss_until_[{from, to}];
  if (!lossy_ || now_ < no_loss_until || !prng_.OneIn(8)) return false;
  no_loss_until = now_ + 3 * kCallTimeout;
  return true;
}

void VirtualRing::After(absl::Duration delay, std::function<void()> action) {
  agenda_[{now_ + delay, ++scheduled_}] = std::move(action);
}

void VirtualRing::AfterAt(std::size_t node, absl::Duration delay, std::function<void()> action) {
  After(delay, [this, node, life = nodes_[node].life, action = std::move(action)] {
    if (nodes_[node].alive && nodes_[node].life == life) action();
  });
}

void VirtualRing::Run(absl::Duration duration) {
  const absl::Duration end = now_ + duration;
  while (!agenda_.empty() && agenda_.begin()->first.first <= end) {
    const auto next = agenda_.extract(agenda_.begin());
    now_ = next.key().first;
    next.mapped()();
  }
  now_ = end;
}

bool VirtualRing::RunUntil(absl::Duration limit, const std::function<bool()>& done) {
  const absl::Duration end = now_ + limit;
  while (!done() && now_ < end) Run(absl::Milliseconds(50));
  return done();
}

bool VirtualRing::RunUntilIdeal(absl::Duration limit) {
  return RunUntil(limit, [this] { return IsIdeal(); });
}

// --- What is true ---

std::vector<std::size_t> VirtualRing::Live() const {
  std::vector<std::size_t> live;
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    if (nodes_[node].alive) live.push_back(node);
  }
  std::sort(live.begin(), live.end(),
            [this](std::size_t a, std::size_t b) { return ServerOf(a).id < ServerOf(b).id; });
  return live;
}

bool VirtualRing::IsIdeal() const {
  const std::vector<std::size_t> live = Live();
  const std::size_t length = std::min(successor_count_, live.size() - 1);
  for (std::size_t i = 0; i < live.size(); ++i) {
    const Member& member = nodes_[live[i]].member;
    std::vector<Server> following;
    for (std::size_t k = 1; k <= length; ++k) {
      following.push_back(ServerOf(live[(i + k) % live.size()]));
    }
    const Server& preceding = ServerOf(live[(i + live.size() - 1) % live.size()]);
    if (!member.joined() || member.predecessor() != preceding) return false;
    if (member.successors().servers() != following) return false;
  }
  return true;
}

std::vector<Server> VirtualRing::TrueFingers(const std::vector<std::size_t>& live,
                                             std::size_t position) const {
  const Member& member = nodes_[live[position]].member;
  const Id self = member.self().id;
  std::vector<Server> truth;
  if (member.successors().empty()) return truth;
  for (unsigned step = 0; step < space_.bits(); ++step) {
    const Id begin = Id{1} << step;
    if (begin <= space_.Distance(self, member.successors().last().id)) continue;
    for (std::size_t k = 1; k < live.size(); ++k) {  // the first that lies so far or farther
      const Server& next = ServerOf(live[(position + k) % live.size()]);
      if (space_.Distance(self, next.id) < begin) continue;
      if (truth.empty() || truth.back() != next) truth.push_back(next);
      break;
    }
  }
  return truth;
}

bool VirtualRing::RunUntilFingersAreTrue(absl::Duration limit) {
  return RunUntil(limit, [this] {
    const std::vector<std::size_t> live = Live();
    for (std::size_t i = 0; i < live.size(); ++i) {
      if (Servers(nodes_[live[i]].member.fingers()) != TrueFingers(live, i)) return false;
    }
    return true;
  });
}

bool VirtualRing::LeavesEveryoneASuccessor(const std::vector<std::size_t>& crashing) const {
  const auto lives = [&](std::size_t node) {
    const bool crashes = std::find(crashing.begin(), crashing.end(), node) != crashing.end();
    return nodes_[node].alive && nodes_[node].member.joined() && !crashes;
  };
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    if (!lives(node)) continue;
    const std::vector<Server>& list = nodes_[node].member.successors().servers();
    if (std::none_of(list.begin(), list.end(),
                     [&](const Server& server) { return lives(by_address_.at(server.address)); })) {
      return false;
    }
  }
  return true;
}

void VirtualRing::ExpectRangesPartitionTheCircle() const {
  for (Id key = 0; space_.Has(key); ++key) {
    int owners = 0;
    for (std::size_t node : Live()) {
      const std::optional<Range>& range = nodes_[node].replay.range();
      owners += range && Contains(*range, key);
    }
    ASSERT_EQ(owners, 1) << "of key " << key << "\n" << Explain();
  }
}

std::string VirtualRing::Explain() const {
  std::string text = absl::StrCat("after ", absl::FormatDuration(now_), ":\n");
  for (std::size_t node : Live()) {
    const Member& member = nodes_[node].member;
    absl::StrAppend(&text, "  ", member.self().id, member.joined() ? "" : ", no member",
                    ", predecessor ", member.predecessor().id,
                    member.predecessor_dead() ? " (dead)" : "", ", successors");
    for (const Server& server : member.successors().servers()) {
      absl::StrAppend(&text, " ", server.id);
    }
    absl::StrAppend(&text, ", fingers");
    for (const Server& server : Servers(member.fingers())) absl::StrAppend(&text, " ", server.id);
    absl::StrAppend(&text, "\n");
  }
  return text;
}

}  // namespace concord::core
