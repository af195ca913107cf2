#include "concord/sim/cluster.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "cluster/process_impl.h"
#include "cluster/stage.h"
#include "config_values.h"
#include "sim/true_ring.h"

namespace concord::sim {
namespace {

unsigned InAMillion(double fraction) {
  return static_cast<unsigned>(std::clamp(fraction, 0.0, 1.0) * 1e6);
}

WorldOptions WorldOptionsOf(const ClusterOptions& options) {
  WorldOptions world;
  world.seed = options.seed;
  world.member = MemberOptionsOf(options.config, "");
  world.network.distribution = options.distribution;
  world.network.latency = options.latency;
  world.network.pair_spread = options.pair_spread;
  world.network.loss = InAMillion(options.loss);
  world.network.duplicate = InAMillion(options.duplication);
  world.network.reorder = InAMillion(options.reordering);
  world.call_timeout = std::max(
      options.config.call_timeout_floor,
      std::min(8 * (options.latency + options.pair_spread), options.config.call_timeout_ceiling));
  world.find_timeout = options.config.call_timeout_ceiling;
  world.clock_error = InAMillion(options.clock_drift);
  return world;
}

}  // namespace

class Cluster::Impl {
 public:
  Impl(ClusterOptions options, std::function<std::unique_ptr<Application>(Process&)> main)
      : options_(std::move(options)), main_(std::move(main)), stage_(WorldOptionsOf(options_)) {}

  ~Impl() {
    // What applications do while they end has no effect, as when they crash.
    for (Process* process : processes_) process->impl_->EndLife();
    for (Process* process : processes_) process->impl_->application.reset();
  }

  Process& Add(std::string name) {
    Config config = options_.config;
    config.name = std::move(name);
    const HostId host = stage_.AddHost(config.name, IdOf(config, config.name));
    auto impl = std::make_unique<Process::Impl>(stage_, std::move(config), host, Random());
    impl->disk.SetFaults(options_.disk);
    if (const auto skew = static_cast<std::uint64_t>(ToNanos(options_.clock_skew)); skew > 0) {
      impl->clock_error = absl::Nanoseconds(static_cast<std::int64_t>(Random() % (2 * skew + 1))) -
                          options_.clock_skew;
    }
    owned_.push_back(std::unique_ptr<Process>(new Process(std::move(impl))));
    processes_.push_back(owned_.back().get());
    Start(*processes_.back());
    return *processes_.back();
  }

  void Start(Process& process) {
    process.impl_->up = true;
    if (main_) process.impl_->application = main_(process);
  }

  void Crash(Process& process, bool silent) {
    Process::Impl& impl = *process.impl_;
    if (!impl.up) return;
    impl.EndLife();
    stage_.world().Crash(impl.host, silent);
    stage_.Forget(impl.host);
    impl.application.reset();
    impl.disk.Crash();
  }

  void Restart(Process& process, bool new_address) {
    if (process.impl_->up) return;
    if (new_address) stage_.world().Move(process.impl_->host);
    Start(process);
  }

  void Partition(const std::vector<std::vector<const Process*>>& sides, bool one_way) {
    std::vector<std::uint8_t> side_of(stage_.world().hosts());
    for (std::size_t side = 0; side < sides.size(); ++side) {
      for (const Process* process : sides[side]) {
        side_of[process->impl_->host] = static_cast<std::uint8_t>(side);
      }
    }
    stage_.world().network().Partition(std::move(side_of), one_way);
  }

  Process* Owner(std::string_view key) const {
    const TrueRing ring = TrueRing::Of(stage_.world());
    return ring.empty() ? nullptr : processes_[ring.Owner(IdOf(options_.config, key))];
  }

  std::uint64_t Random() { return stage_.prng().Next(); }
  Stage& stage() { return stage_; }
  const Stage& stage() const { return stage_; }
  const std::vector<Process*>& processes() const { return processes_; }

 private:
  const ClusterOptions options_;
  const std::function<std::unique_ptr<Application>(Process&)> main_;
  Stage stage_;
  std::vector<std::unique_ptr<Process>> owned_;  // by host
  std::vector<Process*> processes_;
};

Cluster::Cluster(ClusterOptions options, std::function<std::unique_ptr<Application>(Process&)> main)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(main))) {}
Cluster::~Cluster() = default;

// --- Processes and faults -----------------------------------------------------------------------

Process& Cluster::AddProcess(std::string name) { return impl_->Add(std::move(name)); }
const std::vector<Process*>& Cluster::processes() const { return impl_->processes(); }
Application* Cluster::application(const Process& process) const {
  return process.impl_->application.get();
}
bool Cluster::up(const Process& process) const { return process.impl_->up; }

void Cluster::Crash(Process& process, bool silent) { impl_->Crash(process, silent); }
void Cluster::Restart(Process& process, bool new_address) { impl_->Restart(process, new_address); }
void Cluster::Pause(Process& process) { impl_->stage().world().Pause(process.impl_->host); }
void Cluster::Resume(Process& process) { impl_->stage().world().Resume(process.impl_->host); }
void Cluster::Partition(const std::vector<std::vector<const Process*>>& sides, bool one_way) {
  impl_->Partition(sides, one_way);
}
void Cluster::SetLoss(double loss) { impl_->stage().world().network().SetLoss(InAMillion(loss)); }
void Cluster::HealNetwork() { impl_->stage().world().network().Heal(); }

// --- Time ---------------------------------------------------------------------------------------

absl::Time Cluster::now() const { return impl_->stage().now(); }

void Cluster::RunFor(absl::Duration duration) { impl_->stage().world().RunFor(duration); }

bool Cluster::RunUntil(const std::function<bool()>& condition, absl::Duration limit) {
  return impl_->stage().RunUntil(impl_->stage().world().now() + ToNanos(limit), condition);
}

void Cluster::After(absl::Duration delay, std::function<void()> then) {
  impl_->stage().After(delay, std::nullopt, std::move(then));
}

std::uint64_t Cluster::Random() { return impl_->Random(); }

// --- What an omniscient observer knows ----------------------------------------------------------

bool Cluster::IsIdeal() const { return sim::IsIdeal(impl_->stage().world()); }
Process* Cluster::Owner(std::string_view key) const { return impl_->Owner(key); }
std::string Cluster::Explain() const { return sim::Explain(impl_->stage().world()); }
std::uint64_t Cluster::TraceHash() const { return impl_->stage().world().trace_hash(); }

}  // namespace concord::sim
