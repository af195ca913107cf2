// A run as text, an event a line, for people.
#ifndef CONCORD_SIM_EVENT_LOG_H_
#define CONCORD_SIM_EVENT_LOG_H_

#include <functional>
#include <string>
#include <utility>

#include "core/events.h"
#include "sim/world.h"

namespace concord::sim {

class EventLog final : public Watcher {
 public:
  using Write = std::function<void(const std::string& line)>;

  // Of `world`, which must outlive it. Questions that change nothing are left out.
  EventLog(const World& world, Write write) : world_(world), write_(std::move(write)) {}

 private:
  void OnEvent(HostId host, const core::Event& event) override;
  void OnRouting(HostId host, const core::RoutingTable* table) override;
  void OnCommand(HostId host, core::CommandId command, const absl::Status& status) override;
  void OnTrace(HostId host, const core::Trace& trace) override;

  void Line(HostId host, const std::string& text);

  const World& world_;
  const Write write_;
};

// One event in words: "Notify from n3".
std::string Describe(const core::Event& event);

}  // namespace concord::sim

#endif  // CONCORD_SIM_EVENT_LOG_H_
