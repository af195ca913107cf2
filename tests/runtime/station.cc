#include "station.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "runtime/address.h"

namespace concord::runtime {

Server At(Id id) { return At(id, absl::StrCat("127.0.0.1:", 1 + id % 1000)); }

Server At(Id id, const std::string& address) { return {id, absl::StrCat("node-", id), address}; }

Station::Station(Options options)
    : tls_(options.tls), service_(options.space, options.identity, options.name_hash) {
  const absl::StatusOr<Address> bind = ParseAddress(options.bind);
  const absl::StatusOr<int> port =
      network_.Start(bind.value(), service_.grpc_service(), {.tls = tls_});
  if (!port.ok()) {
    std::fprintf(stderr, "%s\n", port.status().ToString().c_str());
    std::abort();
  }
  host_ = bind->host;
  port_ = *port;
  peers_.emplace(Peers::Options{.space = options.space,
                                .call_timeout = options.call_timeout,
                                .idle_timeout = options.idle_timeout,
                                .tls = tls_,
                                .identity = options.identity,
                                .incarnation = options.incarnation,
                                .name_hash = options.name_hash,
                                .max_channels = options.max_channels,
                                .new_addresses_at_once = options.new_addresses_at_once},
                 network_.queue());
}

void Station::Stop(absl::Duration grace) {
  if (std::exchange(stopped_, true)) return;
  peers_->Stop();
  service_.StopTaking();
  network_.StopServing(grace);
  service_.WaitUntilIdle();
  peers_->WaitUntilIdle();
  network_.Stop();
}

void FakeRing::SetFind(OnFind on_find) {
  MutexLock lock(mutex_);
  on_find_ = std::move(on_find);
}

void FakeRing::SetRing(OnRing on_ring) {
  MutexLock lock(mutex_);
  on_ring_ = std::move(on_ring);
}

void FakeRing::SetNotify(OnNotify on_notify) {
  MutexLock lock(mutex_);
  on_notify_ = std::move(on_notify);
}

void FakeRing::SetLeave(OnLeave on_leave) {
  MutexLock lock(mutex_);
  on_leave_ = std::move(on_leave);
}

void FakeRing::SetMeet(OnMeet on_meet) {
  MutexLock lock(mutex_);
  on_meet_ = std::move(on_meet);
}

void FakeRing::AnswerFind(absl::StatusOr<FindResponse> response) {
  SetFind([response = std::move(response)](const FindRequest&, absl::Time, FindAnswer answer) {
    answer(response);
  });
}

void FakeRing::Hold() {
  MutexLock lock(mutex_);
  holding_ = true;
}

void FakeRing::Release() {
  std::vector<absl::AnyInvocable<void()>> held;
  {
    MutexLock lock(mutex_);
    holding_ = false;
    held.swap(held_);
  }
  for (absl::AnyInvocable<void()>& late : held) late();
}

void FakeRing::HandleFindSuccessor(const FindRequest& request, absl::Time deadline,
                                   FindAnswer answer) {
  ++finds_;
  OnFind on_find;
  {
    MutexLock lock(mutex_);
    if (holding_) {
      held_.push_back(
          [answer = std::move(answer)]() mutable { answer(absl::CancelledError("too late")); });
      return;
    }
    on_find = on_find_;
  }
  if (on_find) return on_find(request, deadline, std::move(answer));
  answer(FindResponse{.owner = self_, .hops = 0});
}

void FakeRing::HandleGetRing(RingAnswer answer) {
  ++rings_;
  OnRing on_ring;
  {
    MutexLock lock(mutex_);
    if (holding_) {
      held_.push_back([answer = std::move(answer)]() mutable { answer(std::nullopt); });
      return;
    }
    on_ring = on_ring_;
  }
  if (on_ring) return on_ring(std::move(answer));
  answer(core::RingView{.predecessor = self_, .successors = {self_}});
}

void FakeRing::HandleLeave(const core::Farewell& farewell, RingAnswer answer) {
  OnLeave on_leave;
  {
    MutexLock lock(mutex_);
    on_leave = on_leave_;
  }
  if (!on_leave) return HandleGetRing(std::move(answer));
  on_leave(farewell, std::move(answer));
}

void FakeRing::HandleMeet(const core::Meeting& meeting, MeetingAnswer answer) {
  OnMeet on_meet;
  {
    MutexLock lock(mutex_);
    on_meet = on_meet_;
  }
  answer(on_meet ? on_meet(meeting) : std::nullopt);
}

absl::Status FakeRing::HandleNotify(const Server& from, std::uint64_t incarnation) {
  last_incarnation_ = incarnation;
  ++notifies_;
  OnNotify on_notify;
  {
    MutexLock lock(mutex_);
    on_notify = on_notify_;
  }
  return on_notify ? on_notify(from) : absl::OkStatus();
}

}  // namespace concord::runtime
