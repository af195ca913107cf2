// Many members on one virtual network in virtual time. The same seed is the same run.
//
// The network delays and reorders every message. Calls to the dead are refused or never answered.
// Calls to the living may be lost, question or answer, but not twice in a row between the same two:
// nobody who lives is taken for dead, as Zave assumes.
#ifndef CONCORD_TESTS_CORE_VIRTUAL_RING_H_
#define CONCORD_TESTS_CORE_VIRTUAL_RING_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "core/effects.h"
#include "core/events.h"
#include "core/lookup.h"
#include "core/member.h"
#include "prng.h"
#include "range_replay.h"

namespace concord::core {

class VirtualRing {
 public:
  VirtualRing(std::uint64_t seed, unsigned bits, std::size_t successor_count);

  // While true, calls to the living may be lost.
  void SetLossy(bool lossy) { lossy_ = lossy; }
  // From now on a change of a predecessor, a successor list or a finger is a failure.
  void Freeze() { frozen_ = true; }

  // Nodes are numbered from 0 in the order of AddNode. Identifiers are random and distinct.
  std::size_t AddNode();
  void Create(std::size_t node);
  void Join(std::size_t node, const std::vector<std::size_t>& seeds);
  void Crash(std::size_t node);
  // The process of a crashed node is started again: the same server, nothing remembered but its
  // epoch, no member yet.
  void Restart(std::size_t node);

  void Run(absl::Duration duration);
  // True as soon as the ring is ideal; false when it is not after `limit`.
  bool RunUntilIdeal(absl::Duration limit);
  bool RunUntilFingersAreTrue(absl::Duration limit);

  // Whoever lives is a member and has its true predecessor and successors.
  bool IsIdeal() const;
  // Zave's assumption about failures: when `crashing` have failed, every list has a live entry.
  bool LeavesEveryoneASuccessor(const std::vector<std::size_t>& crashing) const;
  // The live nodes in ring order.
  std::vector<std::size_t> Live() const;
  // Expects that the ranges, as replayed from the range changes alone, cover every key once.
  void ExpectRangesPartitionTheCircle() const;
  // All states, for a failure's message.
  std::string Explain() const;

 private:
  struct Node {
    Member member;
    RangeReplay replay;
    std::shared_ptr<const RoutingTable> routing;
    bool alive = true;
    bool silent = false;             // when dead: calls are not refused but never answered
    std::uint64_t life = 0;          // what was meant for an earlier life does not arrive
    std::map<Timer, int> timers;     // how often each was set
    std::optional<RingView> answer;  // to the GetRing being delivered
  };
  // What comes back from a call: an answer, an error (nullopt), or nothing.
  struct Answer {
    RingView ring;
    Server owner;
  };
  using Reply = std::function<void(std::optional<Answer>)>;
  using Outcome = std::variant<Answer, Failure>;

  Node MakeNode(std::size_t node, Id id, std::uint64_t epoch) const;
  void Deliver(std::size_t node, const Event& event);
  void Execute(std::size_t node, const Effect& effect);

  void AskForRing(std::size_t node, const AskRing& ask);
  void AskForSuccessor(std::size_t node, const AskSeed& ask);
  void NotifyServer(std::size_t node, const Server& to);
  void StartTimer(std::size_t node, const SetTimer& set);

  // A lookup at `node`, which forwards it as a real one does.
  void Find(std::size_t node, Id id, unsigned hops, const Reply& reply);
  void Forward(std::size_t node, const std::shared_ptr<Lookup>& lookup, const Reply& reply);
  void FinishFind(std::size_t node, QuestionId question, const std::optional<Answer>& answer);

  // One call over the network: `serve` at the callee, then `done` at the caller, once.
  void Call(std::size_t from, const std::string& address,
            const std::function<void(std::size_t to, const Reply&)>& serve,
            const std::function<void(const Outcome&)>& done);
  bool Loses(std::size_t from, std::size_t to);
  absl::Duration Latency() { return absl::Microseconds(500 + prng_.Below(20000)); }

  void After(absl::Duration delay, std::function<void()> action);
  // `action` after `delay`, unless the life that `node` is in has ended by then.
  void AfterAt(std::size_t node, absl::Duration delay, std::function<void()> action);
  bool RunUntil(absl::Duration limit, const std::function<bool()>& done);
  const Server& ServerOf(std::size_t node) const { return nodes_[node].member.self(); }
  std::vector<Server> TrueFingers(const std::vector<std::size_t>& live, std::size_t position) const;

  Prng prng_;
  IdSpace space_;
  std::size_t successor_count_;
  bool lossy_ = false;
  bool frozen_ = false;
  std::vector<Node> nodes_;
  std::map<std::string, std::size_t> by_address_;
  std::map<std::pair<std::size_t, std::size_t>, absl::Duration> no_loss_until_;
  absl::Duration now_;
  std::uint64_t scheduled_ = 0;
  std::map<std::pair<absl::Duration, std::uint64_t>, std::function<void()>> agenda_;
};

}  // namespace concord::core

#endif  // CONCORD_TESTS_CORE_VIRTUAL_RING_H_
