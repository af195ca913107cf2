#include "walk_checks.h"

#include <cstddef>
#include <vector>

#include "check.h"
#include "concord_wire.pb.h"
#include "core/id_space.h"
#include "core/messages.h"
#include "core/ring_walk.h"
#include "runtime/codec.h"

namespace concord::fuzz {
namespace {

// Members met are in the order of the circle, each once, all of them within one turn.
void CheckOrder(const core::IdSpace& space, const std::vector<Server>& servers) {
  for (std::size_t i = 1; i < servers.size(); ++i) {
    Check(space.Distance(servers[0].id, servers[i - 1].id) <
              space.Distance(servers[0].id, servers[i].id),
          "a walk goes around the ring at most once");
  }
}

}  // namespace

void CheckWalk(Input& input) {
  const core::IdSpace space(input.Below(64) + 1);
  const std::size_t wanted = input.Below(256) + 1;
  wire::FindResp found;
  if (!found.ParseFromString(input.Chunk())) return;
  const auto owner = runtime::FromWire(space, found);
  if (!owner.ok()) return;

  core::RingWalk walk(space, owner->owner, wanted);
  while (!walk.done() && !input.empty()) {
    wire::Ring message;
    if (!message.ParseFromString(input.Chunk())) continue;
    const auto ring = runtime::FromWire(space, message);
    if (!ring.ok()) continue;

    const std::size_t before = walk.servers().size();
    walk.OnSuccessors(ring->successors);
    Check(walk.done() || walk.servers().size() > before, "a walk gets on, or ends");
    Check(walk.servers().size() <= wanted, "a walk meets no more than are wanted");
    Check(walk.servers().front() == owner->owner, "a walk begins at the owner");
    CheckOrder(space, walk.servers());
  }
}

}  // namespace concord::fuzz
