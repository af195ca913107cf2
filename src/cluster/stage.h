// What all parts of a cluster share: the world, and the functions of applications that wait for
// something in it. Each runs in an event of its own, never in the middle of another, and not at all
// when its process has crashed meanwhile.
#ifndef CONCORD_CLUSTER_STAGE_H_
#define CONCORD_CLUSTER_STAGE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "concord/types.h"
#include "core/messages.h"
#include "sim/network.h"
#include "sim/prng.h"
#include "sim/world.h"

namespace concord::sim {

class Stage final : private Watcher {
 public:
  explicit Stage(const WorldOptions& options)
      : world_(options, *this), prng_(Scramble(options.seed ^ 0x7374616765)) {}

  World& world() { return world_; }
  const World& world() const { return world_; }
  Prng& prng() { return prng_; }
  absl::Time now() const {
    constexpr std::int64_t kStart = 946'684'800;  // 2000-01-01, in seconds of Unix time
    return absl::FromUnixSeconds(kStart) + absl::Nanoseconds(world_.now());
  }
  // A function of an application, or of the test, runs in this moment.
  bool inside() const { return inside_; }

  HostId AddHost(std::string name, Id id);
  // Drops all that waits for something at this host.
  void Forget(HostId host);

  // --- Things that end in a function ---
  using Then = std::function<void()>;
  void After(absl::Duration delay, std::optional<HostId> host, Then then);
  absl::Status Create(HostId host);
  void Await(HostId host, core::CommandId command, std::function<void(const absl::Status&)> done);
  void Lookup(HostId host, Id id, absl::Duration timeout, std::function<void(const Found&)> done);
  void Ask(HostId host, const Server& to, absl::Duration timeout,
           std::function<void(Outcome, const core::RingView&)> done);
  void Send(HostId host, const std::string& to, Payload payload, absl::Duration timeout,
            std::function<void(Outcome, const Payload&)> done);

  // Whom changes of a host's range and successors are told, in the middle of the event; and who
  // serves its calls, in an event of their own. Null: nobody.
  struct Listener {
    std::function<void(const RangeChange&)> on_range_change;
    std::function<void(const std::vector<Server>&)> on_successors_change;
  };
  using RequestHandler = std::function<void(RequestId, const Payload&)>;
  void SetListener(HostId host, Listener listener);
  void SetRequestHandler(HostId host, RequestHandler handler);

  // False: `condition` did not come to hold until `end`. Precondition: not inside().
  bool RunUntil(Nanos end, const std::function<bool()>& condition);

 private:
  // Functions that wait, each under a name.
  template <typename Name, typename... Arguments>
  class Waiting {
   public:
    using Function = std::function<void(Arguments...)>;
    void Put(Name name, std::optional<HostId> host, Function function) {
      waiting_.emplace(name, std::pair(host, std::move(function)));
    }
    // Null function: it is forgotten.
    std::pair<std::optional<HostId>, Function> Take(Name name) {
      const auto found = waiting_.find(name);
      if (found == waiting_.end()) return {};
      auto taken = std::move(found->second);
      waiting_.erase(found);
      return taken;
    }
    void Forget(HostId host) {
      std::erase_if(waiting_, [host](const auto& entry) { return entry.second.first == host; });
    }

   private:
    std::map<Name, std::pair<std::optional<HostId>, Function>> waiting_;
  };
  struct Host {
    Listener listener;
    RequestHandler request_handler;
  };

  // The function that waits under `name`, if it still does, gets these arguments soon.
  template <typename Name, typename... Parameters, typename... Arguments>
  void End(Waiting<Name, Parameters...>& waiting, Name name, Arguments... arguments);

  void OnRangeChange(HostId host, const RangeChange& change) override;
  void OnSuccessorsChange(HostId host, const std::vector<Server>& successors) override;
  void OnCommand(HostId host, core::CommandId command, const absl::Status& status) override;
  void OnFound(std::uint64_t lookup, const Found& found) override;
  void OnMoment(std::uint64_t moment) override;
  void OnRing(std::uint64_t name, Outcome outcome, const core::RingView& ring) override;
  void OnRequest(HostId host, RequestId request, const Payload& payload) override;
  void OnResponse(std::uint64_t name, Outcome outcome, const Payload& payload) override;

  World world_;
  Prng prng_;
  std::vector<Host> hosts_;
  std::uint64_t last_name_ = 0;
  Waiting<std::uint64_t> moments_;
  Waiting<core::CommandId, const absl::Status&> commands_;
  Waiting<std::uint64_t, const Found&> lookups_;
  Waiting<std::uint64_t, Outcome, const core::RingView&> rings_;
  Waiting<std::uint64_t, Outcome, const Payload&> responses_;
  std::optional<absl::Status> created_;  // engaged while Create waits for it
  bool inside_ = false;
};

}  // namespace concord::sim

#endif  // CONCORD_CLUSTER_STAGE_H_
