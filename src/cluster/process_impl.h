// What a process is made of.
#ifndef CONCORD_CLUSTER_PROCESS_IMPL_H_
#define CONCORD_CLUSTER_PROCESS_IMPL_H_

#include <memory>
#include <utility>

#include "cluster/stage.h"
#include "concord/sim/process.h"

namespace concord::sim {

struct Process::Impl {
  Impl(Stage& the_stage, Config the_config, HostId the_host, std::uint64_t disk_seed)
      : stage(the_stage), config(std::move(the_config)), host(the_host), disk(disk_seed) {}

  // From now on nothing that belongs to this life has any effect.
  void EndLife() {
    up = false;
    node_started = false;
    ++life;
  }

  Stage& stage;
  const Config config;
  const HostId host;
  Disk disk;
  absl::Duration clock_error;
  bool up = false;
  bool node_started = false;
  std::uint32_t life = 0;  // of the process: a crash ends one
  std::unique_ptr<Application> application;
};

}  // namespace concord::sim

#endif  // CONCORD_CLUSTER_PROCESS_IMPL_H_
