// What a member knows about who owns what: an immutable snapshot that any thread may read.
#ifndef CONCORD_CORE_ROUTING_TABLE_H_
#define CONCORD_CORE_ROUTING_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "concord/types.h"
#include "core/finger_table.h"
#include "core/id_space.h"
#include "core/successor_list.h"

namespace concord::core {

class RoutingTable {
 public:
  RoutingTable(IdSpace space, Server self, Server predecessor, SuccessorList successors,
               const FingerTable& fingers, std::uint64_t epoch = 0);

  // That of a member that leaves: it goes on answering lookups, and is none to others any more.
  // Once it does not `own` its range, that is `heir`'s; nullopt: it is not known whose.
  void MarkLeaving(bool owns, std::optional<Server> heir);

  // False: it leaves.
  bool member() const { return member_; }
  const Server& self() const { return self_; }
  const Server& predecessor() const { return predecessor_; }
  const std::vector<Server>& successors() const { return successors_.servers(); }
  // nullopt: it has left.
  std::optional<Range> range() const {
    return owns_ ? std::optional(Range{predecessor_.id, self_.id}) : std::nullopt;
  }
  std::uint64_t epoch() const { return epoch_; }  // of the range
  bool Owns(Id id) const { return owns_ && space_.InArc(predecessor_.id, id, self_.id); }

  // Whether `server` lies strictly between ourselves and `id`, and so cannot be its owner: from
  // `id` on, we would be met before it.
  bool Precedes(const Server& server, Id id) const {
    return space_.Between(self_.id, server.id, id);
  }

  // The owner of `id` if this table knows it without asking: ourselves for our own range, the first
  // successor for what lies up to it, our heir for both. Null: forward the question.
  const Server* KnownOwner(Id id) const;

  // The owner of `id` by the whole list of successors: who comes first at or after it. What is
  // behind the head is hearsay, so this is for when nobody before `id` answers. Null: the list ends
  // before.
  const Server* OwnerByList(Id id) const;

  // Whom to forward the question for `id` to: the servers known strictly between ourselves and it.
  // Each of them is nearer to it than we are, so that every forward shrinks the distance. They are
  // next_hop(0) ... next_hop(NextHops(id) - 1); the last is the nearest to `id` and the best.
  std::size_t NextHops(Id id) const;
  const Server& next_hop(std::size_t i) const {
    const std::vector<Server>& near = successors();
    return i < near.size() ? near[i] : (*fingers_)[first_finger_ + i - near.size()].server;
  }

 private:
  IdSpace space_;
  Server self_;
  Server predecessor_;
  SuccessorList successors_;
  std::shared_ptr<const std::vector<FingerTable::Finger>> fingers_;
  std::uint64_t epoch_;
  bool member_ = true;
  bool owns_ = true;
  std::optional<Server> heir_;
  std::size_t first_finger_;  // the first beyond the last successor: what is nearer, they know best
};

}  // namespace concord::core

#endif  // CONCORD_CORE_ROUTING_TABLE_H_
