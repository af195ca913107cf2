#include "examples/kv/coordinator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace kv {
namespace {

constexpr int kMostWrites = 5;  // of one operation, each later than what was found in its way

}  // namespace

struct Coordinator::Operation {
  wire::Execute what;
  std::string key;
  concord::Id hash = 0;
  absl::Time deadline;
  Done done;
  bool over = false;

  // Of the read that comes first.
  int round = 0;
  Entry latest;
  std::size_t have = 0;  // how many have it
  std::size_t answers = 0, waiting_for = 0, needed = 0;
  bool decided = false;

  // Of the write that follows.
  Entry entry;
  int writes = 0;
  int sends = 0;  // answers to an earlier one come too late
  std::size_t kept = 0, waiting = 0;
};

void Coordinator::Execute(const wire::Execute& what, absl::Time deadline, Done done) {
  const auto operation = std::make_shared<Operation>();
  operation->what = what;
  operation->key = KeyOf(what);
  operation->hash = holding_.shelf.HashOf(operation->key);
  operation->deadline = deadline;
  operation->done = std::move(done);
  if (!holding_.Serves(operation->hash)) {
    return operation->done(NotOwner(holding_.claims.ClaimantOf(operation->hash).owner));
  }
  if (stopped_) return operation->done(Refusal(absl::UnavailableError("this store is leaving")));
  if (running_ >= holding_.options.max_operations) {
    return operation->done(Refusal(absl::ResourceExhaustedError(
        absl::StrCat("this store works on ", running_, " operations, which is its limit"))));
  }
  ++running_;
  std::deque<OperationPtr>& turns = turns_[operation->key];
  turns.push_back(operation);
  if (turns.size() == 1) Begin(operation);
}

// False: it is over, and whoever asked knows.
bool Coordinator::IsOwner(const OperationPtr& operation) {
  if (operation->over) return false;
  if (holding_.environment.Now() > operation->deadline) {
    End(operation, Refusal(absl::DeadlineExceededError("the deadline has passed")));
    return false;
  }
  if (holding_.Serves(operation->hash)) return true;
  End(operation, NotOwner(holding_.claims.ClaimantOf(operation->hash).owner));
  return false;
}

void Coordinator::Begin(const OperationPtr& operation) {
  if (!IsOwner(operation)) return;
  const bool settled = holding_.replicas.IsSettled(operation->hash);
  const bool reads = operation->what.has_get() || IsConditional(operation->what);
  // An owner that has all that was acknowledged before needs nobody to write after that.
  if (!settled || reads) return Read(operation);
  absl::StatusOr<std::optional<Entry>> present = holding_.shelf.Get(operation->key);
  if (!present.ok()) return End(operation, Refusal(present.status()));
  if (*present) operation->latest = **std::move(present);
  operation->decided = true;
  Write(operation);
}

// --- Reading -------------------------------------------------------------------------------------

void Coordinator::Read(const OperationPtr& operation) {
  // Until we have all that others had when we became the owner, each of them is needed.
  const bool settled = holding_.replicas.IsSettled(operation->hash);
  std::vector<concord::Server> asked =
      settled ? holding_.replicas.holders() : holding_.replicas.sources(operation->hash);
  // (Who has just joined knows of none of them for a moment.)
  operation->needed =
      settled ? holding_.options.read_quorum
              : std::max({asked.size() + 1, std::size_t{2}, holding_.options.read_quorum});
  if (operation->needed == 1) asked.clear();
  operation->latest = {};
  operation->have = operation->answers = 0;
  operation->waiting_for = asked.size() + 1;
  operation->decided = false;
  ++operation->sends;
  const int round = ++operation->round;
  const auto is_late = [operation, round] {
    return operation->over || operation->decided || operation->round != round;
  };
  for (const concord::Server& holder : asked) {
    wire::PeerRequest request;
    request.mutable_read()->add_keys(operation->key);
    request.mutable_read()->set_serving(true);
    // What this store acknowledges now, no owner of the past may read without.
    request.mutable_read()->set_claim(!settled && holding_.IsInPlace());
    holding_.Ask(
        holder, std::move(request),
        [this, operation, is_late, settled, holder](absl::StatusOr<wire::PeerResponse> response) {
          if (response.ok() && response->has_not_owner()) {
            holding_.Refused(operation->hash, *response);
          }
          if (is_late()) return;
          if (response.ok() && response->has_not_owner()) {
            return End(operation, *std::move(response));
          }
          std::optional<Entry> entry;
          const bool counts =
              response.ok() &&
              (settled || (holding_.IsInPlace() && holding_.IsNext(holder, *response)));
          if (counts && response->found().entries_size() == 1) {
            entry = FromWire(std::move(*response->mutable_found()->mutable_entries(0)));
          }
          OnRead(operation, std::move(entry));
        });
  }
  holding_.shelf.GetDurable(operation->key,
                            [this, operation, is_late](absl::StatusOr<std::optional<Entry>> entry) {
                              if (is_late()) return;
                              if (!entry.ok()) return End(operation, Refusal(entry.status()));
                              OnRead(operation, *entry ? **entry : Entry{});
                            });
}

// What one of them has; nullopt: it does not answer.
void Coordinator::OnRead(const OperationPtr& operation, std::optional<Entry> entry) {
  --operation->waiting_for;
  if (entry) {
    ++operation->answers;
    if (entry->version > operation->latest.version) {
      operation->latest = *std::move(entry);
      operation->have = 1;
    } else if (entry->version == operation->latest.version) {
      ++operation->have;
    }
  }
  if (operation->answers >= operation->needed) return Decide(operation);
  if (operation->answers + operation->waiting_for >= operation->needed) return;
  End(operation,
      Refusal(absl::UnavailableError(absl::StrCat(operation->answers, " of ", operation->needed,
                                                  " holders of the key answer: try again"))));
}

void Coordinator::Decide(const OperationPtr& operation) {
  operation->decided = true;
  if (!IsOwner(operation)) return;
  const Entry& latest = operation->latest;
  const wire::Execute& what = operation->what;
  const bool exists = latest.version != Version{} && !latest.deleted;
  if (what.has_get()) {
    if (latest.version < FromWire(what.get().not_before())) {
      return End(operation, Refusal(absl::UnavailableError(
                                "a later version of the key was seen than is here: try again")));
    }
    const bool safe = operation->have >= holding_.options.write_quorum ||
                      holding_.options.read_quorum == 1;  // who wants none is promised none
    if (latest.version == Version{} || safe) return Settle(operation);
    operation->entry =
        latest;  // which not enough of them have: it could be lost, and seem unwritten
    return Send(operation);
  }
  if (IsConditional(what)) {
    const Version expected = FromWire(what.has_put() ? what.put().expected_version()
                                                     : what.delete_().expected_version());
    if (expected != (exists ? latest.version : Version{})) {
      return End(operation, Refusal(absl::FailedPreconditionError(absl::StrCat(
                                "the version of the key is ", exists ? latest.version.time : 0,
                                ", and not ", expected.time, ": read it again"))));
    }
  }
  Write(operation);
}

// --- Writing -------------------------------------------------------------------------------------

// Later than all that was found.
void Coordinator::Write(const OperationPtr& operation) {
  if (++operation->writes > kMostWrites) {
    return End(
        operation,
        Refusal(absl::UnavailableError("others write the key, and theirs are later: try again")));
  }
  holding_.clock.See(operation->latest.version.time);
  Entry& entry = operation->entry;
  entry.key = operation->key;
  entry.version = {holding_.clock.Next(holding_.environment.Now()), holding_.environment.self().id};
  entry.deleted = operation->what.has_delete_();
  if (operation->what.has_put()) entry.value = operation->what.put().value();
  Send(operation);
}

// Brings the entry to all holders, and waits for write_quorum.
void Coordinator::Send(const OperationPtr& operation) {
  const std::vector<concord::Server> holders = holding_.replicas.holders();
  operation->kept = 0;
  operation->waiting = holders.size() + 1;
  if (operation->waiting < holding_.options.write_quorum) {
    return End(operation, Refusal(absl::UnavailableError(absl::StrCat(
                              "a write needs ", holding_.options.write_quorum,
                              " stores, and there are ", operation->waiting, ": try again"))));
  }
  const int send = ++operation->sends;
  const auto is_late = [operation, send] { return operation->over || operation->sends != send; };
  wire::PeerRequest request;
  *request.mutable_store()->add_entries() = ToWire(operation->entry);
  for (const concord::Server& holder : holders) {
    ++unanswered_;
    holding_.Ask(holder, request,
                 [this, operation, holder, is_late](absl::StatusOr<wire::PeerResponse> response) {
                   --unanswered_;
                   const bool kept = response.ok() && response->has_stored() &&
                                     response->stored().versions_size() == 1;
                   if (!kept) holding_.replicas.Missed(holder, operation->hash);
                   if (response.ok() && response->has_not_owner()) {
                     holding_.Refused(operation->hash, *response);
                   }
                   if (is_late()) return;
                   if (response.ok() && response->has_not_owner()) {
                     return End(operation, *std::move(response));
                   }
                   OnKept(operation, kept ? FromWire(response->stored().versions(0)) : Version{});
                 });
  }
  holding_.shelf.Keep({operation->entry}, [this, operation, is_late](const auto& kept) {
    if (is_late()) return;
    if (!kept.ok()) return End(operation, Refusal(kept.status()));
    OnKept(operation, kept->front());
  });
}

// A holder has this version now; the default: we do not know.
void Coordinator::OnKept(const OperationPtr& operation, const Version& version) {
  --operation->waiting;
  if (version > operation->entry.version) {
    operation->latest.version = version;
    // Somebody has written meanwhile: to be read, or compared with.
    if (operation->what.has_get() || IsConditional(operation->what)) return Begin(operation);
    return Write(operation);
  }
  if (version == operation->entry.version) ++operation->kept;
  if (operation->kept >= holding_.options.write_quorum) return Settle(operation);
  if (operation->kept + operation->waiting >= holding_.options.write_quorum) return;
  End(operation,
      Refusal(absl::UnavailableError(absl::StrCat(
          operation->kept, " of ", holding_.options.write_quorum, " holders have it: try again"))));
}

// --- The end -------------------------------------------------------------------------------------

void Coordinator::Settle(const OperationPtr& operation) {
  wire::PeerResponse response;
  if (!operation->what.has_get()) {
    *response.mutable_executed()->mutable_put()->mutable_version() =
        ToWire(operation->entry.version);
  } else if (operation->latest.version == Version{} || operation->latest.deleted) {
    return End(operation, Refusal(absl::NotFoundError("the key has no value")));
  } else {
    wire::GetResponse& get = *response.mutable_executed()->mutable_get();
    get.set_value(operation->latest.value);
    *get.mutable_version() = ToWire(operation->latest.version);
  }
  End(operation, std::move(response));
}

void Coordinator::End(const OperationPtr& operation, wire::PeerResponse response) {
  if (std::exchange(operation->over, true)) return;
  // Some have it: done again it would find itself in its own way, or has.
  const absl::Status failure = FromWire(response.executed().failure());
  const bool open = response.has_not_owner() || absl::IsUnavailable(failure) ||
                    absl::IsFailedPrecondition(failure);
  if (operation->writes > 0 && open && IsConditional(operation->what)) {
    response = Refusal(absl::DeadlineExceededError(
        response.has_not_owner() ? "its owner has changed while it was written"
                                 : response.executed().failure().message()));
  }
  --running_;
  const auto turns = turns_.find(operation->key);
  turns->second.pop_front();
  if (turns->second.empty()) {
    turns_.erase(turns);
  } else {
    // Soon, and not now: a thousand of them would be a thousand calls deep.
    holding_.environment.After(absl::ZeroDuration(),
                               [this, next = turns->second.front()] { Begin(next); });
  }
  operation->done(std::move(response));
}

}  // namespace kv
