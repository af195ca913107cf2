// What a node is told before it starts. Every field has a default but the name; Node::Start()
// checks them all and says which one is wrong, its value, and the limit that it breaks.
#ifndef CONCORD_CONFIG_H_
#define CONCORD_CONFIG_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "concord/types.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace spdlog {
class logger;
}  // namespace spdlog

namespace concord {

// How a log line is written. Each line is one event with named fields.
enum class LogFormat {
  kKeyValue,  // event=predecessor_changed node=a old=b new=c
  kJson,      // "event":"predecessor_changed","node":"a","old":"b","new":"c"
};

// A pattern for spdlog::logger::set_pattern that completes LogFormat::kJson to one JSON object a
// line, with "time" (RFC 3339, UTC offset) and "level" in front of the event's own fields.
inline constexpr char kJsonLogPattern[] = R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})";

// A text in PEM: the path of a file of at most 1 MiB, or the bytes themselves. Exactly one of them
// is given.
struct Pem {
  std::string path;
  std::string bytes;
};

// TLS for all that members say to each other: 1.2 at least, 1.3 where both sides have it. A node
// presents the same certificate to those that it calls and to those that call it, so it must be fit
// for both (if it has an extended key usage: serverAuth and clientAuth).
//
// Start() is INVALID_ARGUMENT when a text cannot be read, or the key is not the certificate's. A
// certificate that others will refuse, such as an expired one, does not keep a node from starting:
// that is logged, as is each client that is refused, and each member that refuses us is an error of
// Join() and in the log.
//
// Files are looked at every second. A change is in use within three, for connections from then on,
// and logged; files that cannot be used, or do not fit together, change nothing. docs/security.md
// tells how to deploy and rotate them.
struct TlsConfig {
  // This node's certificate, followed by those that lead from it to one that the others trust; and
  // its key, unencrypted. Required.
  Pem certificate;
  Pem private_key;

  // The certificates that the others' must lead to: one CA of the ring's own, as a rule, and two
  // while it is exchanged. The system's CAs are not trusted. Required.
  Pem trust;

  // Whether those who call this node need a certificate that leads to `trust`. Without, anybody who
  // reaches it may look up keys and disturb the ring.
  bool require_client_certificate = true;

  // The DNS name, or IP address, that the certificate of every member must be for. Empty: the host
  // of the address that the member is called by.
  std::string member_host;

  // Whether a member must prove its name: its certificate has it as a subject alternative name, and
  // its identifier is that of the name. Then no member can pose as another to whoever calls it, or
  // is called by it; what a lookup names is hearsay until then. The name NAME stands there as the
  // URI concord:NAME, percent-encoded where it has other bytes than letters, digits and -._~ , or
  // as a DNS name. Equal on every member.
  bool require_node_name = false;
};

struct Config {
  // --- Who this node is ---------------------------------------------------------------------

  // Unique in the ring; its hash is the node's identifier. 1 to 255 bytes. Required.
  std::string name;

  // "host:port" to listen on. Port 0 picks a free one. An IPv6 host stands in brackets.
  std::string bind_addr = "127.0.0.1:0";

  // "host:port" under which the other members reach this node. Empty: bind_addr with the port that
  // was bound. Must be given when bind_addr names a wildcard host (0.0.0.0 or [::]). Its port may
  // be 0: then the port that was bound is put in.
  std::string adv_addr;

  // What tells the ring apart from others that its nodes might meet, as at an address that used to
  // be a member's. At most 255 bytes, equal on every member; who has another name, other hash_bits
  // or another hash_func is refused, with a reason. (A node of the Go library does not say.)
  std::string cluster_name;

  // --- What the application hears -------------------------------------------------------------

  // Called when the range that this node owns changes; the first call tells the first range.
  //
  // Runs on the node's callback thread, one call at a time, in the order of the changes, with no
  // lock held. It may call any method of the node, Lookup and Stop included (but not destroy it).
  // What range() says in it is at least as new as the change. Once Stop() has returned, called from
  // outside the callback, no call begins. An exception that leaves it is logged and swallowed.
  // Default: nobody is told.
  std::function<void(const RangeChange&)> on_range_change;

  // Called when successors() has changed: with what it says now, nearest first, which is nobody
  // while the node is alone or no member, as at the beginning. With on_range_change it tells an
  // owner when the members change that keep its copies. The same contract; the two are called in
  // the order of their changes, and never at the same time. Default: nobody is told.
  std::function<void(const std::vector<Server>&)> on_successors_change;

  // --- What the application serves ------------------------------------------------------------

  // gRPC services of the application's own, synchronous or of gRPC's callback API, which are served
  // on this node's port, with its credentials; Node::Channel leads to those of other members. They
  // must live until the node has stopped, and Stop and Leave wait for the calls that they are
  // answering, so a handler must call neither. (A handler of the callback API may run 100 ms late
  // after a quiet second, with gRPC 1.51.) Start() is INVALID_ARGUMENT for a null one.
  std::vector<grpc::Service*> services;

  // How long the longest message of `services` may be, and of what Node::Channel brings, in bytes.
  // 1 KiB to 1 GiB. (Messages of the ring are short, and stay so.)
  std::size_t max_service_message = std::size_t{4} << 20;

  // How many threads serve synchronous `services`, and so how many of their calls run at once; one
  // more is RESOURCE_EXHAUSTED at once. 2 to 10,000.
  unsigned service_threads = 64;

  // --- The identifier space: equal on every member of a ring ----------------------------------

  // Maps keys and names to 64 bits, of which the low hash_bits are used. Called from any thread,
  // also at the same time, and once with "concord", so that members can tell whether theirs is the
  // same. Must not throw. Default: the first 8 bytes, big-endian, of SHA-256.
  std::function<Id(std::string_view)> hash_func;

  // The identifiers are the integers modulo 2^hash_bits. 1 to 64.
  unsigned hash_bits = 64;

  // --- How much is remembered, how often it is checked ----------------------------------------

  // How many successors a node knows: the ring survives the simultaneous death of any
  // successor_count - 1 neighbours without losing its thread. 1 to 32. More costs a longer message
  // each period. Equal on every member, or the ring is as strong as its weakest member.
  unsigned successor_count = 3;

  // How often a quiet node asks its successor for its ring (each wait is drawn from ±50 % around
  // it). Trouble that is seen is acted on at once, so this bounds only what nobody notices: how
  // soon a new neighbour is met. 10 ms to 1 h. A shorter one costs one small call a period.
  absl::Duration stabilize_interval = absl::Seconds(1);

  // How often a node asks its predecessor whether it is alive, and refreshes one finger. Zero: as
  // stabilize_interval. 10 ms to 1 h.
  absl::Duration check_predecessor_interval = absl::ZeroDuration();
  absl::Duration fix_finger_interval = absl::ZeroDuration();

  // How often a node asks one server that it has met and does not see any more, a seed, or a finger
  // who comes next after it: that is how the parts of a ring that was split find each other, and
  // how a node that has lost everybody comes back. Zero: four times stabilize_interval. 10 ms to 1
  // h. A shorter one heals sooner and costs one lookup a period.
  absl::Duration probe_interval = absl::ZeroDuration();

  // A file in which the node keeps the addresses of members that it knows, 64 at most, for its next
  // life: Join asks them, too, after the seeds that it is given, of which there may be none then.
  // So nodes find their ring again when all of it was stopped at once: when nobody lets a node in
  // that has peers in its file, it begins the ring anew, after four stabilize_intervals for the
  // node whose address comes first among those that it knows, eight for the second, and so on, or
  // sooner, so that everybody's turn is in the first half of Join's timeout; the others join it.
  // (Should the ring have been there, and only out of reach, the two become one
  // again.) Written anew when the members change, once a stabilize_interval and once a second at
  // most, by a thread of its own; what goes wrong with it is logged. Not shared by nodes. Empty:
  // none.
  std::string peers_file;

  // --- How long to wait -----------------------------------------------------------------------

  // A question to a member is given up after its measured round trip, mean + 4 x deviation, kept
  // within these two; the ceiling also serves until something was measured. Two deadlines missed in
  // a row are taken for a death; a refused connection is one at once. 1 ms to 1 min, floor <=
  // ceiling. A lower floor notices silence sooner and suspects a busy machine more often.
  absl::Duration call_timeout_floor = absl::Milliseconds(250);
  absl::Duration call_timeout_ceiling = absl::Seconds(2);

  // How long a lookup may take when LookupOptions names no timeout of its own, and how long one
  // that a stranger sends without a deadline is worked on. 1 ms to 10 min.
  absl::Duration lookup_timeout = absl::Seconds(5);

  // A connection to a member that was not used for so long is closed. 1 s to 24 h.
  absl::Duration channel_idle_timeout = absl::Minutes(2);

  // --- Who may take part ----------------------------------------------------------------------

  // Default: plaintext, and everybody is believed. Equal on every member: TLS and plaintext do not
  // understand each other.
  std::optional<TlsConfig> tls;

  // --- What is logged -------------------------------------------------------------------------

  // Where to log. info tells the life of the ring, debug each step of it. Default: nowhere.
  std::shared_ptr<spdlog::logger> logger;
  LogFormat log_format = LogFormat::kKeyValue;
};

}  // namespace concord

#endif  // CONCORD_CONFIG_H_
