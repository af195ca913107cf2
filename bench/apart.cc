#include "apart.h"

#include <memory>
#include <string>

#include "bare_client.h"
#include "bare_server.h"
#include "concord/node.h"
#include "lookup_calls.h"
#include "lookup_ring.h"

namespace concord::bench {
namespace {

const Server kOwner{0x123456789abcdef0, "bench-2", "127.0.0.1:20002"};

void RunBareServer(Wire& wire) {
  const BareServer server(kOwner);
  wire.Send(server.address());
  std::string nothing;
  wire.ReceiveUntilEnd(nothing);
}

void RunBareClient(Wire& wire) {
  BareClient client(wire.Receive(), kOwner);
  const std::unique_ptr<Caller> caller = client.MakeCaller(BareStyle::kAsync);
  ServeCalls(wire, *caller);
}

// Enters the ring that it is told a member of, or begins one when it is told none.
std::unique_ptr<Node> StartNode(Wire& wire, std::size_t place) {
  Config config;
  config.name = RingNames()[place];
  auto node = std::make_unique<Node>(config);
  const std::string seed = wire.Receive();
  RequireOk(node->Start());
  RequireOk(seed.empty() ? node->Create() : node->Join({seed}));
  wire.Send(node->address());
  return node;
}

void RunNode(Wire& wire, std::size_t place) {
  const std::unique_ptr<Node> node = StartNode(wire, place);
  std::string nothing;
  wire.ReceiveUntilEnd(nothing);
}

void RunFirstNode(Wire& wire) {
  const std::unique_ptr<Node> node = StartNode(wire, 0);
  WaitUntil([&] { return SeesIdealRing(*node, 0); });
  const Server second = node->successors()[0];
  const Server third = node->successors()[1];
  const auto caller = MakeLookupCaller(LookupStyle::kAsync, *node, third,
                                       KeysIn({second.id, third.id}, *node, kKeysToLookUp));
  ServeCalls(wire, *caller);
}

}  // namespace

Apart::Apart()
    : bare_server_(RunBareServer),
      bare_client_(RunBareClient),
      third_node_([](Wire& wire) { RunNode(wire, 2); }),
      second_node_([](Wire& wire) { RunNode(wire, 1); }),
      first_node_(RunFirstNode) {
  bare_client_.wire().Send(bare_server_.wire().Receive());
  third_node_.wire().Send("");
  const std::string seed = third_node_.wire().Receive();
  for (Child* node : {&second_node_, &first_node_}) {
    node->wire().Send(seed);
    node->wire().Receive();
  }
}

}  // namespace concord::bench
