"""A member of a ring as the Go library runs it, with all that it gets wrong.

It knows FindSuccessor, GetRing and Notify, and answers UNIMPLEMENTED to the rest. Its lists have
repeats and itself in them, its predecessor may be dead, its calls have no deadline, any error means
dead, `between` is strict at both ends, and when all its successors are dead it is a ring of its own.

Commands come on standard input, one a line, and each is answered by a line:
  lookup KEY   "owner NAME", or "error WHY"
  ring         "ring PREDECESSOR SUCCESSOR..."
  unknown      "unknown N": how many fields that it does not know have come so far
It ends with its standard input.
"""
import argparse
import hashlib
import random
import sys
import threading
import time
from concurrent import futures

import go_peer_pb2 as wire
import grpc
from google.protobuf import empty_pb2
from google.protobuf.unknown_fields import UnknownFieldSet

SERVICE = "concord.ChordService"
BITS = 64
OPTIONS = [("grpc.enable_http_proxy", 0), ("grpc.so_reuseport", 0)]


def hash_of(name):
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


def between(a, x, b):
    """Strict at both ends: that is one of its faults."""
    if a < b:
        return a < x < b
    return x > a or x < b


class Peer:
    def __init__(self, options):
        self.options = options
        self.lock = threading.Lock()
        self.channels = {}  # never closed
        self.fingers = [None] * BITS
        self.unknown = 0
        self.server = grpc.server(futures.ThreadPoolExecutor(max_workers=32), options=OPTIONS)
        self.server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {
            "FindSuccessor": self.serve(self.on_find_successor, wire.FindReq),
            "GetRing": self.serve(self.on_get_ring, empty_pb2.Empty),
            "Notify": self.serve(self.on_notify, wire.Server),
        }),))
        port = self.server.add_insecure_port(options.bind)
        if port == 0:
            raise SystemExit("cannot listen on " + options.bind)
        address = options.bind.rsplit(":", 1)[0] + ":%d" % port
        self.self = wire.Server(id=hash_of(options.name), name=options.name, address=address)
        self.predecessor = self.self
        self.successors = [self.self] * options.successors  # repeats, and itself
        self.server.start()

    # --- The wire ---

    def read(self, message, data):
        message.ParseFromString(data)
        with self.lock:
            self.unknown += len(UnknownFieldSet(message))
        return message

    def serve(self, handler, request):
        return grpc.unary_unary_rpc_method_handler(
            lambda message, context: handler(message),
            request_deserializer=lambda data: self.read(request(), data),
            response_serializer=lambda message: message.SerializeToString())

    def call(self, address, method, request, response):
        with self.lock:
            if address not in self.channels:
                self.channels[address] = grpc.insecure_channel(address, options=OPTIONS)
            channel = self.channels[address]
        stub = channel.unary_unary(
            "/%s/%s" % (SERVICE, method),
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=lambda data: self.read(response(), data))
        return stub(request)  # no deadline

    def get_ring(self, server):
        return self.call(server.address, "GetRing", empty_pb2.Empty(), wire.Ring)

    # --- What it answers ---

    def on_get_ring(self, _):
        with self.lock:
            return wire.Ring(predecessor=self.predecessor, successors=self.successors)

    def on_notify(self, notifier):
        with self.lock:
            if between(self.predecessor.id, notifier.id, self.self.id):
                self.predecessor = notifier
        return empty_pb2.Empty()

    def on_find_successor(self, request):
        return wire.FindResp(server=self.find_successor(request.id))

    def find_successor(self, key):
        with self.lock:
            head = self.successors[0]
            if head.id == self.self.id or between(self.self.id, key, head.id):
                return head
            known = [s for s in self.fingers + self.successors if s is not None]
            before = [s for s in known if between(self.self.id, s.id, key)]
            next_hop = min(before, key=lambda s: (key - s.id) % 2**BITS, default=self.self)
        if next_hop.id == self.self.id:
            return self.self  # so a key that is a member's identifier is its predecessor's
        return self.call(next_hop.address, "FindSuccessor", wire.FindReq(id=key),
                         wire.FindResp).server

    # --- What it does by itself ---

    def join(self, seed):
        found = self.call(seed, "FindSuccessor", wire.FindReq(id=self.self.id), wire.FindResp)
        with self.lock:
            self.successors = [found.server] * self.options.successors

    def stabilize(self):
        with self.lock:
            successors = list(self.successors)
        for head in successors:
            if head.id == self.self.id:
                candidate = self.predecessor  # alone, until somebody notifies us
                ring = wire.Ring(predecessor=candidate, successors=[self.self])
            else:
                try:
                    ring = self.get_ring(head)
                except grpc.RpcError:
                    continue  # any error means dead
            candidate = ring.predecessor
            if candidate.id != self.self.id and between(self.self.id, candidate.id, head.id):
                try:
                    ring, head = self.get_ring(candidate), candidate
                except grpc.RpcError:
                    pass
            self.adopt(head, ring)
            return
        with self.lock:  # a ring of its own for ever
            self.successors = [self.self] * self.options.successors
            self.predecessor = self.self

    def adopt(self, head, ring):
        successors = [head] + list(ring.successors)
        while len(successors) < self.options.successors:
            successors.append(successors[-1])
        with self.lock:
            self.successors = successors[:self.options.successors]
        if head.id == self.self.id:
            return
        try:
            self.call(head.address, "Notify", self.self, empty_pb2.Empty)
        except grpc.RpcError:
            pass

    def check_predecessor(self):
        with self.lock:
            predecessor = self.predecessor
        if predecessor.id == self.self.id:
            return
        try:
            self.get_ring(predecessor)
        except grpc.RpcError:
            with self.lock:
                if self.predecessor.id == predecessor.id:
                    self.predecessor = self.self  # it knows none, and names itself

    def fix_finger(self):
        step = random.randrange(BITS)
        try:
            self.fingers[step] = self.find_successor((self.self.id + 2**step) % 2**BITS)
        except grpc.RpcError:
            self.fingers[step] = None

    def every(self, period, step):
        def run():
            while True:
                time.sleep(period)
                step()
        threading.Thread(target=run, daemon=True).start()

    def run(self):
        period = self.options.period
        self.every(period, self.stabilize)
        self.every(period, self.check_predecessor)
        self.every(3 * period, self.fix_finger)


def answer(peer, words):
    if words[0] == "lookup":
        try:
            return "owner " + peer.find_successor(hash_of(words[1])).name
        except grpc.RpcError as error:
            return "error %s" % error.code().name
    if words[0] == "ring":
        ring = peer.on_get_ring(None)
        return " ".join(["ring", ring.predecessor.name] + [s.name for s in ring.successors])
    if words[0] == "unknown":
        return "unknown %d" % peer.unknown
    return "error: what is '%s'?" % words[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--bind", default="127.0.0.1:0")
    parser.add_argument("--join", help="the address of a member; without it a ring is created")
    parser.add_argument("--successors", type=int, default=3)
    parser.add_argument("--period", type=float, default=1.0, help="of stabilization, in seconds")
    peer = Peer(parser.parse_args())
    if peer.options.join:
        peer.join(peer.options.join)
    peer.run()
    print("listening", peer.self.address, flush=True)
    for line in sys.stdin:
        print(answer(peer, line.split()), flush=True)
    peer.server.stop(None)


if __name__ == "__main__":
    main()
