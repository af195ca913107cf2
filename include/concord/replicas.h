// concord::Replicas: what a node has to do so that every key is held by its owner and the members
// after it, for applications that keep copies.
//
// An owner fetches what it has gained from those who held it before, and then brings everything
// that it owns to each of its holders, the next members on the ring. Replicas keeps the account of
// that: it is told what the node tells, hands out the transfers that are missing, one at a time or
// many, and is told what came of each.
//
//   concord::Replicas replicas(3);
//   config.on_range_change = [&](const concord::RangeChange& c) { replicas.OnRangeChange(c); };
//   config.on_successors_change = [&](const auto& s) { replicas.OnSuccessorsChange(s); };
//   ...
//   while (std::optional<concord::Transfer> transfer = replicas.Next()) {
//     absl::Status moved = transfer->kind == concord::Transfer::Kind::kFetch ? Fetch(*transfer)
//                                                                            : Push(*transfer);
//     moved.ok() ? replicas.Done(transfer->id) : replicas.Failed(transfer->id);
//   }
//
// A transfer may be broken off at any time and begun again: it is for all that one side has of an
// arc and the other lacks, or has in an older version. A node that crashes begins with nothing done
// and so does everything again; what arrived before is found there.
//
// A plain value without threads, clocks or calls. Not thread-safe.
#ifndef CONCORD_REPLICAS_H_
#define CONCORD_REPLICAS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "concord/types.h"

namespace concord {

struct Transfer {
  enum class Kind {
    kFetch,  // bring here what `peer` has of `arc`
    kPush,   // bring to `peer` what is here of `arc`
  };
  std::uint64_t id = 0;
  Kind kind = Kind::kFetch;
  Range arc;
  Server peer;
  // Of a fetch: the arc was lost before it was settled, and is fetched for whoever owns it now.
  bool lost = false;
};

class Replicas {
 public:
  // `copies` of each key, the owner's among them; at least 1. As many copies as that less one can
  // be lost at once. Config.successor_count must not be less than `copies`, since one more than the
  // holders is asked for what is gained; see sources.
  explicit Replicas(std::size_t copies);

  // --- What the node tells, in its order ------------------------------------------------------

  void OnRangeChange(const RangeChange& change);
  void OnSuccessorsChange(const std::vector<Server>& successors);

  // From now on so many. Who is about to leave asks for one more, and leaves as many behind.
  void SetCopies(std::size_t copies);
  // Whether `member` has said that it is about to leave: then the member after it holds instead.
  // Forgotten when it comes after this node no longer.
  void SetLeaving(const Server& member, bool leaving);

  // --- What is to be done ---------------------------------------------------------------------

  // A transfer that is missing and not in somebody's hands; nothing: all is done, in hands, or has
  // failed. An arc is fetched from every source before it is pushed to any holder. Whoever has got
  // one ends it by Done or Failed, also when the reason for it has gone meanwhile.
  std::optional<Transfer> Next();
  // One of this kind.
  std::optional<Transfer> Next(Transfer::Kind kind);
  // All identifiers of its arc up to `upto` are done: should it fail, only the rest is left.
  void Advance(std::uint64_t transfer, Id upto);
  void Done(std::uint64_t transfer);
  // It is handed out again after the next Retry.
  void Failed(std::uint64_t transfer);
  void Retry() { failed_.clear(); }
  // `holder` may lack something that was written at `id` after it had all: push that again.
  void Missed(const Server& holder, Id id);
  // Others may have taken this node for dead for a while, and have owned `arc`: fetch it again.
  void Doubt(const Range& arc);

  // --- Who holds what -------------------------------------------------------------------------

  std::size_t copies() const { return copies_; }
  // What this node owns; nullopt: nothing.
  const std::optional<Range>& owned() const { return owned_; }
  // What the last change has given to a member before it; nullopt: nothing.
  const std::optional<Range>& given() const { return given_; }
  // Of that: grows with every change (RangeChange.epoch).
  std::uint64_t epoch() const { return epoch_; }
  const std::vector<Server>& successors() const { return successors_; }
  // Who is to hold copies of that besides this node: the next `copies` - 1 members that stay.
  std::vector<Server> holders() const;
  // Whom an `id` that is not settled is fetched from: the next `copies` members, and those who were
  // that since it was gained, as long as they are among the successors. The first of them may have
  // owned it before, and not have all of it either: see Owes.
  std::vector<Server> sources(Id id) const;
  // Whether this node owns `id`, and has all that any holder had of it when it became the owner.
  bool IsSettled(Id id) const;
  // The same of all that it owns.
  bool IsSettled() const;
  // Whether this node owns a part of `arc`, or did when it lost it, and has not fetched all of that
  // yet. Whoever fetches it from here is to be told, and to take the fetch for one that has failed.
  bool Owes(const Range& arc) const;
  // Whether `holder` has all that this node has of `id`.
  bool HasAll(const Server& holder, Id id) const;
  // The same of all that it owns.
  bool HasAll(const Server& holder) const;
  // Whether every arc that is owned is settled, and every holder has all.
  bool IsComplete() const;

  // --- What others own and this node holds ----------------------------------------------------

  // An owner has said that this node is one of its holders. To be said again from time to time, or
  // it is forgotten after an hour.
  void OnHeldFor(const Server& owner, const Range& range, absl::Time now);
  // Those who have said so since then.
  std::vector<Server> HeldFor(absl::Time since) const;
  // The arcs that this node neither owns nor has held for somebody since then, in ring order: what
  // it has of them may go, once whoever owns it now has made sure that all its holders have it.
  std::vector<Range> Surplus(absl::Time since) const;

 private:
  // A part of the arc that is owned. Peers go by name and address.
  struct Segment {
    std::uint64_t id = 0;
    Range arc;
    bool lost = false;  // not owned any more, but not settled either
    int failures = 0;   // to fetch it, since then
    bool had = false;   // was settled once, and is fetched again
    bool settled = false;
    std::set<std::string> sources = {};               // that it has had so far
    std::set<std::string> fetched = {}, pushed = {};  // from and to whom
  };
  struct Handed {
    Transfer::Kind kind;
    std::string peer;
    std::set<std::uint64_t> segments;
  };
  struct Held {
    Server owner;
    Range range;
    absl::Time heard;
  };

  std::vector<Server> NextSources() const;
  std::vector<Server> SourcesOf(const Segment& segment) const;
  void ForgetOthers();
  bool IsTaken(const Segment& segment, Transfer::Kind kind, const std::string& peer) const;
  void Cut(const Range& lost, const std::optional<Server>& heir);
  void Divide(std::size_t segment, Id at);
  void FetchAgain(Segment& segment);
  void Settle();
  void ForgetLost();
  void Merge();
  const Segment* At(Id id) const;

  std::size_t copies_;
  std::optional<Range> owned_, given_;
  std::uint64_t epoch_ = 0;
  std::vector<Server> successors_;
  std::set<std::string> leaving_;  // of those
  std::vector<Segment> segments_;  // of owned_, clockwise, without gaps; and those that are lost
  std::map<std::uint64_t, Handed> handed_;
  std::vector<Handed> failed_;
  std::map<std::string, Held> held_;  // by the owner's name
  std::uint64_t last_id_ = 0;         // of segments and transfers
};

}  // namespace concord

#endif  // CONCORD_REPLICAS_H_
