#include "peers_keeper.h"

#include <utility>

namespace concord {
namespace {

std::vector<std::string> AddressesIn(const core::RoutingTable& table) {
  std::vector<std::string> addresses;
  const auto add = [&](const Server& server) {
    if (server.address != table.self().address) addresses.push_back(server.address);
  };
  add(table.predecessor());
  const std::size_t others = table.NextHops(table.self().id);
  for (std::size_t i = 0; i < others; ++i) {
    if (table.next_hop(i).address != table.predecessor().address) add(table.next_hop(i));
  }
  return addresses;
}

}  // namespace

PeersKeeper::PeersKeeper(PeersFile file, absl::Duration period,
                         runtime::Snapshot<core::RoutingTable>& routing, runtime::Log log)
    : file_(std::move(file)),
      period_(period),
      routing_(routing),
      log_(std::move(log)),
      loop_("concord-peers") {
  loop_.Post([this] { SaveNowAndThen(); });
}

PeersKeeper::~PeersKeeper() {
  loop_.Post([this] { Save(); });
  loop_.Stop();
}

void PeersKeeper::SaveNowAndThen() {
  Save();
  loop_.PostAfter(period_, [this] { SaveNowAndThen(); });
}

void PeersKeeper::Save() {
  const std::shared_ptr<const core::RoutingTable> table = routing_.Read();
  if (!table || table == saved_) return;
  saved_ = table;
  const absl::Status status = file_.Add(AddressesIn(*table));
  if (status.ok()) return last_error_.clear();
  saved_ = nullptr;  // tried again
  const std::string error(status.message());
  if (error == std::exchange(last_error_, error)) return;
  log_.Write(runtime::Log::Level::kWarning, "peers_file_failed", {{"reason", error}});
}

}  // namespace concord
