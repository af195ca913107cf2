#include "cluster/stage.h"

namespace concord::sim {

HostId Stage::AddHost(std::string name, Id id) {
  const HostId host = world_.AddHost(std::move(name), id);
  world_.Crash(host, /*silent=*/false);  // nobody listens there until a node is started
  hosts_.resize(world_.hosts());
  return host;
}

void Stage::Forget(HostId host) {
  moments_.Forget(host);
  commands_.Forget(host);
  lookups_.Forget(host);
  rings_.Forget(host);
  responses_.Forget(host);
  hosts_[host] = {};
}

void Stage::SetListener(HostId host, Listener listener) {
  hosts_[host].listener = std::move(listener);
}

void Stage::SetRequestHandler(HostId host, RequestHandler handler) {
  hosts_[host].request_handler = std::move(handler);
}

// --- Things that end in a function --------------------------------------------------------------

void Stage::After(absl::Duration delay, std::optional<HostId> host, Then then) {
  moments_.Put(++last_name_, host, std::move(then));
  world_.At(delay, last_name_, host);
}

absl::Status Stage::Create(HostId host) {
  created_.emplace();
  world_.Create(host);  // ends at once
  return *std::exchange(created_, std::nullopt);
}

void Stage::Await(HostId host, core::CommandId command,
                  std::function<void(const absl::Status&)> done) {
  commands_.Put(command, host, std::move(done));
}

void Stage::Lookup(HostId host, Id id, absl::Duration timeout,
                   std::function<void(const Found&)> done) {
  lookups_.Put(++last_name_, host, std::move(done));
  world_.Lookup(host, id, timeout, last_name_);
}

void Stage::Ask(HostId host, const Server& to, absl::Duration timeout,
                std::function<void(Outcome, const core::RingView&)> done) {
  rings_.Put(++last_name_, host, std::move(done));
  world_.Ask(host, to, timeout, last_name_);
}

void Stage::Send(HostId host, const std::string& to, Payload payload, absl::Duration timeout,
                 std::function<void(Outcome, const Payload&)> done) {
  responses_.Put(++last_name_, host, std::move(done));
  world_.Send(host, to, std::move(payload), timeout, last_name_);
}

bool Stage::RunUntil(Nanos end, const std::function<bool()>& condition) {
  for (;;) {
    if (condition()) return true;
    if (!world_.Step(end)) return condition();
  }
}

// --- What the world tells -----------------------------------------------------------------------

template <typename Name, typename... Parameters, typename... Arguments>
void Stage::End(Waiting<Name, Parameters...>& waiting, Name name, Arguments... arguments) {
  auto [host, done] = waiting.Take(name);
  if (!done) return;
  After(absl::ZeroDuration(), host, [done = std::move(done), arguments...] { done(arguments...); });
}

void Stage::OnMoment(std::uint64_t moment) {
  const auto then = moments_.Take(moment).second;
  if (!then) return;
  inside_ = true;
  then();
  inside_ = false;
}

// A Join may end before whoever gave it can say that it waits.
void Stage::OnCommand(HostId host, core::CommandId command, const absl::Status& status) {
  if (created_) {
    created_ = status;
    return;
  }
  After(absl::ZeroDuration(), host, [this, command, status] {
    if (const auto done = commands_.Take(command).second) done(status);
  });
}

void Stage::OnFound(std::uint64_t lookup, const Found& found) { End(lookups_, lookup, found); }

void Stage::OnRing(std::uint64_t name, Outcome outcome, const core::RingView& ring) {
  End(rings_, name, outcome, ring);
}

void Stage::OnResponse(std::uint64_t name, Outcome outcome, const Payload& payload) {
  End(responses_, name, outcome, payload);
}

void Stage::OnRangeChange(HostId host, const RangeChange& change) {
  if (const auto& tell = hosts_[host].listener.on_range_change) tell(change);
}

void Stage::OnSuccessorsChange(HostId host, const std::vector<Server>& successors) {
  if (const auto& tell = hosts_[host].listener.on_successors_change) tell(successors);
}

void Stage::OnRequest(HostId host, RequestId request, const Payload& payload) {
  if (!hosts_[host].request_handler) {
    world_.Answer(request, std::make_shared<const absl::StatusOr<std::string>>(
                               absl::UnimplementedError("no calls are served there")));
    return;
  }
  After(absl::ZeroDuration(), host, [this, host, request, payload] {
    if (hosts_[host].request_handler) hosts_[host].request_handler(request, payload);
  });
}

}  // namespace concord::sim
